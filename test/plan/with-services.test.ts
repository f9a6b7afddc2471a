import { describe, expect, test } from 'vitest';
import type { ActionRequest } from '../../src/core/request.ts';
import { masked } from '../../src/core/script.ts';
import { SERVICES, type Service } from '../../src/core/service.ts';
import type { Target } from '../../src/core/target.ts';
import { assumedObservation, judgeStart, type Observation } from '../../src/plan/check.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { withServices } from '../../src/plan/with-services.ts';
import { aTarget } from '../fixtures/target.ts';

const RELEASE = { version: '2.6.0', name: '2.6.0-a' };
const old = (name: string): Service => ({
  name,
  program: name,
  venvLog: `${name}.log`,
  containerLog: `${name}.log`,
});
const [RUNS, ...REST] = SERVICES;
if (RUNS === undefined) throw new Error('no services');
/** Before: one service has another name. The configuration has the names of today. */
const BEFORE = [old('task-log'), ...REST];

const wish = (action: ActionRequest['action'], more: Partial<ActionRequest> = {}): ActionRequest => ({
  kind: 'action',
  action,
  site: 'aws',
  deployment: 'dev',
  dryRun: false,
  ...more,
});

/** A site where the services of today are deployed over those of before. */
function seenAt(target: Target, more: Partial<Observation> = {}): Observation {
  const assumed = assumedObservation(target);
  const snapshots = (assumed.snapshots ?? []).map((snapshot) => ({ ...snapshot, services: BEFORE }));
  return { ...assumed, snapshots, catalogue: SERVICES, ...more };
}

const TOOLS = {
  supervisor: aTarget(),
  systemd: aTarget({ launcher: { kind: 'systemd' } }),
} as const;

describe('which services an action is about', () => {
  const target = TOOLS.supervisor;
  const names = (request: ActionRequest, seen: Observation) =>
    withServices(request, target, seen).services.map(({ name }) => name);

  test('a deploy: those of the configuration', () => {
    expect(withServices(wish('deploy'), target, seenAt(target, { catalogue: BEFORE }))).toBe(target);
  });

  test('a rollback: those of the snapshot', () => {
    expect(names(wish('rollback'), seenAt(target))).toEqual(BEFORE.map(({ name }) => name));
  });

  test('a rollback of a deploy that has replaced nothing: those that are deployed', () => {
    const seen = seenAt(target, { catalogue: BEFORE, snapshots: [] });
    expect(names(wish('rollback', { undo: 'r9' }), seen)).toEqual(BEFORE.map(({ name }) => name));
  });

  test.each(['start', 'stop', 'restart'] as const)('%s: those that are deployed', (action) => {
    expect(names(wish(action), seenAt(target, { catalogue: BEFORE }))).toContain('task-log');
  });

  test('where nothing was kept of them: those of the configuration', () => {
    const [snapshot] = assumedObservation(target).snapshots ?? [];
    if (snapshot === undefined) throw new Error('no snapshot');
    const bare = { ...seenAt(target), snapshots: [snapshot], catalogue: undefined };
    for (const action of ['rollback', 'restart'] as const)
      expect(withServices(wish(action), target, bare)).toBe(target);
  });
});

describe.each(Object.entries(TOOLS))('a rollback to other services under %s', (_, target) => {
  const { steps, notes } = makePlan(wish('rollback'), target, RELEASE, seenAt(target));
  const script = (id: string) => masked(steps.find((step) => step.id === id)?.script ?? { parts: [] });

  test('starts and verifies those of then, and none that the earlier version does not have', () => {
    for (const id of ['start', 'verify']) {
      expect(script(id), id).toContain('task-log');
      expect(script(id), id).not.toContain('run-daemon');
    }
  });

  test('says so beforehand', () => {
    const said = 'those of the earlier deploy are meant, task-log, transfer-daemon';
    expect(notes.join()).toContain(said);
    expect(judgeStart(wish('rollback'), target, seenAt(target))).toContainEqual(
      expect.objectContaining({ level: 'warn', subject: 'services', message: expect.stringContaining(said) }),
    );
  });
});

test('a rollback says where the earlier deploy has left no list of its services', () => {
  const target = TOOLS.supervisor;
  const told = (seen: Observation) =>
    judgeStart(wish('rollback'), target, seen).filter(({ message }) => message.includes('no list'));
  const { snapshots = [] } = assumedObservation(target);
  expect(snapshots).toHaveLength(1);
  expect(told(seenAt(target, { snapshots }))).toMatchObject([{ level: 'warn', subject: 'services' }]);
  expect(told(seenAt(target))).toEqual([]);
  expect(judgeStart(wish('restart'), target, seenAt(target, { snapshots }))).not.toContainEqual(
    expect.objectContaining({ message: expect.stringContaining('no list') }),
  );
});

describe('one service by its name', () => {
  const target = TOOLS.systemd;

  test('is refused before anything is touched where it is not deployed', () => {
    for (const action of ['start', 'stop', 'restart'] as const) {
      const findings = judgeStart(
        wish(action, { service: 'run-daemon' }),
        target,
        seenAt(target, { catalogue: BEFORE }),
      );
      expect(findings).toContainEqual({
        level: 'fail',
        subject: 'services',
        message: `run-daemon is not deployed here: there are ${BEFORE.map(({ name }) => name).join(', ')}`,
        next: 'Deploy first, or take it out of services in config/sites/aws.yaml.',
      });
    }
  });

  test('is nothing to speak of where the site is as configured', () => {
    const findings = judgeStart(wish('restart', { service: 'run-daemon' }), target, seenAt(target));
    expect(findings.filter(({ subject }) => subject === 'services')).toEqual([]);
  });
});
