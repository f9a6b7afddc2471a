import { MASK, Secret, type Word } from './secret.ts';

/**
 * A piece of POSIX shell, kept as the parts it was made of so that it can be rendered twice: revealed for the
 * wire and masked for people. Made with the {@link sh} tag, which quotes every value put into it.
 */
export interface Script {
  readonly parts: readonly ScriptPart[];
}

/** Literal shell text, or a value that still has to be quoted when rendered. */
export type ScriptPart = { readonly text: string } | { readonly word: Word };

/** What may be put into a {@link sh} template: words are quoted, scripts are spliced in as they are. */
export type ScriptValue = Word | number | Script | readonly (Word | number)[];

/**
 * Quotes text as one shell word. Text of harmless characters stays as it is, so that plans read well.
 * @throws RangeError for a NUL byte, which no shell word can hold.
 */
export function quote(text: string): string {
  if (text.includes('\0')) throw new RangeError('a shell word cannot contain a NUL byte');
  if (text !== '' && /^[A-Za-z0-9_@%+=:,./-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Template tag: ``sh`rm -f ${path}` ``. Strings and secrets become one quoted word, arrays several. */
export function sh(strings: TemplateStringsArray, ...values: ScriptValue[]): Script {
  const parts: ScriptPart[] = [];
  strings.forEach((text, i) => {
    addText(parts, text);
    if (i < values.length) addValue(parts, values[i] as ScriptValue);
  });
  return { parts };
}

function addValue(parts: ScriptPart[], value: ScriptValue): void {
  if (typeof value === 'number') addText(parts, String(value));
  else if (typeof value === 'string' || value instanceof Secret) parts.push({ word: value });
  else if ('parts' in value) addParts(parts, value);
  else
    value.forEach((word, i) => {
      if (i > 0) addText(parts, ' ');
      addValue(parts, word);
    });
}

/** Texts that meet become one: scripts are put together of scripts, each time with all their parts. */
function addText(parts: ScriptPart[], text: string): void {
  if (text === '') return;
  const last = parts.at(-1);
  if (last !== undefined && 'text' in last) parts[parts.length - 1] = { text: last.text + text };
  else parts.push({ text });
}

function addParts(parts: ScriptPart[], script: Script): void {
  for (const part of script.parts) {
    if ('text' in part) addText(parts, part.text);
    else parts.push(part);
  }
}

/** Shell text taken as it is. Never for a value that came from outside. */
export function raw(text: string): Script {
  return { parts: text === '' ? [] : [{ text }] };
}

/** Scripts one after another, a line each unless another separator is given. */
export function join(scripts: readonly Script[], separator = '\n'): Script {
  const parts: ScriptPart[] = [];
  scripts.forEach((script, i) => {
    if (i > 0) addText(parts, separator);
    addParts(parts, script);
  });
  return { parts };
}

/** The script as it goes over the wire. */
export function revealed(script: Script): string {
  return script.parts
    .map((part) =>
      'text' in part ? part.text : quote(part.word instanceof Secret ? part.word.reveal() : part.word),
    )
    .join('');
}

/** The script as people may see it: every secret is {@link MASK}. */
export function masked(script: Script): string {
  return script.parts
    .map((part) => ('text' in part ? part.text : part.word instanceof Secret ? MASK : quote(part.word)))
    .join('');
}
