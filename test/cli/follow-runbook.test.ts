import { expect, test } from 'vitest';
import { followRunbook } from '../../src/cli/follow-runbook.ts';
import { answer } from '../../src/commands/parse.ts';
import type { Caller } from '../../src/core/request.ts';
import { advance, isFinal } from '../../src/core/run.ts';
import type { RunbookRun } from '../../src/runbooks/run.ts';
import { alice, directory } from '../fixtures/directory.ts';
import { FakeJobs } from '../fixtures/jobs.ts';

const ann: Caller = { ...alice, via: 'cli' };

/** A run just begun from the command line, with a worker that ends every job at once. */
async function begun(line: string) {
  const jobs = new FakeJobs();
  const context = { caller: ann, directory, jobs, now: () => 1_000_000 };
  const reply = await answer(line, context);
  if (reply.kind !== 'runbook') throw new Error(JSON.stringify(reply));
  const unwatch = await jobs.runbooks.watch(() => {
    for (const { state } of jobs.jobs.values())
      if (!isFinal(state)) jobs.push(advance(state, { type: 'finished', status: 'succeeded', at: 2 }));
  });
  return { jobs, context, run: reply.run, unwatch };
}

const titles = (run: RunbookRun) =>
  run.steps.filter(({ status }) => status === 'ok').map(({ title }) => title);

test('a run is carried on from here to its end, with yes for an answer', async () => {
  const { jobs, context, run } = await begun('runbook run new-release jgi version=2.5.4');
  const ended = await followRunbook(context, run, { quiet: true, yes: true });
  expect(ended.status).toBe('succeeded');
  expect(jobs.submitted.map(({ deployment, version }) => `${deployment} ${version}`)).toEqual([
    'dev 2.5.4',
    'staging 2.5.4',
    'prod 2.5.4',
  ]);
  expect(titles(ended)).toContain('Deploy 2.5.4 to prod: prod');
});

test('without anybody to ask it is left waiting', async () => {
  const { jobs, context, run } = await begun('runbook run new-release jgi version=2.5.4');
  const left = await followRunbook(context, run, { quiet: true, yes: false });
  expect(left.status).toBe('waiting');
  expect(jobs.submitted).toHaveLength(1);
});
