import { describe, expect, it } from 'vitest';
import { advance, queuedRun, type RunState } from '../../src/core/run.ts';
import { readsQueue, runQueue } from '../../src/queue/names.ts';
import { actionJobSchema, faultsOf, statusRequestSchema } from '../../src/queue/schema.ts';
import { clip, scrubState } from '../../src/queue/scrub.ts';
import { readState, readStateText } from '../../src/queue/state-schema.ts';
import { lostRun, unreadableState } from '../../src/queue/view.ts';
import { ANN, deploy, TARGETS } from '../fixtures/queue.ts';

const full: RunState = {
  ...queuedRun('20261122-143015-rr0000', { ...deploy(), version: '2.5.4', reason: 'why' }, ANN, 'aws-dev', 5),
  status: 'failed',
  startedAt: 6,
  finishedAt: 9,
  worker: 'w',
  planHash: 'h',
  version: '2.5.4',
  notes: ['a pw note'],
  steps: [
    {
      id: 'check',
      title: 'Check',
      status: 'ok',
      startedAt: 6,
      finishedAt: 7,
      detail: 'pw',
      tail: ['pw', 'x'],
    },
    { id: 'stage', title: 'Stage', status: 'running' },
  ],
  observed: {
    site: 'aws',
    deployment: 'dev',
    condition: 'fatal',
    services: [{ service: 'run-daemon', unit: 'jaws-site:runs', condition: 'fatal', detail: 'pw' }],
    detail: 'pw',
    observedAt: 8,
  },
  problem: { code: 'step.failed', message: 'pw', next: 'change pw' },
  downtimeMs: 1,
};

describe('data in Redis', () => {
  it('gives back a whole snapshot as it was', () => {
    expect(readStateText(JSON.stringify(full))).toEqual(full);
    expect(readState({ ...full, later: true })).toEqual(full);
  });

  it('reads a code that only a newer version knows as internal', () => {
    const newer = { ...full, problem: { code: 'step.exploded', message: 'm', next: 'n' } };
    expect(readState(newer)?.problem).toEqual({ code: 'internal', message: 'm', next: 'n' });
  });

  it.each([undefined, 0, 'x', {}, { ...full, status: 'exploded' }])('takes %j for no snapshot', (value) => {
    expect(readState(value)).toBeUndefined();
  });

  it('says what is wrong with a request, key by key', () => {
    const job = {
      request: { ...deploy(), action: 'explode', force: true },
      caller: ANN,
      queuedAt: 1,
      memory: {},
    };
    const parsed = actionJobSchema.safeParse(job);
    expect(parsed.error && faultsOf(parsed.error)).toMatch(/request\.action: .*"deploy".*request: .*force/);
    expect(statusRequestSchema.safeParse({ kind: 'status', site: 'a:b' }).success).toBe(false);
  });
});

it('has no colon in any queue name, and the site in each', () => {
  for (const target of TARGETS)
    for (const name of [runQueue(target), readsQueue(target.site)]) {
      expect(name).not.toContain(':');
      expect(name).toContain(target.site);
    }
});

it('scrubs what was said, and leaves states, names and ids alone', () => {
  const scrubbed = scrubState(full, (text) => text.replaceAll(/pw|failed|aws/g, '***'));
  expect(JSON.stringify(scrubbed)).not.toContain('pw');
  expect(scrubbed).toMatchObject({
    status: 'failed',
    target: 'aws-dev',
    steps: [{ tail: ['***', 'x'] }, {}],
  });
  expect(readState(scrubbed)).toEqual(scrubbed);
});

it('clips the middle of long output and never more than needed', () => {
  expect(clip('short', 100)).toBe('short');
  const text = `head ${'ü€😀'.repeat(1_000)} tail`;
  const clipped = clip(text, 200);
  expect(Buffer.byteLength(clipped)).toBeLessThanOrEqual(200);
  expect(clipped).toMatch(/^head .*left out.* tail$/s);
});

it('ends a run whose worker is gone with an unknown outcome of the step under way', () => {
  const running = advance(
    { ...full, status: 'running' },
    { type: 'started', attempt: 2, worker: 'w', at: 9 },
  );
  const ended = lostRun(running, { code: 'step.lost', message: 'm', next: 'n' }, 10);
  expect(ended).toMatchObject({ status: 'failed', finishedAt: 10, problem: { code: 'step.lost' } });
  expect(ended.steps.map((step) => step.status)).toEqual(['ok', 'failed']);
  expect(ended.seq).toBeGreaterThan(running.seq);
});

it('makes a failed run of a job that nobody can read', () => {
  const state = unreadableState('j', { site: 'aws', deployment: 'prod' }, 'not JSON');
  expect(state).toMatchObject({ status: 'failed', target: 'aws-prod', request: { dryRun: true } });
  expect(readState(state)).toEqual(state);
});
