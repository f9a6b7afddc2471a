import { expect, it } from 'vitest';
import { createFeed, READ_EVERY_MS, STATUS_TTL_MS } from '../../src/board/feed.ts';
import { OpsError } from '../../src/core/errors.ts';
import type { TargetStatus } from '../../src/core/service.ts';
import { FakeClock } from '../fixtures/clock.ts';
import { FakeJobs } from '../fixtures/jobs.ts';
import { queued, request, runningIn, succeeded, T0, targetStatus } from '../fixtures/runs.ts';

/** A feed over two sites, that counts what it asks. */
function aFeed() {
  const clock = new FakeClock(T0);
  const jobs = new FakeJobs();
  const asked: string[] = [];
  const reads = { count: 0 };
  jobs.statuses = async ({ site }) => {
    asked.push(site);
    return [{ ...targetStatus('running'), site, observedAt: clock.now() }];
  };
  const list = jobs.list.bind(jobs);
  jobs.list = () => {
    reads.count += 1;
    return list();
  };
  const feed = createFeed({
    jobs,
    sites: ['aws', 'dori'],
    now: () => clock.now(),
    elapsed: () => clock.elapsed(),
    after: (ms, run) => clock.after(ms, run),
  });
  return { clock, jobs, asked, reads, feed };
}

it('asks nothing while nobody looks', async () => {
  const { clock, feed, asked, reads } = aFeed();
  feed.observe(runningIn('stage'));
  await clock.pass(10 * STATUS_TTL_MS);
  expect([asked, reads.count]).toEqual([[], 0]);
  expect(feed.sight().runs).toHaveLength(1);
});

it('asks each site once in its time, however many look', async () => {
  const { clock, feed, asked, reads } = aFeed();
  const ends = [1, 2, 3].map(() => feed.follow(() => undefined));
  await clock.pass(STATUS_TTL_MS - 1);
  expect(asked).toEqual(['aws', 'dori']);
  expect(reads.count).toBe(Math.ceil(STATUS_TTL_MS / READ_EVERY_MS));
  await clock.pass(STATUS_TTL_MS);
  expect(asked).toEqual(['aws', 'dori', 'aws', 'dori']);
  for (const end of ends) end();
  await clock.pass(10 * STATUS_TTL_MS);
  expect(asked).toHaveLength(4);
});

it('asks and shows what it is told while the time of day is set back', async () => {
  const { clock, feed, asked, jobs, reads } = aFeed();
  feed.follow(() => undefined);
  await clock.pass(STATUS_TTL_MS - 1);
  clock.set(-3_600_000);
  const before = reads.count;
  jobs.statuses = async ({ site }) => {
    asked.push(site);
    return [{ ...targetStatus('fatal'), site, observedAt: clock.now() }];
  };
  await clock.pass(READ_EVERY_MS);
  expect(asked).toEqual(['aws', 'dori', 'aws', 'dori']);
  expect(reads.count).toBeGreaterThan(before);
  expect(feed.sight().statuses.get('aws-dev')?.condition).toBe('fatal');
});

it('answers a look with what is known, and asks once for many of them', async () => {
  const { clock, feed, asked } = aFeed();
  for (let i = 0; i < 20; i += 1) feed.glance();
  await clock.settle();
  expect(asked).toEqual(['aws', 'dori']);
  expect(feed.sight().statuses.get('aws-dev')?.condition).toBe('running');
});

it('does not put a second question to a site that has not answered the first', async () => {
  const { clock, feed, jobs, asked } = aFeed();
  let answer: (statuses: readonly TargetStatus[]) => void = () => undefined;
  jobs.statuses = ({ site }) => {
    asked.push(site);
    return new Promise((resolve) => {
      answer = resolve;
    });
  };
  feed.follow(() => undefined);
  await clock.pass(5 * STATUS_TTL_MS);
  expect(asked).toEqual(['aws', 'dori']);
  answer([]);
  await clock.pass(READ_EVERY_MS);
  expect(asked).toEqual(['aws', 'dori', 'dori']);
});

it('tells changes together, and only to those who still look', async () => {
  const { clock, feed } = aFeed();
  let told = 0;
  const end = feed.follow(() => {
    told += 1;
  });
  await clock.pass(1000);
  const before = told;
  feed.observe(queued());
  feed.observe(runningIn('check'));
  feed.observe(runningIn('stage'));
  await clock.pass(1000);
  expect(told).toBe(before + 1);
  end();
  feed.observe(succeeded());
  await clock.pass(1000);
  expect(told).toBe(before + 1);
});

it('keeps the newest snapshot of a run, and what the supervisor said in it', () => {
  const { feed } = aFeed();
  const late = succeeded();
  feed.observe(late);
  feed.observe(runningIn('stage'));
  expect(feed.sight().runs).toEqual([late]);
  expect(feed.sight().statuses.get('aws-dev')?.services).toHaveLength(4);
});

it('asks a site again as soon as a run there has ended', async () => {
  const { clock, feed, asked } = aFeed();
  feed.follow(() => undefined);
  await clock.pass(1000);
  feed.observe(succeeded(queued('d-9', request({ site: 'dori' }))));
  await clock.pass(1000);
  expect(asked).toEqual(['aws', 'dori', 'dori']);
});

it('says that Redis is away, keeps what it knew, and takes it back', async () => {
  const { clock, jobs, feed } = aFeed();
  feed.follow(() => undefined);
  await clock.pass(1000);
  const { readAt } = feed.sight();
  const intended = jobs.intended.bind(jobs);
  jobs.intended = () => Promise.reject(new OpsError('queue.unavailable', 'Redis does not answer'));
  await clock.pass(READ_EVERY_MS);
  expect(feed.sight()).toMatchObject({ readAt, trouble: 'Redis does not answer' });
  expect(feed.sight().statuses.size).toBe(2);
  jobs.intended = intended;
  await clock.pass(READ_EVERY_MS);
  expect(feed.sight().trouble).toBeUndefined();
});

it('remembers a bounded number of runs', () => {
  const { feed } = aFeed();
  for (let i = 0; i < 500; i += 1) feed.observe(succeeded(queued(`d-${i}`)));
  expect(feed.sight().runs.length).toBeLessThan(60);
});
