import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import '../../scripts/fault-table.ts';
import { STEPS } from '../../src/plan/steps.ts';
import { ask, carryOut, shownEnd } from './commands.ts';
import { faultsIn, lookAt, markFiles } from './end-state.ts';
import { FAULTS } from './faults.ts';
import { type Stage, setStage } from './stage.ts';

/** Two versions in turn, so that each run brings another one. */
const VERSIONS = ['2.5.3', '2.5.4'] as const;

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
  await carryOut(stage, `deploy dev aws ${VERSIONS[0]}`);
});
afterAll(() => stage?.remove());

describe.sequential.each(FAULTS)('$name', (fault) => {
  test.for(STEPS.deploy)('%s', async (step, { task }) => {
    const { version: before } = await lookAt(stage);
    const intended = VERSIONS.find((version) => version !== before) ?? VERSIONS[0];
    markFiles(stage);
    stage.steps.hold(step);
    const jobId = await ask(stage, `deploy dev aws ${intended}`);
    try {
      await stage.steps.held(step);
      await fault.strike(stage, step, jobId);
      if (fault.hangs !== true) stage.steps.letGo();
      if (fault.lasts === 'moment') await fault.lift(stage, step);
      const { state } = await shownEnd(stage, jobId);
      if (fault.lasts === 'run') await fault.lift(stage, step);
      const seen = await lookAt(stage);
      const { downtimeMs } = state;
      const services = state.status === 'succeeded' ? '' : seen.up > 0 ? ', up' : ', down';
      task.meta.cell = {
        fault: fault.name,
        step,
        outcome: `${state.status}: ${seen.version === intended ? 'new' : 'old'}${services}`,
        ...(downtimeMs === undefined ? {} : { downSec: downtimeMs / 1_000 }),
      };
      const wrong = faultsIn(stage, state, seen, { before, intended });
      expect(wrong, state.problem?.message).toEqual([]);
      if (fault.survived) expect(state.status, state.problem?.message).toBe('succeeded');
      if (state.status === 'failed') await carryOut(stage, `retry ${jobId}`);
    } finally {
      stage.steps.letGo();
    }
  });
});
