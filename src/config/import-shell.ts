import { endOfUnknown, isBlock, lineEnd } from './import-shell-blocks.ts';

/** A part of a value: text, or a reference to a variable as it was written. */
export type Piece = { readonly text: string } | { readonly name: string; readonly written: string };

/** What one command of a shell file means to us. Lines count from 1. */
export type Statement =
  | {
      readonly kind: 'assignment';
      readonly line: number;
      readonly name: string;
      readonly value: readonly Piece[];
      readonly exported: boolean;
      /** Comment behind it on the same line. */
      readonly remark?: string;
    }
  /** Something without effect on values, e.g. `set -a` or `export NAME`. */
  | { readonly kind: 'idle'; readonly line: number; readonly exports: readonly string[] }
  | { readonly kind: 'comment'; readonly line: number; readonly text: string }
  | { readonly kind: 'blank'; readonly line: number }
  | { readonly kind: 'unknown'; readonly line: number; readonly text: string; readonly why: string };

/** Raised inside one command, which is then `unknown` as a whole. */
class NotUnderstood extends Error {}

/**
 * Reads the part of the shell language that configuration files are written in: assignments with quotes, references
 * and comments. Whatever else there is comes back as `unknown` with its text, blocks as a whole. Never throws.
 */
export function parseShell(source: string): readonly Statement[] {
  const text = source.replaceAll('\r\n', '\n');
  const statements: Statement[] = [];
  let at = 0;
  let line = 1;
  const advance = (end: number): string => {
    const passed = text.slice(at, end);
    line += passed.split('\n').length - 1;
    at = end;
    return passed;
  };
  let fresh = true;
  while (at < text.length) {
    while (/[ \t;]/.test(text[at] ?? '')) at++;
    if (text.startsWith('\\\n', at)) {
      advance(at + 2);
      continue;
    }
    if (at >= text.length) break;
    if (text[at] === '\n') {
      if (fresh) statements.push({ kind: 'blank', line });
      advance(at + 1);
      fresh = true;
      continue;
    }
    const start = line;
    if (text[at] === '#') {
      const comment = advance(lineEnd(text, at)).slice(1).trim();
      const last = statements.at(-1);
      if (!fresh && last?.kind === 'assignment' && comment !== '')
        statements[statements.length - 1] = { ...last, remark: comment };
      else if (!(start === 1 && comment.startsWith('!')))
        statements.push({ kind: 'comment', line: start, text: comment });
      fresh = false;
      continue;
    }
    fresh = false;
    try {
      if (isBlock(text, at)) throw new NotUnderstood('is a block, whose commands may or may not be run');
      const command = readCommand(text, at);
      statements.push(...meaningOf(command.words, start));
      advance(command.end);
    } catch (error) {
      if (!(error instanceof NotUnderstood)) throw error;
      const taken = advance(endOfUnknown(text, at)).trimEnd();
      statements.push({ kind: 'unknown', line: start, text: taken, why: error.message });
    }
  }
  return statements;
}

interface Word {
  /** Name before the `=`, when the word is an assignment. */
  readonly name?: string;
  readonly pieces: readonly Piece[];
}

/** Words up to the end of the command; `end` is where the next one, a comment or the newline begins. */
function readCommand(text: string, from: number): { readonly words: readonly Word[]; readonly end: number } {
  const words: Word[] = [];
  let at = from;
  for (;;) {
    while (text[at] === ' ' || text[at] === '\t' || text.startsWith('\\\n', at))
      at += text[at] === '\\' ? 2 : 1;
    const next = text[at];
    if (next === undefined || next === '\n' || next === ';' || next === '#') return { words, end: at };
    const name = /^([A-Za-z_][A-Za-z0-9_]*)(\+?)=/.exec(text.slice(at, at + 200));
    if (name?.[2] === '+') throw new NotUnderstood('adds to a value');
    if (name !== null) at += name[0].length;
    const { pieces, end } = readWord(text, at);
    words.push({ pieces, ...(name?.[1] === undefined ? {} : { name: name[1] }) });
    at = end;
  }
}

