import { expect, test } from 'vitest';
import { raw } from '../../src/core/script.ts';
import { jobName } from '../../src/launchers/scrontab-paths.ts';
import { parseJobs } from '../../src/launchers/scrontab-queue.ts';
import { queueFunction } from '../../src/launchers/scrontab-shell.ts';
import { runHere } from '../fixtures/shell.ts';
import { combinations } from '../golden/combinations.ts';

// Several jobs in the output of squeue were passed on as one id, no job at all made the deploy fail, and `tahoma_prod`
// was found within `nmdc_tahoma_prod`.

const { target } = combinations().offered.find(({ own, launchTool }) => own && launchTool === 'scrontab') ?? {
  target: undefined,
};

/** What squeue printed, given to the shell function that reads it. */
function asked(lines: readonly string[]): { code: number; out: string } {
  if (target === undefined) throw new Error('no site runs its services in Slurm jobs');
  const recorded = raw(`squeue() { cat <<'QUEUE'\n${lines.join('\n')}\nQUEUE\n}\n`);
  const { code, stdout } = runHere({
    parts: [...recorded.parts, ...queueFunction(target).parts, ...raw('\nqueue\n').parts],
  });
  return { code, out: stdout.trim() };
}

test('every job is a line of its own, and a name is the whole name', () => {
  if (target === undefined) throw new Error('no site runs its services in Slurm jobs');
  const name = jobName(target);
  const row = (id: string, state: string, of: string) => `${id}|${state}|None|2026-11-22T12:00:00|nid1|${of}`;
  const ours = [row('11', 'RUNNING', name), row('13', 'PENDING', name)];
  const all = [
    ...ours,
    row('10', 'RUNNING', `other_${name}`),
    row('12', 'RUNNING', `${name}_htcondor_worker_small`),
    row('14', 'RUNNING', `${name}|x`),
    'slurm_load_jobs warning: something',
  ];
  expect(asked(all)).toEqual({ code: 0, out: ours.join('\n') });
  expect(parseJobs(all, name).map(({ id, state }) => [id, state])).toEqual([
    ['11', 'RUNNING'],
    ['13', 'PENDING'],
  ]);
});

test('no job is an answer and no failure', () => {
  expect(asked([])).toEqual({ code: 0, out: '' });
  expect(parseJobs([''], 'x')).toEqual([]);
});
