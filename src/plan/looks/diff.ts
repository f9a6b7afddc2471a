import type { Fact } from '../../core/fact.ts';
import type { RenderedFile } from '../../core/file.ts';
import type { Finding } from '../../core/finding.ts';
import type { Report } from '../../core/look.ts';
import { parseRecord, type RecordedFacts, recorded } from '../../core/record.ts';
import type { ActionRequest } from '../../core/request.ts';
import { join, raw, sh } from '../../core/script.ts';
import { sitePath } from '../../core/site-path.ts';
import type { Target } from '../../core/target.ts';
import { releaseOf } from '../plan.ts';
import { octal } from '../render.ts';
import { renderTarget } from '../render-target.ts';
import { fileDiff } from './file-diff.ts';
import type { Look } from './look.ts';

/** Largest file that is fetched, in bytes: ours are a few KiB. */
const MOST_BYTES = 256 * 1024;

/** What a deploy of the configured version, or of `words.version`, would change in the files at the host, one by one. */
export const diff: Look = {
  name: 'diff',
  scope: 'target',
  shell: 'sh',
  timeoutMs: 60_000,
  ask({ target, request: { words } }) {
    const { version } = words;
    const request: ActionRequest = {
      kind: 'action',
      action: 'deploy',
      site: target.site,
      deployment: target.deployment,
      dryRun: true,
      ...(version === undefined ? {} : { version }),
    };
    const release = releaseOf(target, request, 'diff');
    const files = renderTarget(target, release).filter(({ transient }) => transient !== true);
    return filesDiff(target, files);
  },
};

/** Compares generated files with those at the host. What it reports holds no secret of either side. */
export function filesDiff(target: Target, files: readonly RenderedFile[]): Fact<Report> {
  return {
    name: 'diff',
    script: recorded(
      join([
        raw(`file() {
  if [ ! -e "$2" ]; then put "file.$1" missing
  elif [ ! -f "$2" ] || [ ! -r "$2" ]; then put "file.$1" unreadable
  elif [ "$(wc -c <"$2")" -gt ${MOST_BYTES} ]; then put "file.$1" large
  else
    put "file.$1" "$(stat -L -c '%a %G' "$2")"
    show "content.$1" 0 "$(base64 <"$2")"
  fi
}`),
        ...files.map(({ path }, i) => sh`file ${i} ${sitePath(path)}`),
      ]),
    ),
    parse: (stdout) => reportOf(target, files, parseRecord(stdout, `${target.id}: diff`)),
  };
}

function reportOf(target: Target, files: readonly RenderedFile[], record: RecordedFacts): Report {
  const secrets = Object.values(target.env.secrets);
  const compared = files.map((file, i) => {
    const state = record.value(`file.${i}`) ?? 'unreadable';
    if (['missing', 'unreadable', 'large'].includes(state)) return { file, remark: state, lines: [] };
    const content = Buffer.from((record.text(`content.${i}`)?.lines ?? []).join(''), 'base64').toString(
      'utf8',
    );
    return { file, remark: modeRemark(file, state), lines: fileDiff(file, content, secrets) };
  });
  const different = compared.filter(({ remark, lines }) => remark !== undefined || lines.length > 0);
  const where = `${target.deployment} at ${target.site}`;
  if (different.length === 0)
    return { title: `No difference: all ${files.length} files of ${where} are as a deploy writes them` };
  const findings = different.flatMap(({ file, remark }): Finding[] =>
    remark === undefined ? [] : [{ level: 'warn', subject: file.path, message: remark }],
  );
  const text = different
    .filter(({ lines }) => lines.length > 0)
    .map(({ file, lines }) =>
      [`--- ${file.path} (at the host)`, `+++ ${file.path} (as configured)`, ...lines].join('\n'),
    )
    .join('\n\n');
  return {
    title: `${different.length} of ${files.length} files of ${where} differ from what a deploy would write`,
    ...(findings.length === 0 ? {} : { findings }),
    ...(text === '' ? {} : { text }),
  };
}

function modeRemark(file: RenderedFile, state: string): string | undefined {
  const [mode = '', group = ''] = state.split(' ');
  const remarks = [
    ...(mode.padStart(4, '0') === octal(file.mode)
      ? []
      : [`mode ${mode.padStart(4, '0')}, expected ${octal(file.mode)}`]),
    ...(file.group === undefined || file.group === group ? [] : [`group ${group}, expected ${file.group}`]),
  ];
  return remarks.length === 0 ? undefined : remarks.join(', ');
}