/** One word: quoted and unquoted parts side by side. */
function readWord(text: string, from: number): { readonly pieces: readonly Piece[]; readonly end: number } {
  const pieces: Piece[] = [];
  const put = (part: string) => {
    const last = pieces.at(-1);
    if (last && 'text' in last) pieces[pieces.length - 1] = { text: last.text + part };
    else pieces.push({ text: part });
  };
  let at = from;
  let quoted = false;
  for (;;) {
    const char = text[at];
    if (char === undefined) {
      if (quoted) throw new NotUnderstood('has a quote that is not closed');
      return { pieces, end: at };
    }
    if (char === '"') {
      quoted = !quoted;
      put('');
      at++;
    } else if (char === '$') {
      const reference = /^\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})/.exec(
        text.slice(at, at + 200),
      );
      const name = reference?.[1] ?? reference?.[2];
      if (reference !== null && name !== undefined) {
        pieces.push({ name, written: reference[0] });
        at += reference[0].length;
      } else if (/^\$(?:$|[\s;/.,:=])/.test(text.slice(at, at + 2)) || (quoted && text[at + 1] === '"')) {
        put('$');
        at++;
      } else
        throw new NotUnderstood(
          text[at + 1] === '(' ? 'runs a command' : 'has an expansion that is more than a reference',
        );
    } else if (char === '`') throw new NotUnderstood('runs a command');
    else if (char === '\\') {
      const next = text[at + 1];
      if (next === undefined) throw new NotUnderstood('ends in a backslash');
      // Inside double quotes a backslash is itself unless it stands before one of these.
      if (next !== '\n') put(quoted && !'$`"\\'.includes(next) ? `\\${next}` : next);
      at += 2;
    } else if (quoted) {
      put(char);
      at++;
    } else if (char === "'") {
      const end = text.indexOf("'", at + 1);
      if (end < 0) throw new NotUnderstood('has a quote that is not closed');
      put(text.slice(at + 1, end));
      at = end + 1;
    } else if (/[\s;]/.test(char)) return { pieces, end: at };
    else if (/[&|<>()]/.test(char)) throw new NotUnderstood('is more than assignments');
    else if (char === '~' && at === from) {
      if (!/^[\s/;]?$/.test(text[at + 1] ?? '')) throw new NotUnderstood('names the home of another account');
      pieces.push({ name: 'HOME', written: '$HOME' });
      at++;
    } else {
      put(char);
      at++;
    }
  }
}

function meaningOf(words: readonly Word[], line: number): readonly Statement[] {
  const first = words[0];
  const plain = (word: Word | undefined) => {
    const [piece, ...more] = word?.pieces ?? [];
    return word?.name === undefined && piece && 'text' in piece && more.length === 0 ? piece.text : undefined;
  };
  const assignments = (those: readonly Word[], exported: boolean): readonly Statement[] =>
    those.flatMap(({ name, pieces }) =>
      name === undefined ? [] : [{ kind: 'assignment' as const, line, name, value: pieces, exported }],
    );
  if (words.every(({ name }) => name !== undefined)) return assignments(words, false);
  const command = plain(first);
  const rest = words.slice(1);
  const bare = rest.filter(({ name }) => name === undefined).map((word) => plain(word) ?? '');
  if (
    command === 'set' &&
    bare.length === rest.length &&
    bare.every((flag) => /^[-+][A-Za-z]+$|^pipefail$/.test(flag))
  )
    return [{ kind: 'idle', line, exports: [] }];
  const exporting =
    command === 'export' || ((command === 'declare' || command === 'typeset') && bare.includes('-x'));
  if (exporting || command === 'readonly') {
    const names = bare.filter((word) => !(command !== 'export' && /^-[rx]+$/.test(word)));
    if (names.every((word) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(word))) {
      const idle = { kind: 'idle' as const, line, exports: names };
      return [...assignments(rest, exporting), ...(exporting && names.length > 0 ? [idle] : [])];
    }
  }
  throw new NotUnderstood('is a command, not an assignment');
}
