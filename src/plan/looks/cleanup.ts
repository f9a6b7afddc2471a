import type { Report } from '../../core/look.ts';
import { recorded } from '../../core/record.ts';
import type { Target } from '../../core/target.ts';
import { bucketFinding, bytesText, MEND, type Measured, parseMeasure, placeOf } from '../cleanup.ts';
import { measureScript } from '../cleanup-script.ts';
import type { Look } from './look.ts';

/** What a cleanup would remove: counted, not touched. */
export const cleanup: Look = {
  name: 'cleanup',
  scope: 'target',
  shell: 'sh',
  timeoutMs: 10 * 60_000,
  ask({ target }) {
    const place = placeOf(target);
    if (place === undefined)
      return { title: `Nothing to clean up at ${target.site}`, findings: [bucketFinding(target)] };
    return {
      name: 'cleanup',
      script: recorded(measureScript(place, target.cleanup.days)),
      parse: (stdout) => reportOf(target, parseMeasure(target, stdout)),
    };
  },
};

function reportOf(target: Target, measured: readonly Measured[]): Report {
  const { days } = target.cleanup;
  const files = measured.reduce((sum, each) => sum + each.files, 0);
  const bytes = measured.reduce((sum, each) => sum + each.bytes, 0);
  const refused = measured.flatMap(({ folder, problem }) =>
    problem === undefined ? [] : [{ level: 'fail' as const, subject: folder, message: problem, next: MEND }],
  );
  const first = measured.flatMap((each) => each.first.map((path) => [each.folder, path]));
  return {
    title: `Cleanup of ${target.deployment} at ${target.site} would remove ${files} files, ${bytesText(bytes)}, older than ${days} days`,
    ...(refused.length === 0 ? {} : { findings: refused }),
    tables: [
      {
        head: ['Folder', 'Old entries', 'Files', 'Size', 'Spared', 'Path'],
        rows: measured.map((each) => [
          each.folder,
          String(each.entries),
          String(each.files),
          bytesText(each.bytes),
          String(each.spared),
          each.path,
        ]),
      },
      ...(first.length === 0 ? [] : [{ title: 'The first of them', head: ['Folder', 'Path'], rows: first }]),
    ],
    ...(refused.length > 0 ? { next: 'Nothing can be removed until both folders are as they must be.' } : {}),
  };
}
