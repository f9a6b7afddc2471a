import { createHash } from 'node:crypto';
import { OpsError } from './errors.ts';
import { join, masked, raw, type Script, sh } from './script.ts';

/** What a fact's script prints: `name=value` lines, and texts as `name:code` followed by lines that start with `| `. */
export interface RecordedFacts {
  /** The last value of a name, or undefined. */
  value(name: string): string | undefined;
  /** Every value of a name, in order. */
  values(name: string): readonly string[];
  /** A text and the exit code of the command that printed it. */
  text(name: string): RecordedText | undefined;
}

export interface RecordedText {
  readonly code: number;
  readonly lines: readonly string[];
}

const RECORD = {
  put: `put() { printf '%s=%s\\n' "$1" "$2"; }`,
  show: `show() { printf '%s:%s\\n' "$1" "$2"; printf '%s\\n' "$3" | sed 's/^/| /'; }`,
};

const END = 'record=complete';

/**
 * Makes a read-only script of a fact: runs `body` in a subshell without stdin, where `put NAME VALUE` records one
 * line and `show NAME CODE TEXT` many. The subshell keeps its functions and variables apart from other facts.
 */
export function recorded(body: Script): Script {
  return sh`(
exec </dev/null
${used(RECORD, body)}
${body}
echo ${END}
)`;
}

/**
 * Parses what a {@link recorded} script printed. Lines of another form, such as a banner, are passed over.
 * @throws OpsError('site.output') when the script did not get to its end.
 */
export function parseRecord(stdout: string, subject: string): RecordedFacts {
  const values = new Map<string, string[]>();
  const texts = new Map<string, { code: number; lines: string[] }>();
  let complete = false;
  let open: string[] | undefined;
  for (const line of stdout.split('\n')) {
    if (line.startsWith('| ')) {
      open?.push(line.slice(2));
      continue;
    }
    open = undefined;
    if (line === END) complete = true;
    const [, name, mark, rest] = /^([A-Za-z][A-Za-z0-9.-]*)([=:])(.*)$/.exec(line) ?? [];
    if (name === undefined || rest === undefined) continue;
    if (mark === '=') values.set(name, [...(values.get(name) ?? []), rest]);
    else if (/^\d+$/.test(rest)) {
      open = [];
      texts.set(name, { code: Number(rest), lines: open });
    }
  }
  if (!complete) {
    const last = stdout.trim().split('\n').at(-1) ?? '';
    throw new OpsError(
      'site.output',
      `${subject}: the answer ends early, after "${last.slice(0, 200)}"; expected a last line "${END}"`,
    );
  }
  return {
    value: (name) => values.get(name)?.at(-1),
    values: (name) => values.get(name) ?? [],
    text: (name) => texts.get(name),
  };
}

/**
 * A part of a step that changes a site, {@link telling}, in a subshell without stdin. Its failure ends the whole script
 * it is put into. There is no `set -e`, which the shell ignores inside `( … ) || …`: each command that matters says
 * `|| fail …`.
 */
export function contained(body: Script): Script {
  return sh`(
exec </dev/null
${telling(body)}
)
code=$?; [ "$code" -eq 0 ] || exit "$code"`;
}

/**
 * A script of a step in which `fail TEXT` ends the shell with exit code 1, `warn TEXT` prints a warning and `did TEXT`
 * says what was done: the step's own words in the message, which {@link marked} tells from those of the site's tools.
 */
export function telling(body: Script): Script {
  return sh`${used(TOLD, body)}
${body}`;
}

/** Not exported to what the script starts: a tool cannot say in our name what it does not know. */
const MARK = 'jaws_ops_mark';

const TOLD = {
  fail: `fail() { printf '%serror: %s\\n' "\${${MARK}-}" "$1"; exit 1; }`,
  warn: `warn() { printf '%swarning: %s\\n' "\${${MARK}-}" "$1"; }`,
  did: `did() { printf '%sdone: %s\\n' "\${${MARK}-}" "$1"; }`,
};

/**
 * What the words of one step begin with. The same for every worker that follows this step of this job, since the one
 * that started it may be gone; no tool at a site prints it by chance.
 */
export function markOf(jobId: string, step: string): string {
  return `told-${createHash('sha256').update(`${jobId}/${step}`).digest('hex').slice(0, 16)}:`;
}

/** A script as it is carried out, which puts a mark before its words. A plan holds none: it is the same for every job. */
export function marked(script: Script, mark: string): Script {
  return join([sh`${raw(MARK)}=${mark}`, script]);
}

/** What a step's script said of each kind, in order. A tool's output may stand before it on the same line. */
export function toldBy(output: string, mark: string, kind: 'error' | 'warning' | 'done'): readonly string[] {
  const begin = `${mark}${kind}: `;
  return output.split('\n').flatMap((line) => {
    const at = line.indexOf(begin);
    return at < 0 ? [] : [line.slice(at + begin.length)];
  });
}

/** The output of a step as people read it: without marks, and each of the step's own words on a line of its own. */
export function unmarked(output: string, mark: string): string {
  return output
    .split(mark)
    .reduce((before, after) =>
      before === '' || before.endsWith('\n') ? `${before}${after}` : `${before}\n${after}`,
    );
}

/** Those of the functions that the script calls. */
function used(functions: Readonly<Record<string, string>>, body: Script): Script {
  const text = masked(body);
  return raw(
    Object.entries(functions)
      .flatMap(([name, source]) => (text.includes(`${name} `) ? [source] : []))
      .join('\n'),
  );
}
