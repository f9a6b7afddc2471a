import { describe, expect, test } from 'vitest';
import type { Reply } from '../../src/commands/command.ts';
import { exitOf } from '../../src/commands/outcome.ts';
import type { Report } from '../../src/core/look.ts';
import type { TargetCondition } from '../../src/core/service.ts';
import { markOf } from '../../src/slack/blocks/outcome.ts';
import { replyBlocks } from '../../src/slack/blocks/reply.ts';
import { failedIn, queued, succeeded, targetStatus } from '../fixtures/runs.ts';

describe('a report with', () => {
  test.each<[string, Report, number]>([
    ['an answer', { title: 'x' }, 0],
    ['warnings', { title: 'x', findings: [{ level: 'warn', subject: 'a', message: 'b' }] }, 0],
    ['a problem found', { title: 'x', findings: [{ level: 'fail', subject: 'a', message: 'b' }] }, 1],
    ['no answer', { title: 'x', problem: { code: 'site.unreachable', message: 'm', next: 'n' } }, 4],
    ['a missing secret', { title: 'x', problem: { code: 'secrets.value', message: 'm', next: 'n' } }, 2],
  ])('%s', (_name, report, code) => {
    expect(exitOf({ kind: 'report', report })).toBe(code);
    expect(exitOf({ kind: 'offer', report, choices: [] })).toBe(code);
  });
});

describe('a status in which one target is', () => {
  test.each<[TargetCondition, number]>([
    ['running', 0],
    ['stopped', 0],
    ['fatal', 0],
    ['not-installed', 0],
    ['supervisor-down', 0],
    ['unreachable', 4],
    ['unknown', 4],
  ])('%s', (condition, code) => {
    const targets = [targetStatus('running'), targetStatus(condition)];
    expect(exitOf({ kind: 'status', targets })).toBe(code);
  });
});

test.each<[string, Reply, number]>([
  ['a run that waits', { kind: 'run', state: queued(), channel: '#c' }, 0],
  ['a run that succeeded', { kind: 'run', state: succeeded(), channel: '#c' }, 0],
  ['a run that failed', { kind: 'run', state: failedIn('stage', 'no space'), channel: '#c' }, 1],
  ['a busy target', { kind: 'busy', job: { state: queued() } }, 3],
  ['a refusal', { kind: 'problem', problem: { code: 'refused.permission', message: 'm', next: 'n' } }, 3],
  ['a text', { kind: 'text', text: 'done' }, 0],
])('%s, and its blocks say the same to a program', (_name, reply, code) => {
  expect(exitOf(reply)).toBe(code);
  for (const style of ['plan', 'section'] as const) expect(markOf(replyBlocks(reply, style))).toBe(code);
});
