import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pino from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { OpsError } from '../../src/core/errors.ts';
import type { RunState } from '../../src/core/run.ts';
import type { Target } from '../../src/core/target.ts';
import type { Connector } from '../../src/core/transport.ts';
import { assumedObservation } from '../../src/plan/check.ts';
import type { RunContext } from '../../src/queue/api.ts';
import { createConnector } from '../../src/remote/pool.ts';
import { createHandlers } from '../../src/run/handlers.ts';
import { alice } from '../fixtures/directory.ts';
import { queued, request, runningIn, T0 } from '../fixtures/runs.ts';
import { startSshd, type TestSshd } from '../fixtures/sshd.ts';
import { aTarget } from '../fixtures/target.ts';

const CONFIG = loadConfig(fileURLToPath(new URL('../../config', import.meta.url)));

let sshd: TestSshd;
let connector: Connector;
let root: string;
let target: Target;
beforeAll(async () => {
  sshd = await startSshd();
  connector = createConnector();
});
afterAll(async () => {
  await connector?.close();
  await sshd?.remove();
});
beforeEach(() => {
  root = mkdtempSync(join(sshd.folder, 'site-'));
  target = aTarget({ root, access: sshd.access({ expect: { account: userInfo().username } }) });
  return () => rmSync(root, { recursive: true, force: true });
});

function lockFor(owner: string): void {
  mkdirSync(join(target.paths.ops, 'lock'), { recursive: true });
  writeFileSync(join(target.paths.ops, 'lock', 'owner'), `${owner}\n`);
}

/** Takes a run up where another worker left it. */
function goOn(
  previous: RunState,
  secure: (target: Target) => Promise<Target>,
  memory: Readonly<Record<string, unknown>> = {},
): Promise<RunState> {
  const context: RunContext = {
    jobId: previous.jobId,
    request: request(),
    caller: alice,
    queuedAt: T0,
    previous,
    memory: { observation: assumedObservation(target), ...memory },
    attempt: 2,
    decision: async () => undefined,
    locks: async () => [],
    windows: async () => [],
    earlier: async () => undefined,
    fate: async () => 'live',
    signal: new AbortController().signal,
    report: async () => undefined,
    remember: async () => undefined,
    saveOutput: async () => undefined,
  };
  return createHandlers({
    config: { ...CONFIG, target: () => target },
    secure,
    connector,
    logger: pino({ level: 'silent' }),
    worker: 'test',
    now: () => T0,
  }).action(context);
}

/** Where a worker stopped that had got as far as the check. */
function checked(): RunState {
  const { planHash: _none, ...state } = runningIn('stage', queued('job-1'));
  return {
    ...state,
    steps: state.steps.map((step) => ({ ...step, status: step.id === 'check' ? 'ok' : 'pending' })),
  };
}

test('a lock that another job took after the check is a refusal, and stays', async () => {
  lockFor('job=job-0 attempt=1 who=kim since=2026-11-22T12:00:00Z');
  const state = await goOn(checked(), async (secure) => secure);
  expect(state.problem).toMatchObject({ code: 'refused.lock' });
  expect(state.status).toBe('refused');
  expect(state.steps.map(({ status }) => status)).not.toContain('running');
  expect(readFileSync(join(target.paths.ops, 'lock', 'owner'), 'utf8')).toContain('job=job-0');
});

test('a lock that an ended job left is taken over after a restart of the worker as well', async () => {
  const left = 'job=job-0 attempt=1 who=kim since=2026-11-22T12:00:00Z';
  lockFor(left);
  const state = await goOn(checked(), async (secure) => secure, { displaces: left });
  expect(state.problem?.code).not.toBe('refused.lock');
  expect(existsSync(join(target.paths.ops, 'lock'))).toBe(false);
});

test('a run whose secrets are gone when it is taken up again has failed, and leaves no lock', async () => {
  lockFor('job=job-1 attempt=1 who=alice since=2026-11-22T12:00:00Z');
  const state = await goOn(runningIn('stop', queued('job-1')), async () => {
    throw new OpsError('secrets.file', '/etc/secrets.yaml: does not exist');
  });
  expect(state.problem).toMatchObject({ code: 'secrets.file' });
  expect(state.status).toBe('failed');
  expect(state.steps.map(({ status }) => status)).not.toContain('running');
  expect(existsSync(join(target.paths.ops, 'lock'))).toBe(false);
  expect(readFileSync(join(target.paths.ops, 'audit.log'), 'utf8')).toMatch(/ failed job=job-1\n$/);
});

test('one that had not begun is refused, and the site is not touched', async () => {
  const state = await goOn(queued('job-1'), async () => {
    throw new OpsError('secrets.file', '/etc/secrets.yaml: does not exist');
  });
  expect(state.status).toBe('refused');
  expect(existsSync(target.paths.install)).toBe(false);
});
