import { expect, test } from 'vitest';
import { exitOf } from '../../src/cli/operate.ts';
import type { Report } from '../../src/core/look.ts';

test.each<[string, Report, number]>([
  ['an answer', { title: 'x' }, 0],
  ['warnings', { title: 'x', findings: [{ level: 'warn', subject: 'a', message: 'b' }] }, 0],
  ['a problem found', { title: 'x', findings: [{ level: 'fail', subject: 'a', message: 'b' }] }, 1],
  ['no answer', { title: 'x', problem: { code: 'site.unreachable', message: 'm', next: 'n' } }, 4],
  ['a missing secret', { title: 'x', problem: { code: 'secrets.value', message: 'm', next: 'n' } }, 2],
])('a report with %s', (_name, report, code) => {
  expect(exitOf({ kind: 'report', report })).toBe(code);
});
