import { OpsError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import type { Directory, Flag, Slot, Token } from './command.ts';
import { shown } from './words.ts';

/** What a command line is checked against. */
export interface Grammar {
  readonly name: string;
  readonly slots: readonly Slot[];
  readonly flags: readonly Flag[];
}

/**
 * Gives each word of a line its meaning.
 * @throws OpsError `usage.*` naming the word, what was expected and the nearest match
 */
export function interpret(
  grammar: Grammar,
  tokens: readonly Token[],
  directory: Directory,
): Record<string, string | boolean> {
  const values: Record<string, string | boolean> = {};
  const words: Token[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token;
    if (token.quoted || !isFlag(token.text)) {
      words.push(token);
    } else {
      at += takeFlag(grammar, token.text, tokens[at + 1], values);
    }
  }
  for (const word of words) takeWord(grammar, word, directory, values);
  for (const slot of grammar.slots) {
    if (slot.required && !(slot.name in values)) throw missing(grammar, slot, directory);
  }
  return values;
}

function isFlag(text: string): boolean {
  return /^-+[A-Za-z]/.test(text) || /^--/.test(text);
}

/** Returns how many further tokens the flag has used. */
function takeFlag(
  grammar: Grammar,
  text: string,
  following: Token | undefined,
  values: Record<string, string | boolean>,
): 0 | 1 {
  const [typed = '', ...rest] = text.replace(/^-+/, '').split('=');
  const long = text.startsWith('--');
  const flag = grammar.flags.find((known) =>
    long ? known.name === typed.toLowerCase() : known.short !== undefined && known.short === typed,
  );
  if (flag === undefined) throw unknownFlag(grammar, text, typed);
  if (flag.key in values) throw new OpsError('usage.flag', `--${flag.name} is given twice`);
  const inline = text.includes('=') ? rest.join('=') : undefined;
  if (flag.value === undefined) {
    if (inline !== undefined) {
      throw new OpsError('usage.flag', `--${flag.name} takes no value, got ${shown(inline)}`);
    }
    values[flag.key] = true;
    return 0;
  }
  const next =
    following !== undefined && (following.quoted || !isFlag(following.text)) ? following : undefined;
  const value = inline ?? next?.text;
  if (value === undefined || value.trim() === '') {
    throw new OpsError('usage.flag', `--${flag.name} lacks its value, expected ${expected(flag)}`);
  }
  values[flag.key] = flagValue(flag, value);
  return inline === undefined ? 1 : 0;
}

function flagValue(flag: Flag, value: string): string {
  if (flag.choices === undefined) {
    flag.check?.(value);
    return value;
  }
  const choice = same(flag.choices, value);
  if (choice !== undefined) return choice;
  throw new OpsError(
    'usage.flag',
    `--${flag.name}: got ${shown(value)}, expected ${expected(flag)}${hint(value, flag.choices)}`,
  );
}

function takeWord(
  grammar: Grammar,
  token: Token,
  directory: Directory,
  values: Record<string, string | boolean>,
): void {
  const open = grammar.slots.filter((slot) => !(slot.name in values));
  const free = open.find((slot) => slot.choices === undefined);
  const closed = open.filter((slot) => slot.choices !== undefined);
  if (!(token.quoted && free !== undefined)) {
    for (const slot of closed) {
      const choice = same(choicesOf(slot, directory), token.text);
      if (choice !== undefined) {
        values[slot.name] = choice;
        return;
      }
    }
    for (const slot of grammar.slots) {
      const choice = same(choicesOf(slot, directory), token.text);
      if (choice !== undefined) {
        throw new OpsError(
          'usage.argument',
          `${slot.name.toUpperCase()} is given twice: ${values[slot.name]} and ${choice}`,
        );
      }
    }
  }
  const wanted = closed.filter((slot) => slot.required);
  if (free !== undefined && (wanted.length === 0 || token.quoted || free.resembles?.(token.text) === true)) {
    free.check?.(token.text);
    values[free.name] = token.text;
    return;
  }
  if (closed.length > 0) throw unknownWord(token.text, closed, directory);
  throw new OpsError('usage.argument', `there is one word too many: ${shown(token.text)}`, {
    next: `Type \`/jaws help ${grammar.name}\` for its arguments.`,
  });
}

function unknownWord(word: string, slots: readonly Slot[], directory: Directory): OpsError {
  const all = slots.flatMap((slot) => choicesOf(slot, directory));
  const lists = slots.map((slot) => `${slot.name.toUpperCase()} (${choicesOf(slot, directory).join(', ')})`);
  return new OpsError(
    'usage.argument',
    `got ${shown(word)}, expected ${lists.join(' or ')}${hint(word, all)}`,
  );
}

function unknownFlag(grammar: Grammar, text: string, typed: string): OpsError {
  const names = grammar.flags.map((flag) => flag.name);
  const list =
    names.length === 0 ? `${grammar.name} has no flags` : `expected ${names.map((n) => `--${n}`).join(', ')}`;
  const near = nearest(typed, names);
  return new OpsError(
    'usage.flag',
    `got ${shown(text)}, ${list}${near === undefined ? '' : `; did you mean --${near}?`}`,
  );
}

function missing(grammar: Grammar, slot: Slot, directory: Directory): OpsError {
  const choices = choicesOf(slot, directory);
  const list = choices.length === 0 ? slot.about : choices.join(', ');
  return new OpsError('usage.argument', `${slot.name.toUpperCase()} is missing, expected ${list}`, {
    next: `Type \`/jaws help ${grammar.name}\` for its arguments.`,
  });
}

function choicesOf(slot: Slot, directory: Directory): readonly string[] {
  return [...(slot.choices?.(directory) ?? []), ...(slot.extra ?? [])];
}

function same(choices: readonly string[], word: string): string | undefined {
  const lower = word.toLowerCase();
  return choices.find((choice) => choice.toLowerCase() === lower);
}

function expected(flag: Flag): string {
  return flag.choices === undefined ? (flag.value ?? '') : flag.choices.join(' | ');
}

function hint(word: string, choices: readonly string[]): string {
  const near = nearest(word, choices);
  return near === undefined ? '' : `; did you mean ${near}?`;
}
