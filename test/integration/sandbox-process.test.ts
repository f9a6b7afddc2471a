import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ended, startTimeOf } from '../../src/sandbox/process.ts';
import { startWorld } from '../../src/sandbox/world.ts';
import { descendantsOf, ssh } from '../fixtures/sandbox.ts';
import { until } from '../fixtures/until.ts';

const PROGRAM = fileURLToPath(new URL('../fixtures/sandbox-process.ts', import.meta.url));
const endpoints = z.object({
  redisUrl: z.string(),
  identityFile: z.string(),
  knownHostsFile: z.string(),
  sites: z.record(z.string(), z.object({ address: z.string(), port: z.number(), pid: z.number() })),
});

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jaws-ops-sandbox-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));
/** That of a test that has failed is left to nobody. */
let latest: ChildProcess | undefined;
afterEach(async () => {
  latest?.kill('SIGKILL');
  if (latest !== undefined) await ended(latest);
});

interface Running {
  readonly child: ChildProcess;
  readonly printed: z.output<typeof endpoints>;
  /** Every process of the sandbox, with its start time. */
  readonly processes: readonly (readonly [number, string | undefined])[];
}

/** A sandbox in a process of its own, with an ssh connection open and something running at its sites. */
async function running(): Promise<Running> {
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, dir, 'aws', 'tahoma'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  latest = child;
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('exit', (code) => reject(new Error(`the sandbox ended with ${code}`)));
  });
  const printed = endpoints.parse(JSON.parse(line));
  const pid = child.pid ?? 0;
  const started = descendantsOf(pid).map((one) => [one, startTimeOf(one)] as const);
  expect(started.length).toBeGreaterThan(6);
  return { child, printed, processes: started };
}

const living = (sandbox: Running) =>
  sandbox.processes.filter(([pid, start]) => start !== undefined && startTimeOf(pid) === start);
/** Of the sandbox: others on this machine may mount something meanwhile. */
const mounts = () =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.includes(dir) || line.includes('site'))
    .join('\n');

describe('the sandbox process', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s ends every process and leaves no mount',
    async (signal) => {
      const before = mounts();
      const sandbox = await running();
      expect(mounts()).toBe(before);
      sandbox.child.kill(signal);
      await ended(sandbox.child);
      expect(sandbox.child.exitCode).toBe(0);
      expect(living(sandbox)).toEqual([]);
      expect(mounts()).toBe(before);
    },
  );

  it('dies with everything it started when killed, and starts again in the same folder', async () => {
    const before = mounts();
    const sandbox = await running();
    sandbox.child.kill('SIGKILL');
    await ended(sandbox.child);
    await until('the end of what it started', () => living(sandbox).length === 0);
    expect(mounts()).toBe(before);
    const again = await startWorld({ dir, sites: ['aws'] });
    try {
      expect((await ssh(again, again.site('aws'), 'hostname')).stdout).toBe('ip-10-0-0-12\n');
    } finally {
      await again.stop();
    }
  });

  it('keeps its folder to itself', async () => {
    const sandbox = await running();
    try {
      await expect(startWorld({ dir, sites: ['aws'] })).rejects.toMatchObject({
        code: 'sandbox.running',
        message: expect.stringContaining(`pid ${sandbox.child.pid}`),
      });
      for (const { pid } of Object.values(sandbox.printed.sites)) expect(startTimeOf(pid)).toBeDefined();
    } finally {
      sandbox.child.kill('SIGTERM');
      await ended(sandbox.child);
    }
  });
});
