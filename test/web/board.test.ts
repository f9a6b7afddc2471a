import { get } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import type { Sight } from '../../src/board/feed.ts';
import { createFeed } from '../../src/board/feed.ts';
import { attentionOf, boardOf } from '../../src/board/view.ts';
import type { RunState } from '../../src/core/run.ts';
import type { TargetStatus } from '../../src/core/service.ts';
import { regionsOf } from '../../src/web/board/page.ts';
import { createBoardRoutes } from '../../src/web/board/routes.ts';
import { createGuard } from '../../src/web/guard.ts';
import { type HttpServer, startHttp } from '../../src/web/health.ts';
import { FakeClock } from '../fixtures/clock.ts';
import { alice, directory } from '../fixtures/directory.ts';
import { FakeJobs } from '../fixtures/jobs.ts';
import { failedIn, queued, request, runningIn, succeeded, T0, targetStatus } from '../fixtures/runs.ts';
import { aWindow } from '../fixtures/windows.ts';

const HOSTILE = `<img src=x onerror="alert(1)">'&`;

function sight(over: Partial<Sight> & { all?: readonly TargetStatus[] } = {}): Sight {
  const { all = [], ...rest } = over;
  return {
    statuses: new Map(all.map((status) => [`${status.site}-${status.deployment}`, status])),
    intentions: [],
    windows: [],
    locks: [],
    runs: [],
    workers: directory.sites,
    readAt: T0,
    ...rest,
  };
}

