import type { RenderedFile } from '../../core/file.ts';
import { MASK, reveal, Secret } from '../../core/secret.ts';
import { unifiedDiff } from '../unified-diff.ts';

interface Line {
  readonly text: string;
  readonly shown: string;
}

/**
 * What would change in one file, as `diff -u` has it: `-` is at the host, `+` is what a deploy would write.
 *
 * In a file that holds secrets, values are shown only where nothing secret can be: on a line that is the same in what
 * we would write with every secret masked, or whose key we write without one. The host may have passwords that we
 * have never known, e.g. from before a rotation, so a look for known secrets would not find them.
 */
export function fileDiff(file: RenderedFile, atHost: string, secrets: readonly Secret[]): readonly string[] {
  const wanted = linesOf(reveal(file.content));
  const found = linesOf(atHost);
  const same = (a: Line, b: Line) => a.text === b.text;
  const show = ({ shown }: Line) => shown;
  if (!(file.content instanceof Secret)) {
    const plain = (text: string): Line => ({ text, shown: text });
    return unifiedDiff(found.map(plain), wanted.map(plain), same, show);
  }
  const values = secrets.map((secret) => secret.reveal()).filter((value) => value !== '');
  const isSecret = (text: string) => values.some((value) => holds(text, value));
  const open = new Set(wanted.filter((text) => !isSecret(text)));
  const openKeys = new Set([...open].flatMap((text) => keyOf(text) ?? []));
  for (const text of wanted) if (isSecret(text)) openKeys.delete(keyOf(text) ?? '');
  const line = (text: string): Line => ({ text, shown: shownLine(text, open, openKeys) });
  const ours = new Set(wanted);
  const hosts = (text: string): Line => {
    const { shown } = line(text);
    return { text, shown: shown.endsWith(MASK) && !ours.has(text) ? `${shown} (another value)` : shown };
  };
  return unifiedDiff(found.map(hosts), wanted.map(line), same, show);
}

/** A secret as a reader of INI may have it: percent signs doubled. */
function holds(text: string, value: string): boolean {
  return text.includes(value) || text.includes(value.replaceAll('%', '%%'));
}

function shownLine(text: string, open: ReadonlySet<string>, openKeys: ReadonlySet<string>): string {
  if (open.has(text) || /^\s*(\[[^\]]*\])?\s*$/.test(text)) return text;
  const key = keyOf(text);
  if (key !== undefined && SECRETIVE.test(key)) return maskedLine(text);
  if (key === undefined) return `${MASK} (a line of the host; not shown, since the file holds secrets)`;
  return openKeys.has(key) ? text : maskedLine(text);
}

/** Keys that may hold a secret where we know of none, e.g. an optional one that is not configured. */
const SECRETIVE = /pass|pw|secret|key|token|credential/i;

function maskedLine(text: string): string {
  return `${/^\s*[^=:]*[=:]\s*/.exec(text)?.[0] ?? ''}${MASK}`;
}

/** The key of `key = value` or `key: value`; undefined for any other line, comments included. */
function keyOf(text: string): string | undefined {
  return /^\s*([A-Za-z_][A-Za-z0-9_.-]*)\s*[=:]/.exec(text)?.[1];
}

function linesOf(text: string): readonly string[] {
  return text.replace(/\n$/, '').split('\n');
}
