import { OpsError } from '../core/errors.ts';
import type { Token } from './command.ts';

/** Longest command line that is looked at, in characters. */
export const MAX_LINE = 4000;

const DOUBLE_QUOTES = /[“”„‟«»＂]/g;
const SINGLE_QUOTES = /[‘’‚‛]/g;
/** Zero-width characters that copying from chats and web pages leaves behind. */
const INVISIBLE = /[\u200b\u2060\ufeff\u00ad]/g;
/** Phones and Slack turn `--` into one of these; a minus sign comes from word processors. */
const DASHES = /^[—–―‒−]+(?=[A-Za-z])/;

/**
 * Splits a line as a person typed it into words. Straight and typographic quotes group words; a quote opens only
 * at the start of a word or after `=`, so that an apostrophe is an apostrophe. Typographic dashes before a flag
 * become `--`.
 * @throws OpsError('usage.argument') for a quote that is not closed and for a line that is too long
 */
export function splitLine(line: string): Token[] {
  if (line.length > MAX_LINE) {
    throw new OpsError(
      'usage.argument',
      `the command is ${line.length} characters long, expected at most ${MAX_LINE}`,
    );
  }
  const text = line.replace(INVISIBLE, '').replace(DOUBLE_QUOTES, '"').replace(SINGLE_QUOTES, "'");
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    if (isSpace(text[at])) {
      at += 1;
      continue;
    }
    const { token, end } = readWord(text, at);
    tokens.push(token);
    at = end;
  }
  return tokens;
}

/** Words that a shell has split already, as tokens. */
export function tokensOf(words: readonly string[]): Token[] {
  return words.map((word) => ({ text: withDashes(word), quoted: word === '' || /\s/.test(word) }));
}

function readWord(text: string, start: number): { token: Token; end: number } {
  let word = '';
  let at = start;
  let quoted = false;
  while (at < text.length && !isSpace(text[at])) {
    const character = text[at] as string;
    if ((character === '"' || character === "'") && (at === start || text[at - 1] === '=')) {
      const close = closingQuote(text, at);
      word +=
        character === '"' ? text.slice(at + 1, close).replaceAll('\\"', '"') : text.slice(at + 1, close);
      quoted = quoted || at === start;
      at = close + 1;
    } else {
      word += character;
      at += 1;
    }
  }
  return { token: { text: quoted ? word : withDashes(word), quoted }, end: at };
}

function closingQuote(text: string, open: number): number {
  const quote = text[open];
  for (let at = open + 1; at < text.length; at += 1) {
    if (text[at] === '\\' && quote === '"' && text[at + 1] === '"') {
      at += 1;
    } else if (text[at] === quote && (quote === '"' || at + 1 === text.length || isSpace(text[at + 1]))) {
      return at;
    }
  }
  throw new OpsError('usage.argument', `the quote before ${shown(text.slice(open + 1))} is not closed`, {
    next: 'Put a quote at the end of the text, e.g. --reason "new release".',
  });
}

function withDashes(word: string): string {
  return word.replace(DASHES, '--');
}

function isSpace(character: string | undefined): boolean {
  return character !== undefined && /\s/.test(character);
}

/** A word of the caller as it may appear in a message: quoted, on one line, cut when long. */
export function shown(word: string): string {
  const clean = Array.from(word, (c) => (c < ' ' || c === '\u007f' ? ' ' : c)).join('');
  return `"${clean.length > 60 ? `${clean.slice(0, 59)}…` : clean}"`;
}

/**
 * The verb that a command with several begins with, in any case; `otherwise` when nothing was typed.
 * @throws OpsError('usage.argument') for a word that is none of them
 */
export function verbOf<V extends string>(first: Token | undefined, verbs: readonly V[], otherwise: V): V {
  if (first === undefined) return otherwise;
  const verb = verbs.find((known) => known === first.text.toLowerCase());
  if (verb !== undefined) return verb;
  throw new OpsError('usage.argument', `got ${shown(first.text)}, expected ${verbs.join(', ')}`);
}
