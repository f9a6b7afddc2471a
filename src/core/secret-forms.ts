import { quote } from './script.ts';
import type { Secret } from './secret.ts';

/** A text to look for. */
export interface Form {
  readonly text: string;
  /** Found only where no letter, digit or `_` touches it. */
  readonly alone: boolean;
}

/** From this length on a secret is masked wherever it occurs, also inside longer words. */
const SHORT = 4;
/** Fewer characters of base64 would be found in ordinary text by chance. */
const BASE64_CORE = 5;
/** Lines of a many-line secret (a private key) from this length on are masked one by one too. */
const LINE = 8;

/**
 * The texts under which a secret may show: as it is, base64 at each alignment, percent-encoded, within JSON,
 * shell-quoted, escaped for INI or HTML. One shorter than four characters cannot be told from ordinary text: it
 * is looked for only as it is and standing alone. An empty one has no form.
 */
export function formsOf(secrets: Iterable<Secret>): readonly Form[] {
  const alone = new Set<string>();
  const anywhere = new Set<string>();
  for (const secret of secrets) {
    const value = secret.reveal();
    if (value === '') continue;
    if (value.length < SHORT) alone.add(value);
    else for (const text of encodings(value)) anywhere.add(text);
  }
  return [
    ...[...anywhere].map((text) => ({ text, alone: false })),
    ...[...alone].map((text) => ({ text, alone: true })),
  ];
}

function encodings(value: string): string[] {
  const pieces = [
    value,
    ...(value.includes('\n') ? value.split(/\r?\n/).filter((l) => l.length >= LINE) : []),
  ];
  return pieces
    .flatMap((text) => [
      ...plain(text),
      ...base64(Buffer.from(text, 'utf8')),
      ...base64(Buffer.from(`${text}\n`, 'utf8')).slice(0, 2),
      ...percent(text),
    ])
    .filter((text) => text.length >= SHORT);
}

function plain(text: string): string[] {
  const json = JSON.stringify(text).slice(1, -1);
  const ascii = json.replace(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return [
    text,
    json,
    ascii,
    JSON.stringify(json).slice(1, -1),
    text.includes("'") ? quote(text).slice(1, -1) : text,
    text.replace(/[^A-Za-z0-9_@%+=:,./-]/g, '\\$&'),
    text.replace(/["$`\\]/g, '\\$&'),
    text.replaceAll('%', '%%'),
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
  ];
}

/** What base64 of any text shows of these bytes, at each of the three alignments, in both alphabets. */
function base64(bytes: Buffer): string[] {
  const cores = [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const from = Math.ceil((shift * 8) / 6);
    const to = Math.floor(((shift + bytes.length) * 8) / 6);
    return encoded.slice(from, to);
  });
  return [bytes.toString('base64'), ...cores]
    .filter((text) => text.length >= BASE64_CORE)
    .flatMap((text) => [text, text.replaceAll('+', '-').replaceAll('/', '_')]);
}

function percent(text: string): string[] {
  if (/[\ud800-\udfff]/.test(text.replace(/[\ud800-\udbff][\udc00-\udfff]/g, ''))) return [];
  const full = encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return [
    encodeURIComponent(text),
    full,
    new URLSearchParams([['', text]]).toString().slice(1),
    full.replaceAll('%2F', '/'),
  ].flatMap((form) => [form, form.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())]);
}
