import { OpsError } from '../core/errors.ts';
import type { Finding } from '../core/finding.ts';
import { parseRecord } from '../core/record.ts';
import type { Target } from '../core/target.ts';
import type { CleanupPlace } from '../core/upkeep.ts';
import { CLEANUP_FOLDERS, type CleanupFolder } from './cleanup-script.ts';

/** What is old enough to be removed from one folder, or why nothing may be. */
export interface Measured {
  readonly folder: CleanupFolder;
  readonly path: string;
  readonly problem?: string;
  /** Files of inputs, or run folders of executions. */
  readonly entries: number;
  readonly files: number;
  readonly bytes: number;
  /** Run folders that look old but in which something was written lately. */
  readonly spared: number;
  /** The first of them, at most ten. */
  readonly first: readonly string[];
}

/** The data folders of a target; undefined where they are in a bucket. */
export function placeOf(target: Target): CleanupPlace | undefined {
  return target.cleanup.places.find(({ deployment }) => deployment === target.deployment);
}

/** That nothing can be removed at a site whose data is in a bucket. */
export function bucketFinding(target: Target): Finding {
  return {
    level: 'fail',
    subject: 'scratch',
    message: `the data of ${target.id} is in ${target.paths.scratch}: no folder at the site to clean up`,
    next: 'Let a lifecycle rule of the bucket expire old objects.',
  };
}

/** @throws OpsError('site.output') for what the measuring script cannot have printed */
export function parseMeasure(target: Target, stdout: string): readonly Measured[] {
  const record = parseRecord(stdout, `${target.id}: cleanup`);
  const place = placeOf(target);
  return CLEANUP_FOLDERS.map((folder) => {
    const path = place?.[folder] ?? '';
    const problem = record.value(`${folder}.problem`);
    const sum = (record.value(`${folder}.sum`) ?? '').split(' ').map(Number);
    const [entries = 0, files = 0, bytes = 0, spared = 0] = problem === undefined ? sum : [];
    if (problem === undefined && (sum.length !== 4 || sum.some((value) => !Number.isSafeInteger(value))))
      throw new OpsError('site.output', `${target.id}: cleanup: ${folder} was not counted`);
    const first = record.values(`${folder}.entry`);
    return {
      folder,
      path,
      entries,
      files,
      bytes,
      spared,
      first,
      ...(problem === undefined ? {} : { problem }),
    };
  });
}

/** After a cleanup nothing old is left, and both folders are as they must be. */
export function judgeClean(target: Target, measured: readonly Measured[]): readonly Finding[] {
  return measured.map(({ folder, path, problem, entries, spared }): Finding => {
    if (problem !== undefined) return { level: 'fail', subject: folder, message: problem, next: MEND };
    if (entries > 0) {
      return {
        level: 'fail',
        subject: folder,
        message: `${entries} entries older than ${target.cleanup.days} days are still in ${path}`,
        next: 'Look at the output: they may belong to other accounts.',
      };
    }
    const kept = spared > 0 ? `; ${spared} run folders with recent changes spared` : '';
    return { level: 'ok', subject: folder, message: `nothing older than ${target.cleanup.days} days${kept}` };
  });
}

export const MEND = 'Look at the folder at the site; a deploy creates what is missing.';

/** e.g. `3.4 GiB`. */
export function bytesText(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
