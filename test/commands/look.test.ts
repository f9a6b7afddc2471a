import { describe, expect, test } from 'vitest';
import { answer } from '../../src/commands/parse.ts';
import { renderText } from '../../src/commands/render-text.ts';
import type { Report } from '../../src/core/look.ts';
import type { Caller } from '../../src/core/request.ts';
import { replyMessage } from '../../src/slack/views.ts';
import { alice, directory, reader } from '../fixtures/directory.ts';
import { FakeJobs } from '../fixtures/jobs.ts';

const ask = (line: string, jobs: FakeJobs, caller: Caller = alice) =>
  answer(line, { caller, directory, jobs, now: () => jobs.now });

describe('a question', () => {
  test.each([
    [
      'logs dev aws rpc-server -n 20',
      { look: 'logs', deployment: 'dev', words: { service: 'rpc-server', lines: '20' } },
    ],
    ['logs rpc-server AWS dev --lines=20', { look: 'logs', words: { service: 'rpc-server', lines: '20' } }],
    ['diff aws prod', { look: 'diff', deployment: 'prod' }],
    ['doctor aws', { look: 'doctor', site: 'aws' }],
    ['queue-wait perlmutter', { look: 'queue-wait' }],
    ['runner status jgi', { look: 'runner', site: 'jgi' }],
    ['cron show jgi', { look: 'cron' }],
    ['cleanup dev jgi --dry-run', { look: 'cleanup', deployment: 'dev' }],
  ])('%s reaches the site, and changes nothing', async (line, request) => {
    const jobs = new FakeJobs();
    expect(await ask(line, jobs, reader)).toMatchObject({ kind: 'report' });
    expect(jobs.looks).toMatchObject([request]);
    expect(jobs.submitted).toEqual([]);
  });

  test.each([
    ['restart dev aws rpc-server', { action: 'restart', service: 'rpc-server' }],
    ['cleanup dev jgi', { action: 'cleanup', deployment: 'dev' }],
    ['cron install jgi', { action: 'install-cron', deployment: 'prod' }],
    ['runner start jgi', { action: 'start-runner', deployment: 'prod' }],
  ])('%s is an action, and takes its right', async (line, request) => {
    const jobs = new FakeJobs();
    expect(await ask(line, jobs, reader)).toMatchObject({ problem: { code: 'refused.permission' } });
    expect(await ask(line, jobs)).toMatchObject({ kind: 'run' });
    expect(jobs.submitted).toMatchObject([request]);
  });

  test('without an answer is the problem itself', async () => {
    const jobs = new FakeJobs();
    const problem = { code: 'site.unreachable', message: 'm', next: 'n' } as const;
    jobs.reports = async () => ({ title: 'x', problem });
    expect(await ask('doctor aws', jobs)).toEqual({ kind: 'problem', problem });
  });
});

describe('a report', () => {
  const lines = Array.from({ length: 2000 }, (_, i) => `line ${i} <@U123> \`x\``);
  const report: Report = { title: 'Logs', text: lines.join('\n'), cutFrom: 'start', next: 'Look.' };

  test('keeps the end of a log where Slack takes no more, and says how much is missing', () => {
    const { blocks } = replyMessage({ kind: 'report', report }, 'plan', 0);
    const text = JSON.stringify(blocks);
    expect(text.length).toBeLessThan(13_000);
    expect(text).toContain('line 1999');
    expect(text).not.toContain('line 0 ');
    expect(text).toMatch(/\d+ earlier lines do not fit/);
    expect(text).not.toContain('<@U123>');
  });

  test('is whole on a terminal', () => {
    expect(renderText({ kind: 'report', report }, 0).split('\n').length).toBeGreaterThan(2000);
  });
});
