import { z } from 'zod';

/** The type of a JAWS variable: what it may hold, in words and as a schema. All JAWS variables are text. */
export interface ValueType {
  /** What is expected, as it stands in messages and in the reference. */
  readonly expected: string;
  readonly schema: z.ZodType<string>;
  /** True when text that is empty is a value. */
  readonly emptyAllowed: boolean;
}

/** Names that may stand as `${NAME}` in any value and are filled in when the files are read. */
export const SUBSTITUTED = ['JAWS_DEPLOYMENT_NAME', 'JAWS_SITE_NAME'] as const;

/** Fills `${JAWS_DEPLOYMENT_NAME}` and `${JAWS_SITE_NAME}` in; other references stay as they are. */
export function substitute(
  text: string,
  names: Readonly<Record<(typeof SUBSTITUTED)[number], string>>,
): string {
  return SUBSTITUTED.reduce((value, name) => value.replaceAll(`\${${name}}`, names[name]), text);
}

/** A type from a test. `json` describes it for editors: a number may stand unquoted in YAML. */
function type(
  expected: string,
  test: (text: string) => boolean,
  json: Readonly<Record<string, unknown>> = {},
): ValueType {
  const known = SUBSTITUTED.map((name) => `\${${name}}`).join(' and ');
  const schema = z
    .string({ error: `expected ${expected}` })
    .superRefine((text, context) => {
      const filled = substitute(text, { JAWS_DEPLOYMENT_NAME: 'dev', JAWS_SITE_NAME: 'site' });
      const unknown = /\$\{?JAWS_\w*/.exec(filled);
      if (unknown)
        context.addIssue({ code: 'custom', message: `expected ${known} as the only JAWS references` });
      else if (!test(filled)) context.addIssue({ code: 'custom', message: `expected ${expected}` });
    })
    .meta(json);
  return { expected, schema, emptyAllowed: test('') };
}

function matching(expected: string, pattern: RegExp): ValueType {
  return type(expected, (text) => pattern.test(text));
}

/** The same type, or empty. */
export function orEmpty(inner: ValueType): ValueType {
  const expected = `${inner.expected}, or empty`;
  return type(expected, (text) => text === '' || inner.schema.safeParse(text).success);
}

/** A whole number in decimal, without leading zeros. */
export function range(minimum: number, maximum: number, unit = ''): ValueType {
  const expected = `a whole number ${minimum}–${maximum}${unit === '' ? '' : ` (${unit})`}`;
  return type(
    expected,
    (text) => /^(0|[1-9]\d{0,15})$/.test(text) && Number(text) >= minimum && Number(text) <= maximum,
    { type: ['integer', 'string'], minimum, maximum, pattern: '^(0|[1-9][0-9]*)$' },
  );
}

/** One of some words. */
export function oneOf(...words: readonly string[]): ValueType {
  const shown = words.map((word) => (word === '' ? 'empty' : word)).join(' | ');
  return type(shown, (text) => words.includes(text), {
    enum: words.flatMap((word): (string | number | boolean | null)[] => {
      if (/^\d+$/.test(word)) return [word, Number(word)];
      if (word === 'true' || word === 'false') return [word, word === 'true'];
      return word === '' ? ['', null] : [word];
    }),
    type: ['string', 'integer', 'boolean', 'null'],
  });
}

const SEGMENT = '[A-Za-z0-9._@+=,~^-]+';
const PATH = new RegExp(`^(/${SEGMENT})*/?$`);
const REFERENCE = new RegExp(`^\\$(\\{[A-Z_][A-Z0-9_]*\\}|[A-Z_][A-Z0-9_]*)(/${SEGMENT})*/?$`);
/** Folders that a reboot or a cleaning job empties. */
export const VOLATILE = ['/tmp', '/var/tmp', '/dev/shm', '/run', '/var/run'] as const;

function isPath(text: string): boolean {
  return (
    text.startsWith('/') && PATH.test(text) && !text.split('/').some((part) => part === '..' || part === '.')
  );
}

function isVolatile(path: string): boolean {
  return VOLATILE.some((folder) => path === folder || path.startsWith(`${folder}/`));
}

export const port = range(1, 65535);
export const toggle = oneOf('0', '1');
export const word = matching(
  'one word of letters, digits, `.`, `_`, `-`',
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
);
export const group = matching('the name of a Unix group', /^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/);
export const host = matching(
  'a host name',
  /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,62})(\.[A-Za-z0-9]([A-Za-z0-9-]{0,62}))*$/,
);
export const registry = matching(
  'a host name, with `:PORT` where it is not the usual one',
  /^(?=.{1,259}$)[A-Za-z0-9]([A-Za-z0-9-]{0,62})(\.[A-Za-z0-9]([A-Za-z0-9-]{0,62}))*(:[1-9]\d{0,4})?$/,
);
export const uuid = matching('a UUID', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i);
export const octal = type(
  'octal permission bits, three or four digits, e.g. 0775',
  (text) => /^[0-7]{3,4}$/.test(text),
  {
    type: ['string', 'integer'],
    pattern: '^[0-7]{3,4}$',
  },
);
export const image = matching('an image reference', /^[A-Za-z0-9][A-Za-z0-9._:/@+-]*$/);
export const executable = matching('the name or path of a program', /^[A-Za-z0-9._+/-]+$/);
export const command = type(
  'a command on one line',
  (text) => text.trim() !== '' && text === text.trim() && [...text].every((c) => c >= ' ' && c !== '\u007f'),
);
export const url = type('an http or https URL', (text) => {
  if (!/^https?:\/\/[^\s"'<>\\]+$/.test(text)) return false;
  return URL.canParse(text);
});
export const path = type('an absolute path', isPath);
/** A path that the site itself resolves when it begins with a reference such as `$CFS` or `$HOME`. */
export const sitePath = type(
  'an absolute path, which may begin with a reference such as $CFS or $HOME',
  (text) => isPath(text) || (REFERENCE.test(text) && !text.split('/').includes('..')),
);
export const installBase = type(
  `an absolute path below / and outside ${VOLATILE.join(', ')}, which are emptied by reboots and cleaning jobs`,
  (text) => isPath(text) && /[^/]/.test(text) && !isVolatile(text),
);
export const scratchBase = type(
  'an absolute path below / or s3://BUCKET[/PREFIX]',
  (text) =>
    (isPath(text) && /[^/]/.test(text)) ||
    /^s3:\/\/[a-z0-9][a-z0-9.-]{1,62}(\/[A-Za-z0-9._=+-]+)*\/?$/.test(text),
);
export const version = type(
  'a version such as 2.5.4, not the name of a deployment',
  (text) =>
    /^[0-9A-Za-z][0-9A-Za-z._-]{0,63}$/.test(text) &&
    !['dev', 'staging', 'prod'].includes(text.toLowerCase()),
);
