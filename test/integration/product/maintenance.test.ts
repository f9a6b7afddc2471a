import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isFinal } from '../../../src/core/run.ts';
import { typed } from '../../../src/sandbox/typed.ts';
import { aProduct, editSite, type TestProduct } from '../../fixtures/product.ts';
import { until } from '../../fixtures/until.ts';
import { aWindow, awayBetween } from '../../fixtures/windows.ts';

const HOUR = 3_600_000;
const INSTALL = '/home/ec2-user/jaws-install/aws-dev';

let product: TestProduct;
beforeAll(async () => {
  product = await aProduct(['aws'], {}, (config) => {
    editSite(config, 'aws', (doc) => doc.set('channel', { default: '#jaws-aws', drift: '#jaws-night' }));
    editSite(config, 'jgi', (doc) => doc.setIn(['cleanup', 'by'], 'bot'));
  });
});
afterAll(() => product.remove());

/** What the bot said in the channel beside the runs, in order. */
const said = () =>
  product.slack.messages('#jaws-aws').filter(({ text }) => /aintenance|is down since/.test(text));
const inTheEnd = () =>
  until(
    'every run has ended',
    async () => (await product.jobs.list({ limit: 20 })).every(({ state }) => isFinal(state)),
    100_000,
  );

/** Each case goes on from where the one before left it: a maintenance, told in order. */
describe.sequential('a maintenance', () => {
  test('what was deployed is on record as meant to be up', async () => {
    const { state } = await typed(product, '/jaws deploy dev aws');
    expect(state?.status).toBe('succeeded');
    expect(await product.jobs.intended()).toMatchObject([
      { site: 'aws', deployment: 'dev', wanted: 'up', version: '2.5.4', by: 'ada' },
    ]);
  });

  test('what is changed by hand is told at night, in its own channel, and nothing when all is as it was', async () => {
    const night = () => product.slack.messages('#jaws-night').map(({ text }) => text);
    await product.turn('drift-aws');
    expect(night()).toEqual([]);
    const site = product.world.site('aws');
    const file = `${INSTALL}/config/supervisor.site.conf`;
    await site.exec(['sh', '-c', `cp -p ${file} /tmp/kept && echo '; by hand' >>${file}`]);
    await product.turn('drift-aws');
    await product.turn('drift-aws');
    await site.exec(['sh', '-c', `cp -p /tmp/kept ${file}`]);
    expect(night()).toEqual([expect.stringContaining('Not as it was left at aws: dev (files)')]);
    expect(night()[0]).toContain('-; by hand');
  });

  test('is added, listed, moved and called off by those who may operate', async () => {
    const add = '/jaws maintenance add aws 2036-12-01 06:00 to 18:00 “new switches”';
    expect((await typed(product, add, 'mallory')).shown).toContain('refused.permission');
    const { shown } = await typed(product, add);
    expect(shown).toContain('Mon 2036-12-01 06:00 PST to Mon 2036-12-01 18:00 PST, new switches');
    const id = /\((aws-20361201-[a-z0-9]+)\)/.exec(shown)?.[1] ?? '';
    expect((await typed(product, '/jaws maintenance list aws', 'mallory')).shown).toContain(id);
    const moved = await typed(product, `/jaws maintenance move ${id} 2036-12-02 06:00 to 18:00`);
    expect(moved.shown).toContain('moved: Tue 2036-12-02 06:00 PST');
    expect((await typed(product, `/jaws maintenance cancel ${id}`)).shown).toContain('called off');
    expect((await typed(product, '/jaws maintenance list')).shown).toContain('none to come');
    expect((await typed(product, `/jaws maintenance cancel ${id}`)).succeeded).toBe(false);
    await product.turn('reminders');
    expect(said()).toEqual([]);
  });

  test('is announced once each time, also by a bot that forgot and by two at a time', async () => {
    const begun = Date.now();
    const start = begun + 20 * HOUR;
    await product.jobs.windows.add(aWindow({ start, end: start + HOUR, createdAt: begun }));
    await Promise.all([product.turn('reminders'), product.turn('reminders')]);
    await product.turn('reminders');
    const times = said().map(({ text }) => /begins in ([^:]+):/.exec(text)?.[1]);
    expect(times).toHaveLength(1);
    expect(awayBetween(start, begun, Date.now())).toContain(times[0]);

    await product.stopBot();
    const now = Date.now();
    await product.jobs.windows.change(
      aWindow({ start: now - HOUR, end: now + HOUR, revision: 2, changedAt: now }),
    );
    await product.startBot();
    await product.turn('reminders');
    await product.turn('reminders');
    expect(said()).toHaveLength(2);
    expect(said()[1]?.text).toContain('The times have changed');
  });

  test('refuses deploys and restarts at the command and in the check, and lets those who may override it say why', async () => {
    const { shown } = await typed(product, '/jaws restart dev aws');
    expect(shown).toContain('aws is in maintenance until');
    expect(shown).toContain('refused.maintenance');
    const behind = await product.jobs.submit(
      { kind: 'action', action: 'deploy', site: 'aws', deployment: 'dev', dryRun: false },
      { id: 'ada', name: 'ada', via: 'cli' },
    );
    await inTheEnd();
    expect((await product.jobs.find(behind.job.state.jobId))?.state).toMatchObject({
      status: 'refused',
      problem: { code: 'refused.maintenance' },
    });
    const forced = await typed(
      product,
      '/jaws restart dev aws rpc-server --during-maintenance "asked by NERSC"',
    );
    expect(forced.state?.status).toBe('succeeded');
    expect(forced.shown).toContain('during maintenance: asked by NERSC');
  });

  test('when it is over, what is down is told with buttons, and one of them brings it back', async () => {
    await product.world.site('aws').stop();
    await product.jobs.windows.change(aWindow({ start: 1, end: Date.now(), revision: 3, changedAt: 1 }));
    await product.turn('reminders');
    expect(said().at(-1)?.text).toContain('Maintenance of aws is over');
    await product.turn('after-maintenance');
    expect(said().at(-1)?.text).toContain('Maintenance of aws is over');

    await product.world.site('aws').start();
    expect((await typed(product, '/jaws status aws dev')).shown).toContain('should be running 2.5.4');
    await product.jobs.windows.change(aWindow({ start: 1, end: Date.now() - 6 * 60_000, revision: 3 }));
    await product.turn('after-maintenance');
    await product.turn('after-maintenance');
    const offers = said().filter(({ text }) => text.includes('Down at aws after its maintenance: 1 of 1'));
    expect(offers).toHaveLength(1);
    const [offer] = offers;
    if (offer === undefined) throw new Error('there is no offer');

    const refused = await (await product.slack.click(offer, 'Restart everything that was up', 'mallory'))
      .first;
    expect(refused.text).toContain('does not have the right');
    const chosen = await (await product.slack.click(offer, 'Choose', 'grace')).first;
    expect(JSON.stringify(chosen.blocks)).toContain('Start dev');
    const clicks = await Promise.all([
      product.slack.click(offer, 'Restart everything that was up', 'grace'),
      product.slack.click(offer, 'Restart everything that was up', 'grace'),
    ]);
    const answer = await Promise.race(clicks.map(({ first }) => first));
    expect(answer.text).toContain('dev: started by job');
    await inTheEnd();
    await product.turn('after-maintenance');
    expect(said().at(-1)?.text).toContain('All up at aws after its maintenance: 1 of 1');
    const starts = (await product.jobs.list({ limit: 20 })).filter(
      ({ state }) => state.request.action === 'start',
    );
    expect(starts).toHaveLength(1);
  });

  test('a target that a failed run left down is not forgotten, until somebody decides', async () => {
    const site = product.world.site('aws');
    await site.exec(['touch', `${INSTALL}/config/fail-rpc-server`], { user: 'ec2-user' });
    expect((await typed(product, '/jaws restart dev aws')).state?.status).toBe('failed');
    expect(await product.jobs.intended()).toMatchObject([{ wanted: 'up', left: { what: 'restart failed' } }]);
    expect((await typed(product, '/jaws stop dev aws')).state?.status).toBe('succeeded');
    const [intended] = await product.jobs.intended();
    expect(intended).toMatchObject({ wanted: 'down' });
    expect(intended).not.toHaveProperty('left');
    expect((await typed(product, '/jaws status aws dev')).shown).not.toContain('should be');
  });

  test('what recurs is listed with its next run', async () => {
    const { shown } = await typed(product, '/jaws jobs --scheduled');
    expect(shown).toMatch(/reminders +every 1 min/);
    expect(shown).toContain('probe-reservations-perlmutter');
    expect(shown).toMatch(/drift-aws +30 4 \* \* \* America\/Los_Angeles/);
    expect(shown).toMatch(/cleanup-jgi-dev +0 2 \* \* 0 America\/Los_Angeles/);
    expect(shown).toMatch(/certificate-perlmutter +every 15 min/);
  });
});
