import { expect, test } from 'vitest';
import { describeCells } from '../../scripts/fault-table.ts';

test('a row per fault, a column per step; what did not run is blank, what is wrong is marked', () => {
  const cells = [
    { fault: 'SSH cut', step: 'stop', outcome: 'succeeded', downSec: 7.25, ok: true },
    { fault: 'SSH cut', step: 'write', outcome: 'succeeded', downSec: 8, ok: true },
    { fault: 'disk full', step: 'write', outcome: 'failed', ok: false },
  ] as const;
  expect(describeCells(cells).split('\n')).toEqual([
    'fault \\ step  stop              write',
    'SSH cut       succeeded, 7.3 s  succeeded, 8.0 s',
    'disk full                       WRONG failed',
  ]);
});
