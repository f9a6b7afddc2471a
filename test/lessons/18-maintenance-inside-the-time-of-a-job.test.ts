import { expect, test } from 'vitest';
import { outlookOf } from '../../src/launchers/scrontab-reservations.ts';

// A job of 90 days never started, because a planned maintenance lay inside its time. The rule that mended it took
// the first reservation of the list, which need not be the next one.

const NOW = '2026-11-22T12:00:00';
const WORDS = ['login', 'workflow'];
const reservation = (name: string, start: string, end: string, flags = 'MAINT') =>
  `ReservationName=${name} StartTime=${start} EndTime=${end} Duration=x Flags=${flags} State=INACTIVE`;
const outlook = (...lines: string[]) => outlookOf(lines, NOW, WORDS, 120);
const FAR = reservation('login_spring', '2027-03-01T06:00:00', '2027-03-01T18:00:00');
const NEAR = reservation('workflow_december', '2026-12-01T06:00:00', '2026-12-01T18:00:00');
const PAST = reservation('login_october', '2026-10-01T06:00:00', '2026-10-01T18:00:00');

test('the earliest reservation that is yet to begin counts, in whatever order they are listed', () => {
  const minutes = (9 * 24 - 6) * 60 - 120;
  expect(outlook(FAR, NEAR, PAST)).toEqual({ unreadable: [], leftMin: minutes });
  expect(outlook(PAST, NEAR, FAR)).toEqual({ unreadable: [], leftMin: minutes });
  expect(outlook(PAST)).toEqual({ unreadable: [] });
});

test('less than the buffer left, or begun already, is "in maintenance" and nothing is submitted', () => {
  const soon = reservation('login_now', '2026-11-22T13:30:00', '2026-11-22T18:00:00');
  expect(outlook(FAR, soon).refusal).toContain(
    'login_now begins at 2026-11-22T13:30:00, in less than 120 minutes',
  );
  const begun = reservation('login_now', '2026-11-22T06:00:00', '2026-11-22T18:00:00');
  expect(outlook(FAR, begun).refusal).toBe('reservation login_now lasts until 2026-11-22T18:00:00');
});

test('a date that cannot be read is reported, and hides no other reservation', () => {
  const odd = reservation('login_odd', 'soon', 'later');
  const seen = outlook(odd, NEAR);
  expect(seen.unreadable).toEqual(['login_odd (soon)']);
  expect(seen.leftMin).toBeGreaterThan(0);
});

test('a reservation of others, and one that reserves nodes for good, change nothing', () => {
  expect(outlook(reservation('gpu_test', '2026-11-22T13:00:00', '2026-11-22T14:00:00'))).toEqual({
    unreadable: [],
  });
  const standing = reservation('workflow_nodes', '2026-01-01T00:00:00', '2027-01-01T00:00:00', 'SPEC_NODES');
  expect(outlook(standing)).toEqual({ unreadable: [] });
});
