import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDashboard, type Dashboard } from '../../src/queue/dashboard.ts';
import { createGuard } from '../../src/web/guard.ts';
import { type HttpServer, startHttp } from '../../src/web/health.ts';
import { createQueuesRoute, QUEUES_PATH } from '../../src/web/queues.ts';
import { patientJobs } from '../fixtures/patient.ts';
import { ANN, deploy, TARGETS } from '../fixtures/queue.ts';
import { startRedis, type TestRedis } from '../fixtures/redis.ts';

let redis: TestRedis;
let dashboard: Dashboard;
let server: HttpServer;
let url: string;

beforeAll(async () => {
  redis = await startRedis();
  dashboard = createDashboard(redis.url, TARGETS, QUEUES_PATH);
  server = await startHttp(createQueuesRoute(createGuard(undefined), dashboard.serve), 0, '127.0.0.1');
  url = `http://127.0.0.1:${server.port}`;
  const jobs = patientJobs(redis.url);
  await jobs.submit(deploy(), ANN);
  await jobs.close();
});

afterAll(async () => {
  await server?.close();
  await dashboard?.close();
  await redis?.remove();
});

test('shows every queue and the job that waits', async () => {
  const page = await fetch(`${url}/queues`);
  expect(page.status).toBe(200);
  expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
  const [, script] = /src="(static\/js\/[^"]+)"/.exec(await page.text()) ?? [];
  expect((await fetch(`${url}/queues/${script}`)).headers.get('content-type')).toContain('javascript');
  const answer = await (await fetch(`${url}/queues/api/queues`)).text();
  for (const name of ['run-aws-dev', 'run-aws-prod', 'run-dori-dev', 'reads-aws', 'reads-dori', 'schedules'])
    expect(answer).toContain(`"name":"${name}"`);
  expect(answer).toContain('"waiting":1');
});

test.each([
  ['PUT', '/queues/api/queues/run-aws-dev/pause'],
  ['POST', '/queues/api/queues/run-aws-dev/add'],
  ['DELETE', '/queues/api/queues/run-aws-dev/obliterate'],
])('changes nothing: %s %s', async (method, path) => {
  expect((await fetch(`${url}${path}`, { method })).status).toBe(405);
});

test('is closed to strangers and takes no other path', async () => {
  const stranger = { headers: { 'x-forwarded-for': '203.0.113.9' } };
  expect((await fetch(`${url}/queues/api/queues`, stranger)).status).toBe(403);
  expect((await fetch(`${url}/queuesque`)).status).toBe(404);
});
