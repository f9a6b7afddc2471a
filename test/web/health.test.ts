import { afterEach, expect, it } from 'vitest';
import { OpsError } from '../../src/core/errors.ts';
import { advance, queuedRun } from '../../src/core/run.ts';
import { createGuard } from '../../src/web/guard.ts';
import { createHealthRoutes, type HttpServer, startHttp } from '../../src/web/health.ts';
import { createMetrics } from '../../src/web/metrics.ts';
import { ANN, deploy, TARGETS } from '../fixtures/queue.ts';

const away = () => Promise.reject(new OpsError('queue.unavailable', 'Redis at 127.0.0.1:1: no connection'));
let server: HttpServer | undefined;

afterEach(async () => {
  await server?.close();
});

interface World {
  ping: () => Promise<void>;
  workers: () => Promise<readonly string[]>;
  slackOk: () => boolean;
}

async function get(path: string, world: Partial<World> = {}, method = 'GET', headers = {}) {
  const parts = {
    ping: () => Promise.resolve(),
    workers: () => Promise.resolve(['aws']),
    slackOk: () => true,
    ...world,
  };
  const counts = () =>
    parts.ping().then(() => TARGETS.map((target) => ({ target, waiting: 1, running: 0, ended: 5 })));
  const metrics = createMetrics({ counts, workers: parts.workers });
  const queued = queuedRun('j', deploy(), ANN, 'aws-dev', 0);
  const started = advance(queued, { type: 'started', attempt: 1, worker: 'w', at: 1_000 });
  metrics.observe(started);
  metrics.observe(advance(started, { type: 'finished', status: 'failed', at: 21_000 }));
  const guard = createGuard(undefined);
  server = await startHttp(
    createHealthRoutes({ jobs: parts, slackOk: parts.slackOk, metrics: metrics.text, guard }),
    0,
    '127.0.0.1',
  );
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method, headers });
  return { status: response.status, text: await response.text() };
}

it('is healthy while the process answers, whatever else is away', async () => {
  expect(await get('/healthz', { ping: away, slackOk: () => false })).toMatchObject({ status: 200 });
});

it.each([
  [{}, 200, { ready: true, redis: true, slack: true, workers: ['aws'] }],
  [{ ping: away, workers: away }, 503, { ready: false, redis: false, slack: true, workers: [] }],
  [{ slackOk: () => false }, 503, { ready: false, redis: true, slack: false }],
  [
    {
      slackOk: () => {
        throw new Error('not yet');
      },
    },
    503,
    { slack: false },
  ],
  [{ workers: () => Promise.resolve([]) }, 503, { ready: false, redis: true, slack: true, workers: [] }],
])('is ready when Redis, Slack and a worker are there: %#', async (world, status, body) => {
  const answer = await get('/readyz?probe=1', world);
  expect(answer.status).toBe(status);
  expect(JSON.parse(answer.text)).toMatchObject(body);
});

it('counts jobs, runs and durations for Prometheus, one HELP and TYPE per metric', async () => {
  const { status, text } = await get('/metrics');
  expect(status).toBe(200);
  expect(text).toContain('jaws_ops_jobs{target="dori-dev",state="waiting"} 1\n');
  expect(text).toContain('jaws_ops_worker_sites 1\n');
  expect(text).toContain('jaws_ops_runs_total{target="aws-dev",action="deploy",result="failed"} 1\n');
  expect(text).toContain(
    'jaws_ops_run_duration_seconds_bucket{target="aws-dev",action="deploy",le="15"} 0\n',
  );
  expect(text).toContain(
    'jaws_ops_run_duration_seconds_bucket{target="aws-dev",action="deploy",le="30"} 1\n',
  );
  expect(text).toContain('jaws_ops_run_duration_seconds_sum{target="aws-dev",action="deploy"} 20\n');
  const types = text.split('\n').filter((line) => line.startsWith('# TYPE'));
  expect(new Set(types).size).toBe(types.length);
  expect(text.endsWith('\n')).toBe(true);
});

it('still gives its own numbers when Redis is away', async () => {
  const { status, text } = await get('/metrics', { ping: away, workers: away });
  expect(status).toBe(200);
  expect(text).toContain('jaws_ops_redis_up 0\n');
  expect(text).toContain('jaws_ops_runs_total');
  expect(text).not.toContain('jaws_ops_jobs');
});

it('leaves other pages and methods alone', async () => {
  expect((await get('/slack/events')).status).toBe(404);
  await server?.close();
  expect((await get('/toString')).status).toBe(404);
  await server?.close();
  expect((await get('/healthz', {}, 'POST')).status).toBe(405);
});

it('tells strangers that it is up, and no names of targets', async () => {
  const stranger = { 'x-forwarded-for': '203.0.113.9' };
  expect((await get('/healthz', {}, 'GET', stranger)).status).toBe(200);
  await server?.close();
  const refused = await get('/metrics', {}, 'GET', stranger);
  expect(refused.status).toBe(403);
  expect(refused.text).not.toContain('aws');
});
