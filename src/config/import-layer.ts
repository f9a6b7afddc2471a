import { DERIVED } from './derive.ts';
import { type Piece, parseShell, type Statement } from './import-shell.ts';
import { SUBSTITUTED } from './value-types.ts';
import { SECRETS, VARIABLES } from './variables.ts';

/** Something of a shell file that a person should know of, with its place. */
export interface Remark {
  /** As the file is named in messages, e.g. `sites/lrc.sh`. */
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** One line of an `env:` block to be written, with the comments above and beside it. */
export interface Entry {
  readonly name: string;
  readonly value: string;
  readonly above: readonly string[];
  readonly beside?: string;
}

/** A shell file as the `env:` block of a layer. */
export interface ImportedLayer {
  readonly entries: readonly Entry[];
  /** Comments after the last entry. */
  readonly below: readonly string[];
  /** What belongs into the environment of install steps, e.g. proxies. */
  readonly environment: Readonly<Record<string, string>>;
  /** Lines whose meaning is not known; they are kept as comments, unless they may hold a secret. */
  readonly lost: readonly Remark[];
  /** What was understood and is not as it was written. */
  readonly notes: readonly Remark[];
  /** Every value by its name, with those that only other values use. */
  readonly values: ReadonlyMap<string, string>;
}

const KNOWN = new Set(VARIABLES.map(({ name }) => name));
const SECRET_NAMES = new Set(SECRETS.map(({ name }) => name));
const SECRET_LIKE = /(?:^|_)(?:PW|PASS|PASSWD|PASSWORD|SECRET|TOKEN|KEY|CREDENTIALS?)(?:_ID)?$/i;
/** A value behind a name that sounds like a secret, anywhere in a line. */
const SECRET_TEXT = /\b\w*(?:PW|PASS|PASSWD|PASSWORD|SECRET|TOKEN|KEY)\w*\s*[=:]\s*["']?[^\s"'$]/i;
const OF_INSTALL = /^(?:(?:https?|no|all|ftp)_proxy|APPTAINER_\w+|SINGULARITY_\w+|CONTAINER_RUNTIME)$/i;

/** Whether a name or text may hold a secret, which must not be copied. */
function isSecret(name: string): boolean {
  return SECRET_NAMES.has(name) || (SECRET_LIKE.test(name) && !KNOWN.has(name));
}

/**
 * Turns a shell file into a layer. References to what the file or a lower layer sets are filled in, those to the
 * deployment and the site stay substitutions of ours, any other stays for the site to resolve.
 * @param lower values of the layer below; a name with several possible values is `undefined`
 */
export function importLayer(
  file: string,
  source: string,
  lower: ReadonlyMap<string, string | undefined> = new Map(),
): ImportedLayer {
  const values = new Map<string, string>();
  const entries = new Map<string, Entry & { readonly line: number }>();
  const environment: Record<string, string> = {};
  const lost: Remark[] = [];
  const notes: Remark[] = [];
  let comments: string[] = [];
  const statements = parseShell(source);
  const exported = new Set(statements.flatMap((s) => (s.kind === 'idle' ? s.exports : [])));

  const lose = (line: number, text: string, why: string, hide: boolean) => {
    const shown = hide ? '(not shown: it may hold a secret)' : text;
    lost.push({ file, line, text: `${why}: ${shown}` });
    if (!hide) comments.push(`Not imported from ${file}:${line}, which ${why}:`, ...text.split('\n'));
  };

  const assign = (statement: Extract<Statement, { kind: 'assignment' }>) => {
    const { line, name, value: pieces, remark } = statement;
    const note = (text: string) => notes.push({ file, line, text: `${name}: ${text}` });
    const written = pieces.map((piece) => ('text' in piece ? piece.text : piece.written)).join('');
    if (isSecret(name)) {
      note('is a secret and was not copied; put it into the file that JAWS_OPS_SECRETS names');
      return;
    }
    const resolved = resolve(pieces, values, lower);
    if ('why' in resolved) return lose(line, `${name}=${written}`, resolved.why, SECRET_TEXT.test(written));
    const { value } = resolved;
    values.set(name, value);
    if (KNOWN.has(name)) {
      const earlier = entries.get(name);
      if (earlier !== undefined) {
        note(`is set twice (line ${earlier.line} as well); the later value counts`);
        comments = [...earlier.above, ...comments];
        entries.delete(name);
      }
      const beside = remark === undefined || SECRET_TEXT.test(remark) ? {} : { beside: remark };
      entries.set(name, { name, value, line, above: comments, ...beside });
      comments = [];
    } else if (name in DERIVED) note(`is derived here; its value "${value}" was left out`);
    else if (OF_INSTALL.test(name)) environment[name] = value;
    else if (!statement.exported && !exported.has(name) && !name.startsWith('JAWS_'))
      note('is used by other values only and was filled in there');
    else lose(line, `${name}=${written}`, 'sets a variable that is not known here', SECRET_TEXT.test(value));
  };

  for (const statement of statements) {
    if (statement.kind === 'assignment') assign(statement);
    else if (statement.kind === 'unknown')
      lose(statement.line, statement.text, statement.why, SECRET_TEXT.test(statement.text));
    else if (statement.kind === 'comment') {
      if (SECRET_TEXT.test(statement.text))
        notes.push({ file, line: statement.line, text: 'a comment was left out: it may hold a secret' });
      else comments.push(statement.text);
    } else if (statement.kind === 'blank' && comments.length > 0) comments.push('');
  }
  return { entries: [...entries.values()], below: comments, environment, lost, notes, values };
}

/** The value as it stands in YAML, or why there is none. */
function resolve(
  pieces: readonly Piece[],
  own: ReadonlyMap<string, string>,
  lower: ReadonlyMap<string, string | undefined>,
): { readonly value: string } | { readonly why: string } {
  let value = '';
  for (const piece of pieces) {
    if ('text' in piece) {
      value += piece.text;
      continue;
    }
    const { name, written } = piece;
    if (SUBSTITUTED.some((known) => known === name)) value += `\${${name}}`;
    else if (own.has(name)) value += own.get(name);
    else if (lower.has(name)) {
      const found = lower.get(name);
      if (found === undefined)
        return { why: `refers to ${name}, which differs from deployment to deployment` };
      value += found;
    } else if (isSecret(name)) return { why: `refers to the secret ${name}` };
    else if (name.startsWith('JAWS_')) return { why: `refers to ${name}, which nothing before it sets` };
    else value += written;
  }
  return { value };
}