const viewOf = (over: Parameters<typeof sight>[0]) => boardOf(directory, sight(over), T0);
const regions = (over: Parameters<typeof sight>[0]) => regionsOf(viewOf(over), directory.timezone, T0);
/** One region as a reader sees it: no tags, one space between words. */
const read = (over: Parameters<typeof sight>[0], id: string) =>
  (regions(over).get(id)?.text ?? '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
const wanted = { site: 'aws', deployment: 'dev', except: [], by: 'ada', at: T0 } as const;

it('has a square for each deployment at each site, also before anybody was asked', () => {
  const view = viewOf({});
  expect(view.rows).toHaveLength(7);
  expect(view.rows.flatMap(({ cells }) => cells)).toHaveLength(21);
  expect(read({}, 'cell-tahoma-prod')).toBe('not asked yet');
});

it('tells condition, version, since when and every service', () => {
  const all = [targetStatus('running')];
  expect(read({ all }, 'cell-aws-dev')).toMatch(
    /^running 2\.5\.4 started 2026-11-22 11:58 UTC 4 of 4 services run-daemon running/,
  );
});

it.each([
  ['running', { ...wanted, wanted: 'up', version: '2.5.4' }, 'good', []],
  ['running', { ...wanted, wanted: 'up', version: '2.6.0' }, 'warn', ['should be version 2.6.0 (ada)']],
  ['running', { ...wanted, wanted: 'down' }, 'warn', ['should be stopped (ada)']],
  ['stopped', { ...wanted, wanted: 'down' }, 'off', []],
  ['stopped', { ...wanted, wanted: 'up' }, 'warn', ['should be running (ada)']],
  ['not-installed', wanted, 'off', []],
  ['supervisor-down', { ...wanted, wanted: 'up' }, 'bad', ['should be running (ada)']],
  [
    'stopped',
    { ...wanted, left: { jobId: 'd', at: T0, what: 'deploy failed' } },
    'warn',
    ['left down: deploy failed'],
  ],
] as const)('sets what is (%s) against what is intended', (condition, intention, sign, concerns) => {
  const view = viewOf({ all: [targetStatus(condition)], intentions: [intention] });
  const cell = view.rows.find(({ site }) => site === 'aws')?.cells[0];
  expect([cell?.sign, cell?.concerns]).toEqual([sign, concerns]);
  expect(attentionOf(view)).toHaveLength(concerns.length);
});

it('lists what wants a look, with words beside the sign', () => {
  const all = [targetStatus('unreachable', 'connect ETIMEDOUT')];
  expect(read({ all }, 'attention')).toBe('Needs attention dev at aws host unreachable – connect ETIMEDOUT');
  expect(read({ all }, 'summary')).toBe('1 needs attention 0 of 21 deployments running');
});

it('shows a run under way with each step in words, and in its square', () => {
  const runs = [runningIn('write')];
  expect(read({ runs }, 'running')).toMatch(
    /^Deploying JAWS Site 2\.5\.4 on dev at aws asked by alice · started .* Check : done Stage : done .* Write : running Start : waiting .* Step 5 of \d: Write$/,
  );
  expect(read({ runs, all: [targetStatus('running')] }, 'cell-aws-dev')).toContain('deploy: Write');
});

it('draws the durations of the last runs on one scale, and leaves dry runs out', () => {
  const runs = [
    succeeded(),
    failedIn('stage', 'no space left', queued('d-2')),
    succeeded(queued('d-3', request({ dryRun: true }))),
  ];
  const text = regions({ runs }).get('ended')?.text ?? '';
  expect(text.match(/<rect class="length" width="(\d+)"/g)).toEqual([
    '<rect class="length" width="100"',
    '<rect class="length" width="60"',
  ]);
  expect(read({ runs }, 'ended')).toContain('failed no space left 3.0 s');
});

it('shows maintenances in the zone of their site, and who has no worker', () => {
  const windows = [
    aWindow({ id: 'on', start: T0 - 1000, end: T0 + 3600_000, reason: 'power' }),
    aWindow({ id: 'past', start: T0 - 3000, end: T0 - 2000, reason: 'over' }),
    aWindow({ id: 'gone', start: T0 + 1000, end: T0 + 2000, reason: 'given up', cancelledAt: T0 }),
  ];
  expect(read({ windows }, 'coming')).toMatch(/^aws: power Sun 2026-11-22 03:59 PST to .* on now, ends/);
  expect(read({ windows, workers: [] }, 'site-aws')).toBe(
    'aws maintenance until Sun 2026-11-22 05:00 PST no worker not asked yet',
  );
});

it('shows who has locked a target, and every target of a lock that is wider', () => {
  const lock = { reason: 'database move', owner: alice, since: T0, until: T0 + 3600_000 };
  const locks = [
    { ...lock, site: 'aws', deployment: 'all' },
    { ...lock, site: 'dori', deployment: 'dev', until: T0 },
  ];
  for (const name of directory.deployments)
    expect(read({ locks }, `cell-aws-${name}`)).toContain(
      'locked by alice until Sun 2026-11-22 05:00 PST: database move',
    );
  expect(read({ locks }, 'cell-dori-dev')).not.toContain('locked');
});

it('lets nothing of a site, a person or a reason become markup', () => {
  const run: RunState = {
    ...failedIn('stage', HOSTILE, queued('d', request({ version: HOSTILE }))),
    version: HOSTILE,
    caller: { id: 'U1', name: HOSTILE, via: 'slack' },
  };
  const status: TargetStatus = {
    ...targetStatus('fatal', HOSTILE),
    version: HOSTILE,
    services: [{ service: HOSTILE, unit: HOSTILE, condition: 'fatal', detail: HOSTILE }],
  };
  const text = [
    ...regions({
      all: [status],
      runs: [run, { ...runningIn('stage', queued('r')), caller: run.caller, version: HOSTILE }],
      intentions: [{ ...wanted, wanted: 'up', by: HOSTILE }],
      windows: [aWindow({ start: T0, end: T0 + 1, reason: HOSTILE })],
      locks: [
        { site: 'aws', deployment: 'dev', reason: HOSTILE, owner: run.caller, since: T0, until: T0 + 1 },
      ],
      trouble: HOSTILE,
    }).values(),
  ]
    .map((region) => region.text)
    .join('');
  expect(text).not.toMatch(/<img|onerror="/);
  expect(text.match(/&lt;img/g)?.length).toBeGreaterThan(9);
});

let server: HttpServer | undefined;
afterEach(async () => {
  await server?.close();
});

async function served(jobs = new FakeJobs()) {
  const clock = new FakeClock(T0);
  const feed = createFeed({
    jobs,
    sites: directory.sites,
    now: () => T0,
    elapsed: () => clock.elapsed(),
    after: (ms, run) => clock.after(ms, run),
  });
  const route = createBoardRoutes({ ...directory, feed, guard: createGuard(undefined), now: () => T0 });
  server = await startHttp(route, 0, '127.0.0.1');
  return { url: `http://127.0.0.1:${server.port}`, feed, clock };
}

it('serves a page that loads nothing from elsewhere and runs nothing that stands in it', async () => {
  const { url } = await served();
  const response = await fetch(url);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'; /);
  expect(response.headers.get('content-security-policy')).not.toMatch(/unsafe|\*|https?:/);
  const page = await response.text();
  expect(page).not.toMatch(/ on\w+=| style=|<style|https?:|<script(?! src="board\.js" defer><)/);
  for (const [, file] of page.matchAll(/(?:href|src)="(board\.\w+)"/g))
    expect((await fetch(`${url}/${file}`)).status, file).toBe(200);
  expect((await fetch(url, { method: 'POST' })).status).toBe(405);
  expect((await fetch(`${url}/other`)).status).toBe(404);
});

it('shows strangers neither page nor events', async () => {
  const { url } = await served();
  for (const path of ['/', '/board/events', '/board.js'])
    expect((await fetch(`${url}${path}`, { headers: { 'x-forwarded-for': '203.0.113.9' } })).status).toBe(
      403,
    );
});

it('sends all at first, then only what has changed', async () => {
  const { url, feed, clock } = await served();
  let text = '';
  const asked = get(`${url}/board/events`, (response) => {
    response.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    response.on('error', () => undefined);
  });
  asked.on('error', () => undefined);
  /** Names of the regions of each event that has arrived whole. */
  const events = () =>
    [...text.matchAll(/^data: (.*)\n/gm)].map(([, data = '{}']) => Object.keys(JSON.parse(data)).sort());
  await expect.poll(events).not.toEqual([]);
  await clock.pass(1000);
  expect(events()[0]).toContain('cell-dori-dev');
  feed.observe(runningIn('stage'));
  await clock.pass(1000);
  await expect.poll(() => events().at(-1)).toEqual(['cell-aws-dev', 'running', 'summary']);
  asked.destroy();
});
