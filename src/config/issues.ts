import { z } from 'zod';
import { ERRORS, type ErrorCode, OpsError, type Problem } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** Where a value was found, for messages about it. */
export interface Origin {
  /** File as it is named in messages. */
  readonly name: string;
  line?(path: Path): number | undefined;
}

/** A problem with the remedy of its code. */
export function problem(code: ErrorCode, message: string): Problem {
  return { code, message, next: ERRORS[code].remedy };
}

/** Throws one OpsError for all problems; of several, each is in `others` and the message counts them. */
export function throwAll(problems: readonly Problem[]): void {
  const [first] = problems;
  if (!first) return;
  if (problems.length === 1) throw new OpsError(first.code, first.message, { next: first.next });
  const message = `${problems.length} problems, the first: ${first.message}`;
  throw new OpsError(first.code, message, { next: first.next, others: problems });
}

/** `launcher.kind`, `access.jumps[0].host`. */
export function dotted(path: Path): string {
  return path.reduce<string>(
    (text, key) =>
      typeof key === 'number' ? `${text}[${key}]` : text === '' ? String(key) : `${text}.${String(key)}`,
    '',
  );
}

/** One line: file, key, what is there, what was expected, and the line and nearest match where known. */
export function keyMessage(origin: Origin, path: Path, what: string, hint?: string): string {
  const line = origin.line?.(path);
  const notes = [
    ...(line === undefined ? [] : [`line ${line}`]),
    ...(hint === undefined ? [] : [`did you mean ${hint}?`]),
  ];
  const key = path.length === 0 ? '' : `${dotted(path)}: `;
  return `${origin.name}: ${key}${what}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`;
}

/**
 * The issues zod found in a file, each as one problem. `schema` is asked for the keys that would have been known;
 * `base` is the path of the checked value in its file. Values are shown unless `hideValues` is set.
 */
export function problemsOf(
  origin: Origin,
  error: z.ZodError,
  context: {
    readonly schema: z.ZodType;
    readonly data: unknown;
    readonly base?: Path;
    readonly code?: ErrorCode;
    readonly hideValues?: boolean;
  },
): Problem[] {
  const { schema, data, base = [], code = 'config.key', hideValues = false } = context;
  const show = (value: unknown) => (hideValues ? nameOf(value) : got(value));
  return error.issues.flatMap(meant).flatMap((issue) => {
    const path = [...base, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      const known = keysAt(schema, issue.path);
      return issue.keys.map((key) => {
        const expected = known.length > 0 && known.length <= 20 ? `, expected ${known.join(' | ')}` : '';
        return problem(
          code,
          keyMessage(origin, [...path, key], `unknown key${expected}`, nearest(key, known)),
        );
      });
    }
    const value = valueAt(data, issue.path);
    const expected = expectation(issue);
    if (value === undefined)
      return [problem(code, keyMessage(origin, path, `missing, expected ${expected}`))];
    const options = issue.code === 'invalid_value' ? issue.values.map(String) : [];
    const hint = typeof value === 'string' && !hideValues ? nearest(value, options) : undefined;
    const found = issue.code === 'invalid_key' ? 'key' : `got ${show(value)}`;
    return [problem(code, keyMessage(origin, path, `${found}, expected ${expected}`, hint))];
  });
}

/** Of a union, the issues of the branch that the value's own type chose; the issue itself where none or several do. */
function meant(issue: Issue): readonly Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const fitting = issue.errors.filter(
    (branch) => !branch.some(({ code, path }) => code === 'invalid_type' && path.length === 0),
  );
  const [branch] = fitting;
  if (branch === undefined || fitting.length > 1) return [issue];
  return branch.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
}

/** What an issue expected, in words. Messages that schemas give themselves start with `expected`. */
function expectation(issue: Issue): string {
  if (issue.message.startsWith('expected ')) return issue.message.slice('expected '.length);
  switch (issue.code) {
    case 'invalid_value':
      return issue.values.map(String).join(' | ');
    case 'invalid_type':
      return TYPE_NAMES[issue.expected] ?? issue.expected;
    case 'too_small':
      return `${sizeName(issue.origin)} of at least ${issue.minimum}`;
    case 'too_big':
      return `${sizeName(issue.origin)} of at most ${issue.maximum}`;
    case 'invalid_format':
      return issue.pattern === undefined ? issue.format : `text that matches ${issue.pattern}`;
    case 'invalid_key':
      return issue.issues.map(expectation).join(' and ');
    case 'invalid_union':
      return issue.errors.map((branch) => branch.map(expectation).join(' and ')).join(' or ');
    default:
      return issue.message;
  }
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true | false',
  object: 'a map',
  record: 'a map',
  array: 'a list',
};

function sizeName(origin: string): string {
  if (origin === 'string') return 'a length';
  return origin === 'array' ? 'a list' : 'a number';
}

/** A value as messages show it: short, on one line. */
export function got(value: unknown): string {
  if (typeof value === 'string') {
    const text = JSON.stringify(value);
    return text.length > 100 ? `${text.slice(0, 97)}…"` : text;
  }
  return nameOf(value);
}

function nameOf(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  return typeof value === 'string' ? 'text' : String(value);
}

function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    data,
  );
}

/** Keys that an object schema knows at a path; none where it is not an object. Of a union, its map counts. */
export function keysAt(schema: z.ZodType, path: Path): readonly string[] {
  let current: unknown = mapIn(unwrap(schema));
  for (const key of path) {
    if (current instanceof z.ZodObject) current = mapIn(unwrap(current.shape[String(key)]));
    else if (current instanceof z.ZodArray) current = mapIn(unwrap(current.element));
    else if (current instanceof z.ZodRecord) current = mapIn(unwrap(current.valueType));
    else return [];
  }
  return current instanceof z.ZodObject ? Object.keys(current.shape) : [];
}

function mapIn(schema: unknown): unknown {
  if (!(schema instanceof z.ZodUnion)) return schema;
  return schema.options.map(unwrap).find((option) => option instanceof z.ZodObject) ?? schema;
}

/** The schema inside optional, default and the like. */
export function unwrap(schema: unknown): unknown {
  let current = schema;
  while (
    current instanceof z.ZodOptional ||
    current instanceof z.ZodDefault ||
    current instanceof z.ZodPrefault ||
    current instanceof z.ZodNullable
  ) {
    current = current.unwrap();
  }
  return current;
}
