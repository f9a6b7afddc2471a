import { OpsError } from '../core/errors.ts';
import { quote, revealed } from '../core/script.ts';
import { sitePath } from '../core/site-path.ts';

/** Where a value is going, for the message that refuses it. */
export interface Place {
  /** Path of the file on the site. */
  readonly file: string;
  /** Name of the variable the value comes from. */
  readonly variable: string;
}

/**
 * Writes a value so that the reader of one kind of file reads exactly that value.
 * @throws OpsError('render.value') when the reader has no way to be given it; the message never holds the value.
 */
export type Format = (value: string, place: Place) => string;

/** What Python's `str.strip` and `str.isspace` take for white space; JavaScript's `\s` differs in five characters. */
const SPACE = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const OUTER_SPACE = new RegExp(`^[${SPACE}]|[${SPACE}]$`);
const ANY_SPACE = new RegExp(`[${SPACE}]`);
const INLINE_COMMENT = new RegExp(`[${SPACE}]([;#])`);

/** One word of POSIX shell: plain when harmless, else in single quotes. */
export const sh: Format = (value, place) => quote(asText(value, place, 'a shell word'));

/** A path as one word of POSIX shell; a reference that it begins with, such as `$CFS`, is left to the site. */
export const sitepath: Format = (value, place) => revealed(sitePath(asText(value, place, 'a shell word')));

/**
 * A value of jaws-site.conf. JAWS reads it with Python's ConfigParser, which undoes `%%`, and then replaces `$NAME`
 * and `${NAME}` from the environment, for which there is no escape.
 */
export const ini: Format = (value, place) => {
  const line = asLine(value, place, 'an INI value');
  if (/\$[A-Za-z0-9_{]/.test(line)) {
    refuse(
      place,
      '"$" before a letter, digit, "_" or "{"',
      'JAWS replaces $NAME in every value, without escape',
    );
  }
  return line.replaceAll('%', '%%');
};

/**
 * A value of site.env: a shell assignment to Apptainer, whose result JAWS puts in the place of an INI value, to be
 * interpolated like one. Both readers are served.
 */
export const override: Format = (value, place) => sh(ini(value, place), place);

/** A value of site.env that JAWS does not interpolate. */
export const envfile: Format = (value, place) => quote(asLine(value, place, 'a line of an environment file'));

/**
 * A value of supervisor's files. Supervisor cuts a comment that follows white space, fills in `%(here)s` before it
 * looks for `%%`, then undoes `%%`. The value has to follow the `=` at once: then it may begin with `#` or `;`.
 */
export const percent: Format = (value, place) => {
  const line = asLine(value, place, 'a value of supervisor');
  const comment = INLINE_COMMENT.exec(line);
  if (comment) {
    refuse(
      place,
      `"${comment[1]}" after white space`,
      'supervisor takes the rest for a comment, without escape',
    );
  }
  if (line.includes('%(here)s')) {
    refuse(place, '"%(here)s"', 'supervisor replaces it by a folder before it knows an escape');
  }
  return line.replaceAll('%', '%%');
};

/** A password of supervisor's server, which takes one that begins with `{SHA}` for a digest. */
export const password: Format = (value, place) => {
  if (value === '') refuse(place, 'nothing', 'supervisor would let everyone in who sends no password');
  if (value.startsWith('{SHA}'))
    refuse(place, '"{SHA}" at its beginning', 'supervisor takes it for a digest');
  return percent(value, place);
};

/** The path of a supervisor program's command, which supervisor splits like a shell after undoing `%%`. */
export const command: Format = (value, place) => percent(sh(value, place), place);

/** A folder in supervisor's `include`, whose value is split at white space and whose words are file patterns. */
export const glob: Format = (value, place) => {
  const line = percent(value, place);
  if (ANY_SPACE.test(line))
    refuse(place, 'white space', 'supervisor takes each word for a pattern of its own');
  return line.replaceAll(/[[*?]/g, '[$&]');
};

/** The name of a program or group of supervisor, as it stands in section headers and lists. */
export const name: Format = (value, place) => {
  if (!/^[A-Za-z0-9_.-]+$/.test(value)) {
    refuse(place, 'more than letters, digits, ".", "_" and "-"', 'a name in supervisor has nothing else');
  }
  return value;
};

/** A value of a systemd unit, which fills in `%x` and joins a line that ends in a backslash with the next one. */
export const unit: Format = (value, place) => {
  const line = asLine(value, place, 'a value of a unit');
  if (line.endsWith('\\'))
    refuse(place, 'a backslash at its end', 'systemd joins the line with the next one');
  return line.replaceAll('%', '%%');
};

/** One word of a command in a systemd unit, which also fills in `$NAME` and undoes quotes and backslashes. */
export const unitword: Format = (value, place) => {
  const line = asLine(value, place, 'a word of a unit');
  const escaped = line.replaceAll(/["\\]/g, '\\$&').replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /^[A-Za-z0-9_@+=:,./-]+$/.test(line) ? line : `"${escaped}"`;
};

/** Part of a line that no reader unquotes: of a crontab, or of the commands of nsupdate. */
export const cron: Format = (value, place) => asLine(value, place, 'a line of a crontab');

/** Every format by the name of its template helper. */
export const FORMATS = {
  sh,
  sitepath,
  ini,
  override,
  envfile,
  percent,
  password,
  command,
  glob,
  name,
  unit,
  unitword,
  cron,
} as const;

/** Text that UTF-8 can carry and that holds no NUL, which ends a string for the programs that are to read it. */
function asText(value: string, place: Place, what: string): string {
  if (value.includes('\0')) refuse(place, 'a NUL byte (U+0000)', `${what} cannot hold one`);
  if (/\p{Surrogate}/u.test(value)) refuse(place, 'half a surrogate pair', `${what} cannot hold one`);
  return value;
}

function asLine(value: string, place: Place, what: string): string {
  asText(value, place, what);
  if (value.includes('\n')) refuse(place, 'a line feed (U+000A)', `${what} ends with its line`);
  if (value.includes('\r')) refuse(place, 'a carriage return (U+000D)', `${what} ends with its line`);
  if (OUTER_SPACE.test(value)) {
    refuse(place, 'white space at its beginning or end', `${what} is read without it`);
  }
  return value;
}

function refuse(place: Place, got: string, why: string): never {
  throw new OpsError('render.value', `${place.file}: ${place.variable}: holds ${got}; ${why}`);
}
