import pino, { type DestinationStream, type Logger } from 'pino';
import pretty from 'pino-pretty';
import { createRedactor, type Redactor } from './core/redact.ts';
import type { Secret } from './core/secret.ts';

export interface LogOptions {
  /** pino's levels, or `silent`. */
  readonly level: string;
  /** Which process this is, e.g. `worker`. */
  readonly name: string;
  /** Asked before each line, so that a secret loaded later is masked from then on. */
  readonly secrets: () => Iterable<Secret>;
  /** Default: stderr, readable on a terminal and JSON elsewhere. */
  readonly destination?: DestinationStream;
}

/**
 * A logger whose finished lines are scrubbed: not field by field, because messages, stacks and deep keys carry
 * secrets too, and not only in their plain form.
 */
export function createLogger(options: LogOptions): Logger {
  const redactor = fresh(options.secrets);
  return pino(
    {
      level: options.level,
      name: options.name,
      hooks: { streamWrite: (line) => scrubLine(redactor(), line) },
    },
    options.destination ?? defaultDestination(),
  );
}

/** Scrubs the strings of a JSON line, which stays JSON; then what is left, such as a secret that is a number. */
function scrubLine(redactor: Redactor, line: string): string {
  if (redactor.text(line) === line) return line;
  try {
    return redactor.text(`${JSON.stringify(redactor.deep(JSON.parse(line)))}\n`);
  } catch {
    return redactor.text(line);
  }
}

function defaultDestination(): DestinationStream {
  return process.stderr.isTTY
    ? pretty({ destination: 2, colorize: true, ignore: 'pid,hostname', sync: true })
    : pino.destination({ dest: 2, sync: true });
}

/** The redactor for the secrets of this moment, made anew only when they changed. */
function fresh(secrets: () => Iterable<Secret>): () => Redactor {
  let known: readonly Secret[] = [];
  let redactor = createRedactor(known);
  return () => {
    const now = [...secrets()];
    if (now.length !== known.length || now.some((secret, i) => secret !== known[i])) {
      known = now;
      redactor = createRedactor(now);
    }
    return redactor;
  };
}
