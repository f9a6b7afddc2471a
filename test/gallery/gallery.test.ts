import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { parse } from '../../src/commands/parse.ts';
import { commandSchema } from '../../src/commands/registry.ts';
import { runChoices } from '../../src/commands/run-choices.ts';
import { runbookChoices } from '../../src/commands/runbook-text.ts';
import { TARGET_CONDITIONS, TARGET_WORDS } from '../../src/core/service.ts';
import { channelText } from '../../src/sandbox/channel-text.ts';
import { refusalOf } from '../../src/sandbox/slack/blocks.ts';
import { viewRefusal } from '../../src/sandbox/slack/view.ts';
import { directory } from '../fixtures/directory.ts';
import { samples } from './all.ts';
import { LENGTHS, type Picture, pictureOf, type Sample } from './sample.ts';

/** Slack shows and reads out this much of a fallback. Source: its reference of chat.postMessage. */
const MAX_FALLBACK = 4_000;

const every = await samples();

function refusal(picture: Picture): unknown {
  return picture.surface === 'view' ? viewRefusal(picture.view) : refusalOf(picture.blocks, 'message');
}

/** What a value that nobody thought of looks like in a text. */
const SLIPS = /\bundefined\b|\bNaN\b|\[object |\bInvalid Date\b|\$\{/;

/** Names of conditions that are no words of people. */
const NAMES = TARGET_CONDITIONS.filter((name) => TARGET_WORDS[name] !== name && name.includes('-'));

describe.each(LENGTHS)('with the %s words', (length) => {
  describe.each(['plan', 'section'] as const)('as %s', (style) => {
    test.each(every.map((sample): [string, Sample] => [`${sample.group}: ${sample.name}`, sample]))(
      '%s',
      (_, sample) => {
        const picture = pictureOf(sample, length, style);
        expect(refusal(picture)).toBeUndefined();
        const drawn = channelText(picture.blocks);
        expect(drawn.trim()).not.toBe('');
        const marked = picture.blocks.filter(isMarkup);
        expect(JSON.stringify(marked)).not.toContain('<!channel>');
        if (length === 'usual') expect(drawn).not.toMatch(SLIPS);
        if (picture.surface === 'view') return;
        expect(picture.text.length).toBeLessThanOrEqual(MAX_FALLBACK);
        expect(picture.text.trim().length).toBeGreaterThan(8);
        expect(picture.text).not.toContain('<!channel>');
        if (length === 'usual') expect(picture.text).not.toMatch(SLIPS);
      },
    );
  });
});

/** Blocks whose text Slack reads as mrkdwn. */
function isMarkup(block: unknown): boolean {
  const type = typeof block === 'object' && block !== null ? Reflect.get(block, 'type') : undefined;
  return type === 'section' || type === 'context';
}

test.each(NAMES)('%s is said in words', (name) => {
  const seen = every.map((sample) => {
    const picture = pictureOf(sample, 'usual', 'plan');
    const text = `${channelText(picture.blocks)}\n${picture.surface === 'view' ? '' : picture.text}`;
    expect(text, sample.name).not.toContain(name);
    return text;
  });
  expect(seen.some((text) => text.includes(TARGET_WORDS[name]))).toBe(true);
});

test('the fallback of a message says what its headline says', () => {
  for (const sample of every) {
    if (sample.kind !== 'run') continue;
    const picture = pictureOf(sample, 'usual', 'plan');
    const [first] = channelText(picture.blocks).split('\n');
    expect(picture.surface === 'message' && picture.text.split('\n')[0]).toBe(first);
  }
});

test('nowhere is a person given more than four buttons to choose from at once, the first one the likeliest', () => {
  for (const sample of every) {
    const picture = pictureOf(sample, 'usual', 'plan');
    if (picture.surface === 'view') continue;
    for (const block of picture.blocks) {
      if (block.type !== 'actions') continue;
      const styles = block.elements.map((element) => (element.type === 'button' ? element.style : undefined));
      expect(styles.length, sample.name).toBeLessThanOrEqual(4);
      expect(styles.slice(1), sample.name).not.toContain('primary');
    }
  }
});

/** What a choice offers, wherever it stands in a sample. */
function choicesIn(value: unknown): { line: string; command: string; input: unknown }[] {
  if (Array.isArray(value)) return value.flatMap(choicesIn);
  if (typeof value !== 'object' || value === null) return [];
  const parsed = offered.safeParse(value);
  return [...(parsed.success ? [parsed.data] : []), ...Object.values(value).flatMap(choicesIn)];
}
const offered = z.object({ label: z.string(), line: z.string(), command: z.string(), input: z.unknown() });

test('every button holds a command that its reader could type as well', () => {
  const found = every.flatMap((sample) => [
    ...(sample.kind === 'run' ? runChoices(sample.state) : []),
    ...(sample.kind === 'runbook' ? runbookChoices(sample.run) : []),
    ...choicesIn(sample.kind === 'reply' ? sample.reply : sample.kind === 'notice' ? sample.notice : []),
  ]);
  expect(found.length).toBeGreaterThan(50);
  for (const { line, command, input } of found) {
    expect(commandSchema.safeParse({ command, input }).error, `${line} as a button`).toBeUndefined();
    expect(parse(line, directory).command, line).toBe(command);
  }
});
