import { afterAll, beforeAll, expect, test } from 'vitest';
import { play } from '../../../src/sandbox/scenes/index.ts';
import { playMaintenance } from '../../../src/sandbox/scenes/maintenance.ts';
import { typed } from '../../../src/sandbox/typed.ts';
import { aProduct, type TestProduct } from '../../fixtures/product.ts';
import { awayBetween } from '../../fixtures/windows.ts';

let product: TestProduct;
beforeAll(async () => {
  product = await aProduct(['perlmutter']);
});
afterAll(() => product.remove());

const scontrol = async (...argv: string[]) => {
  const { code, stdout, stderr } = await product.world.site('perlmutter').exec(['scontrol', ...argv]);
  expect(code, `${stdout}${stderr}`).toBe(0);
};
const look = () => product.turn('probe-reservations-perlmutter');
const said = () => product.slack.messages('#jaws-perlmutter').map(({ text }) => text.split('\n')[0] ?? '');

test('a reservation of a real Slurm is a window: announced, moved, under way, gone', async () => {
  await look();
  expect(await product.jobs.windows.list()).toEqual([]);

  const begun = Date.now();
  const common = ['duration=120', 'users=root', 'flags=maint,ignore_jobs', 'nodes=ALL'];
  await scontrol('create', 'reservation', 'ReservationName=login_maint', 'starttime=now+3hours', ...common);
  const made = Date.now();
  await look();
  await look();
  const [window] = await product.jobs.windows.list();
  expect(window).toMatchObject({ site: 'perlmutter', source: 'reservation', reservation: 'login_maint' });
  // Whatever the zone of the host's clocks: three hours from now, for two hours.
  const start = window?.start ?? 0;
  expect(start).toBeGreaterThan(begun + 3 * 3_600_000 - 60_000);
  expect(start).toBeLessThan(made + 3 * 3_600_000 + 60_000);
  expect((window?.end ?? 0) - start).toBe(2 * 3_600_000);
  await product.turn('reminders');
  await product.turn('reminders');
  const times = said().map((text) => /^Maintenance of perlmutter begins in ([^:]+):/.exec(text)?.[1]);
  expect(times).toHaveLength(1);
  expect(awayBetween(start, begun, Date.now())).toContain(times[0]);

  await scontrol('update', 'ReservationName=login_maint', 'starttime=now', 'duration=120');
  await look();
  await product.turn('reminders');
  expect(said()[1]).toContain('Maintenance of perlmutter lasts until');
  const refused = await typed(product, '/jaws deploy dev perlmutter');
  expect(refused.shown).toContain('perlmutter is in maintenance until');

  await scontrol('delete', 'ReservationName=login_maint');
  await look();
  await product.turn('reminders');
  expect(said()[2]).toContain('Maintenance of perlmutter is over');
  await product.turn('after-maintenance');
  expect(said()[3]).toContain('nothing is on record that should be up there');
  expect(said()).toHaveLength(4);
});

test('a whole maintenance in fast-forward: reminders, refusal, shutdown, offer, one button, all up', async () => {
  const lines: string[] = [];
  await playMaintenance(product, 'perlmutter', ['dev'], (text) => lines.push(text));
  const shown = lines.join('\n');
  for (const once of [
    /begins in 1 d:/g,
    /begins in 2 h:/g,
    /has begun, until/g,
    /dev: started by job/g,
    /All up at perlmutter after its maintenance: 1 of 1/g,
  ])
    expect(shown.match(once), String(once)).toHaveLength(1);
  // Offered, put off, offered again.
  expect(shown.match(/Down at perlmutter after its maintenance: 1 of 1/g)).toHaveLength(2);
});

test.each([
  [
    'demo maintenance dori',
    'got "dori", expected a site whose Slurm is asked for reservations: nmdc | perlmutter',
  ],
  ['demo maintenance', 'got "", expected a site'],
  ['demo holiday perlmutter', 'expected demo maintenance SITE'],
])('"%s" is refused with what there is', async (text, refusal) => {
  const lines: string[] = [];
  expect(await play(product, text, (line) => lines.push(line))).toBe(false);
  expect(lines.join('\n')).toContain(refusal);
});
