import { expect, test } from 'vitest';
import { outcomeOf } from '../../scripts/audit-outcome.ts';

const report = (vulnerabilities: Record<string, { severity: string }>) =>
  JSON.stringify({ vulnerabilities, metadata: { dependencies: { total: 120 } } });

test.each([
  ['nothing found', report({}), 'no known vulnerability in 120 packages', false],
  [
    'a grave one',
    report({ ws: { severity: 'high' } }),
    '1 with a known vulnerability in 120 packages: ws (high)',
    true,
  ],
  [
    'a small one',
    report({ qs: { severity: 'moderate' } }),
    '1 with a known vulnerability in 120 packages: qs (moderate)',
    false,
  ],
  [
    'a registry that does not do this',
    '{"message": "405 Method Not Allowed\\n - POST"}',
    'not reachable: 405 Method Not Allowed - POST',
    false,
  ],
  ['no network', '', 'not reachable: no answer', false],
])('%s', (_name, answer, line, failed) => {
  expect(outcomeOf(answer)).toEqual({ line, failed });
});
