import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import '../../scripts/fault-table.ts';
import type { StepId } from '../../src/core/plan.ts';
import type { RunState } from '../../src/core/run.ts';
import { editPolicy } from '../fixtures/product.ts';
import { ask, carryOut, shownEnd } from './commands.ts';
import { lookAt, markFiles, shownOf, toldFaults } from './end-state.ts';
import { REFUSALS } from './faults.ts';
import { type Stage, setStage } from './stage.ts';

// The policy has a deploy that fails once services are stopped rolled back unasked. The fault ends with the deploy.

let stage: Stage;
beforeAll(async () => {
  stage = await setStage((dir) => editPolicy(dir, (doc) => doc.set('rollbacks', [{ deployments: ['dev'] }])));
  await carryOut(stage, 'deploy dev aws 2.5.3');
});
afterAll(() => stage?.remove());

/** Steps behind the stop whose failure leaves services down, and which the rollback takes after them. */
const ROWS: readonly (readonly [StepId, readonly StepId[]])[] = [
  ['environment', ['start']],
  ['write', ['start']],
  ['start', ['stage', 'stop', 'write', 'start']],
];

const finishedAt = ({ steps }: RunState, id: StepId) => steps.find((step) => step.id === id)?.finishedAt;
const startedAt = ({ steps }: RunState, id: StepId) => steps.find((step) => step.id === id)?.startedAt;

describe.sequential.each(REFUSALS.filter(({ hangs }) => hangs === true))('$name, undone', (fault) => {
  test.for(ROWS)('%s', async ([step, acts], { task }) => {
    const { version: before } = await lookAt(stage);
    markFiles(stage);
    stage.steps.hold(step);
    const jobId = await ask(stage, 'deploy dev aws 2.5.4');
    try {
      await stage.steps.held(step);
      await fault.strike(stage, step, jobId);
      const { state } = await shownEnd(stage, jobId);
      await fault.lift(stage, step);
      const { state: back } = await shownEnd(stage, `${jobId}-rollback`);
      const { version, files, oldFiles, services, up, lock, leftovers } = await lookAt(stage);
      const [down, since] = [startedAt(state, 'stop'), finishedAt(back, 'start')];
      task.meta.cell = {
        fault: `${fault.name}, undone`,
        step,
        outcome: `${back.status}: ${version === before ? 'old' : 'new'}${up === services ? ', up' : ', down'}`,
        ...(down === undefined || since === undefined ? {} : { downSec: (since - down) / 1_000 }),
      };
      expect(state).toMatchObject({
        status: 'failed',
        problem: { code: 'step.timeout' },
        undoneBy: back.jobId,
      });
      expect(shownOf(stage, state)[0]?.shown).toContain(
        `It is rolled back automatically, by job ${back.jobId}.`,
      );
      expect(shownOf(stage, back)[0]?.shown).toContain(`automatic, because job ${jobId} has failed`);
      expect(back.problem).toBeUndefined();
      expect(back).toMatchObject({
        status: 'succeeded',
        observed: { condition: 'running', version: before },
      });
      expect({ version, oldFiles, up, lock, leftovers }).toEqual({
        version: before,
        oldFiles: files,
        up: services,
        lock: undefined,
        leftovers: [],
      });
      expect([...stage.steps.starts(back.jobId).keys()]).toEqual(acts);
      expect([...toldFaults(stage, state), ...toldFaults(stage, back)]).toEqual([]);
    } finally {
      stage.steps.letGo();
    }
  });
});
