/** A job of ours in Slurm's queue. */
export interface Job {
  readonly id: string;
  /** As squeue calls it in full, e.g. `RUNNING`. */
  readonly state: string;
  /** Why it waits, e.g. `Resources`. */
  readonly reason: string;
  /** Its start, or when Slurm expects it: site time, or `N/A`. */
  readonly start: string;
  readonly node: string;
}

/** Fields that {@link parseJobs} reads; the name comes last, as it alone may hold anything. */
export const JOB_FORMAT = '%i|%T|%r|%S|%N|%j';

/** The jobs with exactly this name in the output of squeue, one a line; lines of another form are passed over. */
export function parseJobs(lines: readonly string[], name: string): readonly Job[] {
  return lines.flatMap((line) => {
    const [id = '', state = '', reason = '', start = '', node = '', ...rest] = line.split('|');
    if (!/^\d/.test(id) || rest.join('|') !== name) return [];
    return [{ id, state, reason, start, node }];
  });
}

/** The job in which services may run; of several the first. */
export function runningJob(jobs: readonly Job[]): Job | undefined {
  return jobs.find(({ state }) => state === 'RUNNING');
}

/** A job that is yet to begin. A job that is ending is neither this nor running. */
export function pendingJob(jobs: readonly Job[]): Job | undefined {
  return jobs.find(({ state }) => ['PENDING', 'CONFIGURING', 'REQUEUED', 'SUSPENDED'].includes(state));
}

/** Why a job does not run yet, and since when it is expected to: `Slurm job 12 is pending (Resources), starts about …`. */
export function describePending({ id, state, reason, start }: Job): string {
  const why = reason === '' || reason === 'None' ? '' : ` (${reason})`;
  const when = /^\d/.test(start) ? `, starts about ${start.replace('T', ' ')} site time` : '';
  return `Slurm job ${id} is ${state.toLowerCase()}${why}${when}`;
}
