import { describe, expect, test } from 'vitest';
import { reconcile } from '../../src/maintenance/reservations.ts';
import { parseReservations } from '../../src/plan/looks/reservations.ts';
import { aWindow } from '../fixtures/windows.ts';

const LA = 'America/Los_Angeles';
const at = (text: string) => Date.parse(text);
/** As Slurm 22.05 prints them. */
const LINE =
  'ReservationName=login_maint StartTime=2026-12-01T06:00:00 EndTime=2026-12-01T18:00:00 Duration=12:00:00 Nodes=login01 NodeCnt=1 CoreCnt=128 Features=(null) PartitionName=workflow Flags=MAINT,IGNORE_JOBS,SPEC_NODES,ALL_NODES TRES=cpu=128 Users=root Groups=(null) Accounts=(null) Licenses=(null) State=INACTIVE BurstBuffer=(null) Watts=n/a MaxStartDelay=(null)';

describe('reservations as Slurm prints them', () => {
  test('are read in the zone of the site', () => {
    expect(parseReservations(LINE, LA)).toMatchObject([
      {
        name: 'login_maint',
        start: at('2026-12-01T14:00Z'),
        end: at('2026-12-02T02:00Z'),
        flags: 'MAINT,IGNORE_JOBS,SPEC_NODES,ALL_NODES',
      },
    ]);
  });

  test('are read as seconds since the epoch where Slurm gives those', () => {
    const line = LINE.replace('2026-12-01T06:00:00', '1796133600').replace(
      '2026-12-01T18:00:00',
      '1796176800',
    );
    expect(parseReservations(line, LA)).toMatchObject([{ start: 1_796_133_600_000, end: 1_796_176_800_000 }]);
  });

  test.each([
    '',
    'No reservations in the system',
    'slurm_load_reservations error: Unable to contact slurm controller',
    LINE.replace(/StartTime=\S+/, 'StartTime=Unknown'),
    LINE.replace(/EndTime=\S+/, 'EndTime=2026-11-01T00:00:00'),
  ])('none is read from "%.60s"', (text) => {
    expect(parseReservations(text, LA)).toEqual([]);
  });
});

describe('the windows of a site follow its reservations', () => {
  const NOW = at('2026-11-22T12:00Z');
  const [reservation] = parseReservations(LINE, LA);
  if (reservation === undefined) throw new Error('the line above is one');
  const look = (
    windows: Parameters<typeof reconcile>[3],
    found: Parameters<typeof reconcile>[4],
    now = NOW,
  ) => reconcile('perlmutter', LA, 'login|workflow', windows, found, now);
  const { added } = look([], [reservation]);
  const [window] = added;
  if (window === undefined) throw new Error('a window was to be added');

  test('a matching one becomes a window, another does not, one that is known changes nothing', () => {
    expect(window).toMatchObject({
      site: 'perlmutter',
      source: 'reservation',
      reservation: 'login_maint',
      start: reservation.start,
      end: reservation.end,
      revision: 1,
    });
    expect(look([], [{ ...reservation, line: 'ReservationName=gpu_class' }])).toEqual({
      added: [],
      changed: [],
    });
    expect(look([window], [reservation])).toEqual({ added: [], changed: [] });
  });

  test('a moved one moves its window, and brings back one that was called off', () => {
    const later = { ...reservation, start: reservation.start + 3_600_000 };
    const cancelled = { ...window, cancelledAt: 1, cancelledBy: 'ada' };
    expect(look([window], [later]).changed).toMatchObject([
      { id: window.id, start: later.start, revision: 2, changedAt: NOW },
    ]);
    expect(look([cancelled], [reservation])).toEqual({ added: [], changed: [] });
    expect(look([cancelled], [later]).changed[0]).not.toHaveProperty('cancelledAt');
  });

  test('one that is gone calls its window off before, ends it during, and leaves it alone after', () => {
    expect(look([window], []).changed).toMatchObject([{ cancelledAt: NOW }]);
    const during = window.start + 1000;
    expect(look([window], [], during).changed).toMatchObject([{ end: during, revision: 2 }]);
    expect(look([window], [], window.end)).toEqual({ added: [], changed: [] });
  });

  test('windows of persons and of other sites are not touched', () => {
    const others = [aWindow({ site: 'perlmutter', end: 9e15 }), { ...window, id: 'x', site: 'jgi' }];
    expect(look(others, [])).toEqual({ added: [], changed: [] });
  });
});
