import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { channelText } from '../../../src/sandbox/channel-text.ts';
import { type Outcome, runbookShown, typed } from '../../../src/sandbox/typed.ts';
import { aProduct, type TestProduct } from '../../fixtures/product.ts';

const RUNNER = '/global/home/groups-sw/lr_jgicloud/jaws_ci_runner';

let product: TestProduct;
beforeAll(async () => {
  product = await aProduct(['jgi', 'perlmutter', 'tahoma', 'aws']);
});
afterAll(() => product?.remove());

const sh = async (site: string, user: string, script: string) => {
  const ended = await product.world.site(site).exec(['sh', '-c', script], { user });
  expect(ended.stderr).toBe('');
  return ended.stdout;
};

/** Presses a button of the question a run waits with, and waits for what comes of it. */
async function press({ run, message }: Outcome, label: string, user?: string): Promise<Outcome> {
  if (run === undefined || message === undefined) throw new Error('there is no question');
  const click = await product.slack.click(message, label, user);
  const { text } = await click.first;
  expect(text).not.toContain('refused');
  return runbookShown(product, run.id);
}

const statesOf = ({ run }: Outcome) => run?.steps.map(({ title, status }) => `${title}: ${status}`);

/** Each case goes on from where the one before left it. */
describe.sequential('the shipped runbooks', () => {
  test('a new release stops at its question, survives a restart of the bot and goes on from the button', async () => {
    const asked = await typed(product, '/jaws runbook run new-release jgi version=2.5.4');
    expect(asked.run?.status).toBe('waiting');
    expect(asked.shown).toContain('dev at jgi runs 2.5.4. Go on to staging?');
    expect(asked.shown).toContain('[ Go on to staging ] [ dev is enough for now ]');
    await product.stopBot();
    await product.startBot();
    if (asked.message === undefined) throw new Error('there is no message');
    const refused = await (await product.slack.click(asked.message, 'Go on to staging', 'mallory')).first;
    expect(channelText(refused.blocks)).toContain('does not have the right');
    const done = await press(asked, 'dev is enough for now', 'grace');
    expect(done.run?.status).toBe('succeeded');
    expect(done.shown).toContain('dev is enough for now (grace)');
    expect(done.shown).toContain('ended by grace');
    const deploys = (await product.jobs.list({ site: 'jgi', limit: 20 })).map(({ state }) => state.target);
    expect(deploys).toEqual(['jgi-dev']);
  });

  test('recover brings back what should be up, and says what it leaves alone', async () => {
    await product.world.site('jgi').stop();
    await product.world.site('jgi').start();
    const { run, shown } = await typed(product, '/jaws recover jgi');
    expect(run?.status).toBe('succeeded');
    expect(shown).toMatch(/dev +supervisord down.* +running, 4\/4/);
    expect(shown).toMatch(/Start what should be up: staging.*\n +left alone: nothing is on record/);
    expect(shown).toMatch(/GitLab runner +is not running/);
  });

  test('the services of one deployment are started, or left where they run', async () => {
    expect((await typed(product, '/jaws stop dev jgi')).state?.status).toBe('succeeded');
    const line = '/jaws runbook run start-jaws-site-services jgi deployment=dev';
    const started = await typed(product, line);
    expect(started.run?.status).toBe('succeeded');
    expect(started.shown).toMatch(/dev +stopped.* +running, 4\/4/);
    expect(statesOf(await typed(product, line))).toContain('Start: dev: skipped');
  });

  test('the runner of LRC is started in its folder', async () => {
    await sh(
      'jgi',
      'jaws',
      `set -e
mkdir -p ${RUNNER}/usr/bin ${RUNNER}/configuration
echo x >${RUNNER}/configuration/config.toml
printf '#!/bin/sh\\nexec 3<>/dev/null\\nwhile :; do sleep 1; done\\n' >${RUNNER}/usr/bin/gitlab-runner
chmod 755 ${RUNNER}/usr/bin/gitlab-runner`,
    );
    const { run, shown } = await typed(product, '/jaws runbook run gitlab-runner-lrc');
    expect(run?.status).toBe('succeeded');
    expect(shown).toMatch(/GitLab runner +is not running.* +pid \d+/);
  });

  test('the runner of Tahoma is not ours: it ends in whom to ask', async () => {
    const { run, shown } = await typed(product, '/jaws runbook run gitlab-runner-tahoma');
    expect(run?.status).toBe('succeeded');
    expect(shown).toContain('#emsl-jgi-coordination');
  });

  test('the runner of Perlmutter is submitted to Slurm', async () => {
    await sh(
      'perlmutter',
      'jaws',
      `set -e
cd /global/cfs/cdirs/jaws
mkdir -p bin "$HOME/.gitlab-runner"
echo x >"$HOME/.gitlab-runner/perlmutter.toml"
printf '#!/bin/sh\\nexec sleep 600\\n' >bin/gitlab-runner
chmod 755 bin/gitlab-runner`,
    );
    const { run, shown } = await typed(product, '/jaws runbook run gitlab-runner-perlmutter');
    expect(run?.status, shown).toBe('succeeded');
    expect(shown).toMatch(/GitLab runner +is not running.* +job \d+/);
  });

  test('the scrontab entry is put back', async () => {
    expect((await typed(product, '/jaws deploy dev perlmutter')).state?.status).toBe('succeeded');
    await sh('perlmutter', 'jaws', 'echo "# of somebody else" | scrontab -');
    const { run, shown } = await typed(product, '/jaws runbook run restore-scrontab perlmutter');
    expect(run?.status, shown).toBe('succeeded');
    expect(shown).toContain('perlmutter-dev has its entry');
    const table = await sh('perlmutter', 'jaws', 'scrontab -l');
    expect(table).toContain('# of somebody else');
    expect(table).toContain('# BEGIN jaws-ops perlmutter-dev');
  });

  test('the password of supervisord is rotated', async () => {
    expect((await typed(product, '/jaws deploy dev aws')).state?.status).toBe('succeeded');
    let outcome = await typed(product, '/jaws runbook run rotate-supervisor-password aws deployment=dev');
    outcome = await press(outcome, 'They have');
    expect(outcome.shown).toContain('under targets: aws-dev');
    const { secretsFile } = product.world;
    const secrets = parseDocument(readFileSync(secretsFile, 'utf8'));
    secrets.setIn(['targets', 'aws-dev', 'JAWS_SUPERVISORD_PW'], 'another password');
    writeFileSync(secretsFile, secrets.toString());
    outcome = await press(outcome, 'It is there');
    expect(outcome.run?.status, outcome.shown).toBe('succeeded');
    expect(outcome.shown).toContain('End supervisord: dev');
    const conf = '/home/ec2-user/jaws-install/aws-dev/config/supervisor.conf';
    expect(await sh('aws', 'ec2-user', `grep -c 'another password' ${conf}`)).toBe('2\n');
    expect(JSON.stringify(await product.jobs.runbooks.list(50))).not.toContain('another password');
  });

  test('central services and JTM are answered as what they are', async () => {
    let central = await typed(product, '/jaws runbook run start-central-services jgi');
    expect(central.shown).toContain('message broker');
    expect(central.shown).toContain('Central services cannot be started from here');
    central = await press(central, 'They run');
    expect(central.run?.status, central.shown).toBe('succeeded');
    const jtm = await typed(product, '/jaws runbook run start-jtm-services jgi deployment=dev');
    expect(jtm.shown).toContain('There is no JTM any more at jgi');
    expect((await press(jtm, 'Start run-daemon')).run?.status).toBe('succeeded');
  });

  test('the runs are listed, and one can be looked up', async () => {
    const { shown } = await typed(product, '/jaws runbook runs');
    expect(shown).toContain('Release a new version, at jgi');
    const id = /rb-[a-z0-9-]+/.exec(shown)?.[0] ?? '';
    expect((await typed(product, `/jaws runbook show ${id}`)).shown).toContain(
      'Start the JTM services, at jgi',
    );
  });
});
