import { OpsError } from '../core/errors.ts';
import type { Fact } from '../core/fact.ts';
import { join, raw, type Script, sh } from '../core/script.ts';

/**
 * Several facts as one, gathered in one round trip. Each line of a fact's output travels behind the fact's name
 * and its exit code comes last, so that no output can be taken for another fact's.
 */
export function combineFacts<T extends Record<string, unknown>>(
  facts: { readonly [K in keyof T]: Fact<T[K]> },
): Fact<T> {
  const entries = Object.entries(facts) as [keyof T & string, Fact<T[keyof T]>][];
  return {
    name: entries.map(([, fact]) => fact.name).join('+'),
    script: join([raw('LC_ALL=C\nexport LC_ALL'), ...entries.map(([, fact]) => framed(fact))]),
    parse(stdout) {
      const sections = sectionsOf(stdout);
      const result: Partial<Record<string, unknown>> = {};
      for (const [key, fact] of entries) {
        const section = sections.get(fact.name);
        if (section?.code === undefined) {
          throw new OpsError('site.output', `the observation ended before ${fact.name} was answered`);
        }
        result[key] = fact.parse(section.lines.join('\n'), section.code);
      }
      return result as T;
    },
  };
}

/** A fact's script in a subshell of its own: whatever it does to its options or folder stays inside. */
function framed(fact: Fact<unknown>): Script {
  const line = sh`sed -e ${`s/^/${fact.name} /`}`;
  const end = `=${fact.name}`;
  return join([raw('{ ('), fact.script, sh`) </dev/null; printf '\\n%s %s\\n' ${end} "$?"; } | ${line}`]);
}

interface Section {
  readonly lines: string[];
  code?: number;
}

function sectionsOf(stdout: string): Map<string, Section> {
  const sections = new Map<string, Section>();
  for (const line of stdout.split('\n')) {
    const space = line.indexOf(' ');
    if (space < 1) continue;
    const name = line.slice(0, space);
    const text = line.slice(space + 1);
    const section = sections.get(name) ?? { lines: [] };
    sections.set(name, section);
    if (text.startsWith(`=${name} `)) {
      section.code = Number(text.slice(name.length + 2));
      // The newline printed before the code belongs to the frame when the output already ended in one.
      if (section.lines.at(-1) === '') section.lines.pop();
    } else {
      section.lines.push(text);
    }
  }
  return sections;
}
