import { isFinal } from '../../src/core/run.ts';
import type { JobView } from '../../src/queue/api.ts';
import { until } from '../fixtures/until.ts';
import type { Stage } from './stage.ts';

/** Longest time a run may take to its end, all outages and time limits included. */
const RUN_LIMIT_MS = 240_000;

/** Types a command that starts a run, and gives the run's id. */
export async function ask({ slack, jobs }: Stage, text: string): Promise<string> {
  const known = new Set((await jobs.list({ limit: 100 })).map(({ state }) => state.jobId));
  const delivered = await slack.command({ text });
  if (delivered.status !== 200) throw new Error(`the bot answered ${delivered.status} ${delivered.body}`);
  const reply = delivered.first;
  return until(`a run of "${text}"`, async () => {
    const found = (await jobs.list({ limit: 100 })).find(({ state }) => !known.has(state.jobId));
    if (found !== undefined) return found.state.jobId;
    const told = await Promise.race([reply, undefined]);
    if (told !== undefined && /cannot|no job|refused|failed/i.test(told.text)) throw new Error(told.text);
    return undefined;
  });
}

/** The run at its end, once the channel shows it. Redis may be away meanwhile. */
export function shownEnd({ jobs }: Stage, jobId: string): Promise<JobView> {
  return until(
    `the end of job ${jobId} in the channel`,
    async () => {
      const job = await jobs.find(jobId).catch(() => undefined);
      return job !== undefined && isFinal(job.state) && (job.shownSeq ?? -1) >= job.state.seq && job;
    },
    RUN_LIMIT_MS,
  );
}

/** A run without a fault: it must succeed. */
export async function carryOut(stage: Stage, text: string): Promise<JobView> {
  const job = await shownEnd(stage, await ask(stage, text));
  if (job.state.status !== 'succeeded')
    throw new Error(`${text}: ${job.state.status}: ${job.state.problem?.message}`);
  return job;
}
