import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import '../../scripts/fault-table.ts';
import { choicesAfter } from '../../src/commands/after-run.ts';
import type { RunState } from '../../src/core/run.ts';
import { STEPS } from '../../src/plan/steps.ts';
import { ask, carryOut, shownEnd } from './commands.ts';
import { type Expected, faultsIn, lookAt, markFiles } from './end-state.ts';
import type { Fault } from './faults.ts';
import { type Stage, setStage } from './stage.ts';

/** Two versions in turn, so that each run brings another one. */
const VERSIONS = ['2.5.3', '2.5.4'] as const;

/** Takes one of the ways out that the message of a failed run offers; it leads to the intended or the previous state. */
async function leadOut(
  stage: Stage,
  state: RunState,
  wayOut: Fault['wayOut'],
  { before, intended }: Expected,
): Promise<void> {
  const offered = choicesAfter(state);
  const wanted = offered.find(({ label }) => label.startsWith(wayOut ?? 'Retry')) ?? offered[0];
  await carryOut(stage, wanted?.line ?? 'nothing is offered');
  const { version, oldFiles, files, up, services, lock } = await lookAt(stage);
  const back = wanted?.command === 'rollback';
  expect({ version, oldFiles, up, lock }).toEqual({
    version: back ? before : intended,
    oldFiles: back ? files : 0,
    up: services,
    lock: undefined,
  });
}

/** Each of the faults at each step of a deploy, all at one site. */
export function faultMatrix(faults: readonly Fault[]): void {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setStage();
    await carryOut(stage, `deploy dev aws ${VERSIONS[0]}`);
  });
  afterAll(() => stage?.remove());

  describe.sequential.each(faults)('$name', (fault) => {
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
        if (fault.ends === 'succeeded') expect(state.status, state.problem?.message).toBe('succeeded');
        if (fault.ends === 'not') expect(state.status).not.toBe('succeeded');
        if (state.status === 'failed') await leadOut(stage, state, fault.wayOut, { before, intended });
      } finally {
        stage.steps.letGo();
      }
    });
  });
}
