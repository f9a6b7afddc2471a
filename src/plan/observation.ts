import { OpsError } from '../core/errors.ts';
import type { Fact } from '../core/fact.ts';
import { join, raw, type Script, sh } from '../core/script.ts';

/**
 * Several facts as one, gathered in one round trip. Each fact's output ends with a line that holds a number drawn at
 * the site for this one look, the fact's name and its exit code, so that no output can be taken for such an end. No
 * process of its own marks the lines: starting one takes longer than most facts.
 */
export function combineFacts<T extends Record<string, unknown>>(
  facts: { readonly [K in keyof T]: Fact<T[K]> },
): Fact<T> {
  const entries = Object.entries(facts) as [keyof T & string, Fact<T[keyof T]>][];
  return {
    name: entries.map(([, fact]) => fact.name).join('+'),
    script: join([raw(BEGIN), ...entries.map(([, fact]) => framed(fact))]),
    parse(stdout) {
      const sections = sectionsOf(stdout);
      const result: Partial<Record<string, unknown>> = {};
      for (const [key, fact] of entries) {
        const section = sections.get(fact.name);
        if (section === undefined) {
          throw new OpsError('site.output', `the observation ended before ${fact.name} was answered`);
        }
        result[key] = fact.parse(section.text, section.code);
      }
      return result as T;
    },
  };
}

const BEGIN = `LC_ALL=C
export LC_ALL
read -r frame </proc/sys/kernel/random/uuid
printf 'facts %s\\n' "$frame"`;

/** A fact's script in a subshell of its own: whatever it does to its options or folder stays inside. */
function framed(fact: Fact<unknown>): Script {
  return join([
    raw('('),
    fact.script,
    sh`) </dev/null; printf '\\n%s %s %s\\n' "\${frame-}" ${fact.name} "$?"`,
  ]);
}

interface Section {
  readonly text: string;
  readonly code: number;
}

function sectionsOf(stdout: string): ReadonlyMap<string, Section> {
  const sections = new Map<string, Section>();
  const frame = /^facts ([0-9a-f-]{36})$/m.exec(stdout)?.[1];
  if (frame === undefined) return sections;
  let lines: string[] = [];
  for (const line of stdout.slice(stdout.indexOf(frame) + frame.length + 1).split('\n')) {
    const [, name, code] = line.startsWith(frame) ? line.split(' ') : [];
    if (name === undefined) {
      lines.push(line);
      continue;
    }
    // The newline printed before the end belongs to the frame when the output already ended in one.
    if (lines.at(-1) === '') lines.pop();
    sections.set(name, { text: lines.join('\n'), code: Number(code) });
    lines = [];
  }
  return sections;
}
