import { describe, expect, test } from 'vitest';
import type { RunState } from '../../src/core/run.ts';
import { approverMentions, callFor } from '../../src/slack/calls.ts';
import { alice, directory, reader } from '../fixtures/directory.ts';
import { failedIn, fold, queued, runningIn, succeeded, T0 } from '../fixtures/runs.ts';

const approval = { hash: 'abcdef0123456789', until: T0 + 1000, changes: [], changed: false };
const waiting = fold(runningIn('check', queued('d-1', { deployment: 'prod' })), {
  at: T0,
  type: 'awaiting',
  approval,
});
const textOf = (state: RunState, approvers: readonly string[] = []) => {
  const view = callFor(state, approvers);
  return view?.kind === 'messages' ? view.texts.join() : undefined;
};

describe('those who may approve', () => {
  test('are called by user and by group, without who has asked', () => {
    expect(approverMentions(waiting, directory)).toEqual(['<@U0BOSS>', '<!subteam^S0APPROVERS>']);
    expect(approverMentions({ ...waiting, caller: reader }, directory)[0]).toBe(`<@${alice.id}>`);
  });

  test('are named in the call, whose beginning tells one plan from another', () => {
    const text = textOf(waiting, ['<@U0BOSS>']);
    expect(text).toMatch(/^Approval of plan abcdef012345, job d-1\n<@U0BOSS>: Deploy of JAWS Site/);
    expect(textOf(waiting)).toContain('Somebody with the right "approve"');
  });
});

describe('who has asked', () => {
  test('is called to the outcome once somebody else had a say in it', () => {
    const decision = { verdict: 'rejected', by: reader, at: T0 } as const;
    const refused = fold(
      waiting,
      { at: T0, type: 'decided', decision },
      { at: T0, type: 'finished', status: 'refused' },
    );
    expect(textOf(refused)).toMatch(/^Outcome of job d-1\n<@U0ALICE>: .* was refused\.$/);
    const cancelled = fold(runningIn('stop'), { at: T0, type: 'finished', status: 'cancelled' });
    expect(textOf(cancelled)).toContain('<@U0ALICE>');
  });

  test('is not called to what they watch anyway, nor before its end', () => {
    expect(textOf(succeeded())).toBeUndefined();
    expect(textOf(failedIn('stop', 'no'))).toBeUndefined();
    expect(textOf(runningIn('stop'))).toBeUndefined();
  });

  test('cannot be called from the command line, and nothing they typed calls others', () => {
    const caller = { id: 'x', name: '<!channel>', via: 'cli' } as const;
    const state = { ...fold(waiting, { at: T0, type: 'finished', status: 'refused' }), caller };
    expect(textOf(state)).not.toContain('<!channel>');
  });
});
