import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Reply } from '../../src/commands/command.ts';
import { answer } from '../../src/commands/parse.ts';
import { commands } from '../../src/commands/registry.ts';
import { OpsError } from '../../src/core/errors.ts';
import type { Caller } from '../../src/core/request.ts';
import { advance } from '../../src/core/run.ts';
import { SITES_AT_ONCE } from '../../src/core/turns.ts';
import { alice, directory, reader, stranger } from '../fixtures/directory.ts';
import { FakeJobs } from '../fixtures/jobs.ts';

function ask(line: string, jobs = new FakeJobs(), caller: Caller = alice): Promise<Reply> {
  return answer(line, { caller, directory, jobs, now: () => jobs.now });
}

describe('deploy', () => {
  test('enqueues the request and shows it in the channel of the site', async () => {
    const jobs = new FakeJobs();
    const reply = await ask('deploy prod tahoma 2.5.4 --reason "go"', jobs);
    expect(reply).toMatchObject({
      kind: 'run',
      channel: '#emsl-jgi-coordination',
      state: { status: 'queued' },
    });
    expect(jobs.submitted).toEqual([
      {
        kind: 'action',
        action: 'deploy',
        site: 'tahoma',
        deployment: 'prod',
        version: '2.5.4',
        dryRun: false,
        reason: 'go',
      },
    ]);
  });

  test('tells who holds a busy target and starts nothing', async () => {
    const jobs = new FakeJobs();
    await ask('deploy dev aws', jobs);
    expect(await ask('deploy dev aws', jobs)).toMatchObject({
      kind: 'busy',
      job: { state: { jobId: 'd-1' } },
    });
    expect(jobs.submitted).toHaveLength(1);
  });

  test.each([reader, stranger])('is refused to who may not', async (caller) => {
    const jobs = new FakeJobs();
    const reply = await ask('deploy dev aws', jobs, caller);
    expect(reply).toMatchObject({ kind: 'problem', problem: { code: 'refused.permission' } });
    expect(jobs.submitted).toEqual([]);
  });

  test('says so when Redis is away', async () => {
    const jobs = new FakeJobs();
    jobs.submit = () => Promise.reject(new OpsError('queue.unavailable', 'Redis does not answer'));
    expect(await ask('deploy dev aws', jobs)).toMatchObject({ problem: { code: 'queue.unavailable' } });
  });
});

describe('status', () => {
  test('asks each site once and keeps the others when one fails', async () => {
    const jobs = new FakeJobs();
    const asked: string[] = [];
    jobs.statuses = async ({ site, deployment }) => {
      asked.push(`${site}/${deployment}`);
      if (site === 'jgi') throw new Error('boom');
      return [{ site, deployment: deployment ?? 'dev', condition: 'running', services: [], observedAt: 0 }];
    };
    const reply = await ask('status all prod', jobs);
    expect(asked).toHaveLength(7);
    if (reply.kind !== 'status') throw new Error(reply.kind);
    expect(reply.targets.filter((t) => t.condition === 'running')).toHaveLength(6);
    expect(reply.targets.find((t) => t.site === 'jgi')).toMatchObject({
      deployment: 'prod',
      condition: 'unknown',
      detail: 'boom',
    });
  });

  test('asks no more sites at a time than a worker can log in to', async () => {
    const jobs = new FakeJobs();
    const sites = Array.from({ length: 2 * SITES_AT_ONCE + 1 }, (_, i) => `site${i}`);
    let asking = 0;
    let most = 0;
    jobs.statuses = async ({ site }) => {
      asking++;
      most = Math.max(most, asking);
      await turn();
      asking--;
      return [{ site, deployment: 'prod', condition: 'running', services: [], observedAt: 0 }];
    };
    const fleet = { ...directory, sites, may: () => true };
    const reply = await answer('status all prod', { caller: alice, directory: fleet, jobs, now: () => 0 });
    expect(most).toBe(SITES_AT_ONCE);
    expect(reply).toMatchObject({ kind: 'status', targets: sites.map((site) => ({ site })) });
  });

  test('is refused to who may not read', async () => {
    expect(await ask('status', new FakeJobs(), stranger)).toMatchObject({
      problem: { code: 'refused.permission' },
    });
  });
});

test('jobs lists running and ended ones', async () => {
  const jobs = new FakeJobs();
  await ask('deploy dev aws', jobs);
  const job = jobs.jobs.get('d-1');
  if (job === undefined) throw new Error('not submitted');
  jobs.push(advance(job.state, { type: 'finished', at: 5, status: 'succeeded' }));
  await ask('deploy prod jgi', jobs);
  expect(await ask('jobs', jobs)).toMatchObject({
    kind: 'jobs',
    jobs: [{ state: { jobId: 'd-2' } }, { state: { jobId: 'd-1' } }],
  });
});

describe('help', () => {
  test('offers what the caller may do', async () => {
    const usages = async (caller: Caller) => {
      const reply = await ask('help', new FakeJobs(), caller);
      return reply.kind === 'help' ? reply.entries.map((entry) => entry.usage.split(' ')[1]) : [];
    };
    expect(await usages(alice)).toEqual(commands.map(({ name }) => name));
    expect(await usages(reader)).toEqual(expect.arrayContaining(['status', 'jobs', 'logs', 'help']));
    expect(await usages(reader)).not.toContain('deploy');
    expect(await usages(reader)).not.toContain('restart');
    expect(await usages(stranger)).toEqual(['help']);
  });

  test('gives the details of one command', async () => {
    const reply = await ask('help deploy');
    if (reply.kind !== 'help') throw new Error(reply.kind);
    expect(reply.entries[0]?.usage).toBe(
      '/jaws deploy DEPLOYMENT SITE [VERSION] [--launch-tool supervisor|systemd|scrontab] ' +
        '[--install-method venv|apptainer-run|apptainer-instance] [--dry-run] [--reason "…"] [--during-maintenance "why"] [--during-freeze "why"]',
    );
    expect(reply.details?.join('\n')).toContain('perlmutter');
  });

  test('does not explain what the caller may not do', async () => {
    expect(await ask('help deploy', new FakeJobs(), reader)).toMatchObject({
      problem: { code: 'refused.permission' },
    });
  });
});
