import { createRedactor, type Redactor } from './redact.ts';
import type { Secret } from './secret.ts';

/** The secrets a process has come to know: they are read again and again, mostly with the same values. */
export interface KnownSecrets {
  /** Takes secrets in, and gives those whose value is a new one. */
  learn(secrets: Iterable<Secret>): readonly Secret[];
  /** Masks every secret learnt so far. It is made anew only when there was a new value, which takes milliseconds. */
  readonly redactor: Redactor;
}

export function createKnownSecrets(): KnownSecrets {
  const known = new Map<string, Secret>();
  let redactor = createRedactor([]);
  return {
    learn(secrets) {
      const added: Secret[] = [];
      for (const secret of secrets) {
        const value = secret.reveal();
        if (known.has(value)) continue;
        known.set(value, secret);
        added.push(secret);
      }
      if (added.length > 0) redactor = createRedactor(known.values());
      return added;
    },
    get redactor() {
      return redactor;
    },
  };
}
