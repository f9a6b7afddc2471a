import { contained, recorded } from '../../core/record.ts';
import { bucketFinding, judgeClean, parseMeasure, placeOf } from '../cleanup.ts';
import { measureScript, purgeScript } from '../cleanup-script.ts';
import type { Operation } from './operation.ts';

/** Removing is walking a parallel file system with millions of entries. */
const HOUR_MS = 60 * 60_000;

/** Removes old inputs and run folders of one deployment. */
export const cleanup: Operation = {
  action: 'cleanup',
  title: 'Remove old inputs and run folders',
  shell: 'sh',
  timeoutMs: 6 * HOUR_MS,
  verifyMs: HOUR_MS,
  findings: (target) => (placeOf(target) === undefined ? [bucketFinding(target)] : []),
  act(target) {
    const place = placeOf(target);
    return contained(place === undefined ? measureNothing : purgeScript(place, target.cleanup.days));
  },
  verify(target) {
    const place = placeOf(target);
    return {
      name: 'cleanup',
      script: recorded(place === undefined ? measureNothing : measureScript(place, target.cleanup.days)),
      parse: (stdout) => judgeClean(target, parseMeasure(target, stdout)),
    };
  },
};

const measureNothing = { parts: [{ text: ':' }] };
