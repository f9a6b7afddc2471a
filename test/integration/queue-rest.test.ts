import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openPatient } from '../../src/queue/connection.ts';
import { createMarkers, type Markers } from '../../src/queue/markers.ts';
import { PREFIX, runQueue } from '../../src/queue/names.ts';
import { startWorkers } from '../../src/queue/workers.ts';
import { HELD, patientJobs } from '../fixtures/patient.ts';
import { ANN, deploy, finish, gate, handlers, quietLogger, startOf } from '../fixtures/queue.ts';
import { startRedis, type TestRedis } from '../fixtures/redis.ts';
import { monitorRedis } from '../fixtures/redis-monitor.ts';
import { until } from '../fixtures/until.ts';

const CALL = 'call';
const LONG_MS = 60_000;

let server: TestRedis;
let raw: Redis;
const undo: (() => void)[] = [];

beforeAll(async () => {
  server = await startRedis();
  raw = new Redis(server.url);
});
afterEach(async () => {
  for (const end of undo.splice(0)) end();
  await raw.flushall();
});
afterAll(async () => {
  raw?.disconnect();
  await server?.remove();
});

describe('the wait for the markers of many queues', () => {
  function listening(callKey = CALL): Markers {
    const [redis, ear] = [openPatient(server.url), openPatient(server.url)];
    const markers = createMarkers(redis, ear, callKey, () => undefined);
    undo.push(() => {
      markers.close();
      ear.disconnect();
      redis.disconnect();
    });
    return markers;
  }
  const blocked = () =>
    until('a blocking wait', async () => {
      const clients = await raw.info('clients');
      return /blocked_clients:[1-9]/.test(clients);
    });

  it('takes what comes for each of them, also for those that came to wait later', async () => {
    const markers = listening();
    const first = markers.wait('a', LONG_MS);
    await blocked();
    const second = markers.wait('b', LONG_MS);
    const third = markers.wait('c', LONG_MS);
    await raw.zadd('c', 7, '1');
    expect(await third).toEqual({ member: '1', score: 7 });
    await raw.zadd('a', 0, '0');
    expect(await first).toEqual({ member: '0', score: 0 });
    const again = markers.wait('a', LONG_MS);
    await raw.zadd('b', 0, '0');
    await raw.zadd('a', 0, '0');
    expect(await Promise.all([second, again])).toHaveLength(2);
    expect(await raw.exists('a', 'b', 'c')).toBe(0);
  });

  it('leaves a marker to the process that waits for it', async () => {
    const [busy, idle] = [listening('call-1'), listening('call-2')];
    const taken = busy.wait('a', LONG_MS);
    await blocked();
    await raw.zadd('a', 0, '0');
    await taken;
    await raw.zadd('a', 0, '0');
    expect(await idle.wait('a', LONG_MS)).toEqual({ member: '0', score: 0 });
  });

  it('puts back a marker that nobody waits for any more', async () => {
    const markers = listening();
    const left = markers.wait('a', LONG_MS);
    await blocked();
    markers.leave('a');
    await expect(left).rejects.toThrow('Connection is closed.');
    await raw.zadd('a', 3, '1');
    await until('the marker', async () => (await raw.zscore('a', '1')) === '3');
    expect(await markers.wait('a', LONG_MS)).toEqual({ member: '1', score: 3 });
  });

  it('ends with its time, when woken and when closed', async () => {
    const markers = listening();
    expect(await markers.wait('a', 1)).toBeNull();
    const woken = markers.wait('b', LONG_MS);
    expect([markers.wake('b'), markers.wake('b')]).toEqual([true, false]);
    expect(await woken).toBeNull();
    const last = markers.wait('c', LONG_MS);
    markers.close();
    await expect(last).rejects.toThrow('Connection is closed.');
    await expect(markers.wait('c', LONG_MS)).rejects.toThrow('Connection is closed.');
  });

  it('goes on when Redis comes back, with those who came to wait while it was away', async () => {
    const markers = listening();
    const first = markers.wait('a', LONG_MS);
    await blocked();
    await server.stop();
    const second = markers.wait('b', LONG_MS);
    await server.start();
    await raw.zadd('b', 0, '0');
    await raw.zadd('a', 0, '0');
    expect(await Promise.all([first, second])).toHaveLength(2);
  });
});

describe('workers of forty sites', () => {
  const sites = Array.from({ length: 40 }, (_, i) => `site${i}`);
  const targets = sites.map((site) => ({ site, deployment: 'dev' }));
  /** Of the queues for jobs and for questions. */
  const GROUPS = 3;

  it('need few connections, ask nothing of single queues at rest, and find a job without a marker', async () => {
    const jobs = patientJobs(server.url, { targets });
    undo.push(() => void jobs.close());
    // A job whose marker was taken by a process that died before it took the job.
    const { job } = await jobs.submit(deploy('site7'), ANN);
    const queue = `${PREFIX}:${runQueue({ site: 'site7', deployment: 'dev' })}`;
    await raw.rename(`${queue}:wait`, 'aside');
    await raw.del(`${queue}:marker`);
    const before = Math.max(...(await connections()));
    const ran = gate<string>();
    const workers = await startWorkers({
      redisUrl: server.url,
      sites,
      targets,
      handlers: handlers(async (context) => {
        ran.open(context.jobId);
        return finish(startOf(context));
      }),
      logger: quietLogger,
      ...HELD,
      lookMs: 500,
    });
    try {
      await workers.ready;
      const monitor = await monitorRedis(server.url);
      undo.push(() => monitor.close());
      const rest = await until('two looks of all, and nothing of one queue in between', () => {
        const last = monitor.seen.findLastIndex(({ name }) => name.startsWith('eval'));
        const seen = monitor.seen.slice(last + 1).map(({ name }) => name);
        return seen.filter((name) => name === 'exists').length > 2 * GROUPS && seen;
      });
      expect(rest.length).toBeLessThan(sites.length);
      // One for commands, one that hears of cancels, one for each group; and the monitor.
      expect((await connections()).filter((id) => id > before)).toHaveLength(2 + GROUPS + 1);
      await raw.rename('aside', `${queue}:wait`);
      expect(await ran.promise).toBe(job.state.jobId);
    } finally {
      await workers.close();
    }
  });

  /** Their ids, which grow: one that is just being closed is none of the new. */
  const connections = async () =>
    [...String(await raw.client('LIST')).matchAll(/^id=(\d+)/gm)].map(([, id]) => Number(id));
});
