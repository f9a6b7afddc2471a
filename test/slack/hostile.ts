import fc from 'fast-check';
import type { Command } from '../../src/commands/command.ts';
import { commands } from '../../src/commands/registry.ts';
import { STEERING } from '../../src/commands/text.ts';
import { directory } from '../fixtures/directory.ts';

const ESC = '\u001b';

/** Texts that mean something to a shell, an INI file, a template, Slack, a terminal or JavaScript. */
export const HOSTILE = [
  '$(touch /tmp/pwned)',
  '`id`',
  '; rm -rf / #',
  "'; echo x; '",
  '"$HOME"',
  '${IFS}',
  '| tee /etc/passwd',
  '../../etc/passwd',
  '-oProxyCommand=sh',
  '%(ENV_HOME)s',
  '[program:x]',
  'a\ncommand=/bin/sh',
  '{{constructor.constructor}}',
  '{{{raw}}}',
  '<!channel>',
  '<!here|x>',
  '<!everyone>',
  '<!subteam^S0OPS>',
  '<@U0VICTIM>',
  '@channel',
  '&lt;!here&gt;',
  '<http://evil.example|click>',
  '*bold* _x_ ~y~',
  '```',
  `${ESC}[2J${ESC}]0;owned\u0007`,
  `${ESC}]52;c;ZXZpbA==\u0007`,
  '\u009b31m',
  '\r\u0008\u0000',
  '\u202egnp.exe',
  '\ud800',
  '__proto__',
  'constructor',
  '--__proto__=1',
  '--constructor',
  '99999999999999999999',
  '-1',
  'NaN',
  '1e999',
  'x'.repeat(700),
] as const;

/** What would steer a terminal, or turn the direction of a text around. */
export const CONTROL = new RegExp(STEERING.source, 'u');

/** Texts of blocks that Slack reads as mrkdwn, and all texts. */
export function textsOf(value: unknown): { mrkdwn: string[]; all: string[] } {
  const mrkdwn: string[] = [];
  const all: string[] = [];
  const walk = (node: unknown) => {
    if (Array.isArray(node)) return node.forEach(walk);
    if (typeof node !== 'object' || node === null) return;
    for (const [key, item] of Object.entries(node)) {
      if (key !== 'text' || typeof item !== 'string') walk(item);
      else {
        all.push(item);
        if (Reflect.get(node, 'type') === 'mrkdwn') mrkdwn.push(item);
      }
    }
  };
  walk(value);
  return { mrkdwn, all };
}

export const hostile = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
);

const quoted = (word: string) => `"${word.replaceAll('"', '\\"')}"`;

/** A line for one command: its own words and flags, right and wrong, in any order, quoted or not. */
function lineFor(command: Command): fc.Arbitrary<string> {
  const words = command.slots.flatMap((slot) => [
    ...(slot.choices?.(directory) ?? []),
    ...(slot.extra ?? []),
  ]);
  const flags = command.flags.flatMap(({ name, short, choices = [] }) => [
    `--${name}`,
    ...(short === undefined ? [] : [`-${short}`]),
    ...choices.map((choice) => `--${name}=${choice}`),
  ]);
  const known = [...words, ...flags, ...command.examples.flatMap((example) => example.split(' ').slice(1))];
  const word = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('dev', 'aws', 'd-1', ...known) },
    { weight: 2, arbitrary: hostile },
    { weight: 2, arbitrary: hostile.map(quoted) },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.constantFrom('--reason', ...flags), hostile).map((pair) => pair.join('=')),
    },
  );
  return fc.array(word, { maxLength: 7 }).map((rest) => [command.name, ...rest].join(' '));
}

/** Command lines, generated from the registry. */
export const line: fc.Arbitrary<string> = fc.oneof(
  { weight: 9, arbitrary: fc.oneof(...commands.map(lineFor)) },
  { weight: 1, arbitrary: fc.array(hostile, { maxLength: 5 }).map((words) => words.join(' ')) },
);
