import type { ContextBlock, HeaderBlock, KnownBlock, RichTextBlock, SectionBlock } from '@slack/types';
import { STEERING } from '../../commands/text.ts';
import type { Caller } from '../../core/request.ts';

/** `plan` uses the newest blocks; `section` is for clients and workspaces that refuse them. */
export type Style = 'plan' | 'section';

/** Slack's limits, in characters. Source: the Block Kit reference. */
export const LIMITS = { section: 3000, header: 150, blocks: 50, text: 3500 } as const;

const ESCAPE = String.fromCharCode(27);
const BELL = String.fromCharCode(7);
const TERMINAL_SEQUENCES = new RegExp(
  `${ESCAPE}(?:\\[[0-9;:?<=>]*[ -/]*[@-~]|\\][^${BELL}${ESCAPE}]*(?:${BELL}|${ESCAPE}\\\\)|[@-Z\\\\-_])`,
  'g',
);

/** Text without terminal sequences and control characters; tabs and line ends stay. */
export function printable(text: string): string {
  return text.replace(TERMINAL_SEQUENCES, '').replace(/\r\n?/g, '\n').replace(STEERING, '');
}

/** At most `max` characters, with `…` where something is left out. Never cuts a character in two. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const head = text.slice(0, max - 1);
  return `${/[\ud800-\udbff]$/.test(head) ? head.slice(0, -1) : head}…`;
}

/** An outside value in mrkdwn: no mention, link or command of Slack can come out of it. */
export function escaped(text: string): string {
  return printable(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** The opposite of {@link escaped}; Slack itself escapes these three in what people type. */
export function unescaped(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

/** An outside value in mrkdwn, on one line and cut to `max` characters before escaping. */
export function line(text: string, max = 500): string {
  return escaped(cut(printable(text).replace(/\s+/g, ' ').trim(), max));
}

/** An outside value as inline code. Backticks would end it; Slack has no escape for them. */
export function code(text: string, max = 200): string {
  return `\`${line(text, max).replaceAll('`', 'ˋ')}\``;
}

/** An outside value as a code block. */
export function fence(text: string): string {
  return `\`\`\`\n${escaped(text).replaceAll('`', 'ˋ')}\n\`\`\``;
}

/** How a person is called in mrkdwn: a mention for a Slack user, else the plain name. */
export function person(caller: Caller): string {
  if (caller.via === 'slack' && /^[UW][A-Z0-9]{2,}$/.test(caller.id)) return `<@${caller.id}>`;
  return `${line(caller.name, 80)} (command line)`;
}

/** A point in time as each reader's client shows it. `at` in milliseconds since the epoch. */
export function moment(at: number): string {
  return `<!date^${Math.floor(at / 1000)}^{date_short_pretty} {time_secs}|${new Date(at).toISOString()}>`;
}

/** What Slack takes: not longer than its limit, and not empty, as what a site printed may be. */
function filled(text: string): string {
  return cut(text.trim() === '' ? '–' : text, LIMITS.section);
}

/** A section of mrkdwn, cut to what Slack takes. `text` must be escaped already. */
export function section(text: string): SectionBlock {
  return { type: 'section', text: { type: 'mrkdwn', text: filled(text), verbatim: true } };
}

/** A code block in a section: the text is cut before it is fenced, so that the fence is always closed. */
export function fenced(text: string): SectionBlock {
  let shown = text;
  while (fence(shown).length > LIMITS.section) shown = cut(shown, Math.floor(shown.length * 0.9));
  return section(fence(shown));
}

export function context(text: string): ContextBlock {
  return {
    type: 'context',
    elements: [{ type: 'mrkdwn', text: filled(text), verbatim: true }],
  };
}

/** A header; plain text, so nothing in it is markup. */
export function header(text: string): HeaderBlock {
  return {
    type: 'header',
    text: { type: 'plain_text', text: cut(printable(text), LIMITS.header), emoji: false },
  };
}

/** Literal text as rich text; nothing in it is markup. */
export function rich(text: string): RichTextBlock {
  return {
    type: 'rich_text',
    elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: printable(text) || '–' }] }],
  };
}

/** Literal text as preformatted rich text. */
export function preformatted(text: string): RichTextBlock {
  return {
    type: 'rich_text',
    elements: [
      { type: 'rich_text_preformatted', elements: [{ type: 'text', text: printable(text) || '–' }] },
    ],
  };
}

/** Size of blocks as Slack may count them: all of their JSON. Undocumented errors begin near 13,200. */
export function weight(blocks: readonly KnownBlock[]): number {
  return JSON.stringify(blocks).length;
}

const MAX_WEIGHT = 12_000;

/**
 * The first and richest form that Slack takes; the last one when none does.
 * @param most weight that may be taken up, for blocks that stand among others
 */
export function fitting(forms: readonly (() => KnownBlock[])[], most = MAX_WEIGHT): KnownBlock[] {
  let blocks: KnownBlock[] = [];
  for (const form of forms) {
    blocks = form();
    if (blocks.length <= LIMITS.blocks && weight(blocks) <= most) return blocks;
  }
  return blocks.slice(0, LIMITS.blocks);
}
