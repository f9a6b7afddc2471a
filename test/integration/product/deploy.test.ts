import { rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunState } from '../../../src/core/run.ts';
import { typed } from '../../../src/sandbox/typed.ts';
import { aProduct, type TestProduct } from '../../fixtures/product.ts';
import { CONTROL, textsOf } from '../../slack/hostile.ts';

const INSTALL = '/home/ec2-user/jaws-install/aws-dev';

/** Read by every login shell of the account. */
const PROFILE = '/home/ec2-user/.bash_profile';

/**
 * A profile that greets with terminal sequences, mentions, what looks like our own words, and a megabyte without a
 * line end; and that has a tool of each step say the same before it does its work.
 */
function noisyProfile(work: string): string {
  return `noise() {
  printf '%s\\n' 'done: forged' 'error: forged' 'warning: forged'
  printf '\\033[2J\\033]0;owned\\007\\033]52;c;ZXZpbA==\\007<!channel> @here <@U0VICTIM> <https://evil.example|x> \\302\\233\\r\\010\\n'
  head -c 1000000 /dev/zero | tr '\\0' '<'
  echo
}
noise
noise >&2
printf '%s\\n' 'done: forged' 'error: forged' 'warning: forged' 'account=forged' 'record=complete' '=site 0'
mkdir() { noise; noise >&2; ${work}; }
`;
}

let product: TestProduct;
beforeAll(async () => {
  product = await aProduct(['aws', 'assembly']);
});
afterAll(() => product.remove());

const site = () => product.world.site('aws');
const at = (...argv: string[]) => site().exec(argv, { user: 'ec2-user' });

/** Each case goes on from the site as the one before left it: a life of a deployment, told in order. */
describe.sequential('a deployment at a site under supervisord and venv', () => {
  test('is told apart as not installed before anything was done', async () => {
    const { shown } = await typed(product, '/jaws status aws dev');
    expect(shown).toContain('dev at aws: not installed');
  });

  test('is installed from nothing by one command, in one message', async () => {
    const { state, shown, answer } = await typed(product, '/jaws deploy dev aws');
    expect(state?.problem).toBeUndefined();
    expect(state?.status).toBe('succeeded');
    expect(answer).toContain('#jaws-aws');
    expect(shown).toContain('Deployed JAWS Site 2.5.4 on dev at aws');
    expect(shown.match(/running {2}/g)).toHaveLength(4);
    expect(state?.steps.map(({ id }) => id)).toEqual([
      'check',
      'stage',
      'stop',
      'environment',
      'write',
      'start',
      'verify',
    ]);
    expect(product.slack.messages('#jaws-aws')).toHaveLength(1);
  });

  test('leaves nothing behind at the site but what it says', async () => {
    const ops = await at('ls', `${INSTALL}/.jaws-ops`);
    expect(ops.stdout.trim().split('\n').sort()).toEqual([
      'audit.log',
      'files.sha256',
      'runs',
      'services',
      'snapshots',
    ]);
    expect((await at('cat', `${INSTALL}/.jaws-ops/audit.log`)).stdout).toMatch(
      /ada .* deploy aws-dev 2\.5\.4 succeeded/,
    );
    const secretFiles = await at(
      'stat',
      '-c',
      '%a',
      ...['jaws-site.conf', 'site.env', 'supervisor.conf'].map((f) => `${INSTALL}/config/${f}`),
    );
    expect(secretFiles.stdout.trim().split('\n')).toEqual(['600', '600', '600']);
  });

  test('shows running services and their version', async () => {
    const { shown } = await typed(product, '/jaws status dev AWS');
    expect(shown).toContain('dev at aws: running, version 2.5.4');
  });

  test('a dry run shows the plan in the thread and changes nothing', async () => {
    const before = await at('find', INSTALL, '-newer', `${INSTALL}/.jaws-ops/audit.log`);
    const { state, message } = await typed(product, '/jaws deploy dev aws 2.6.0 --dry-run');
    expect(state?.status).toBe('succeeded');
    const thread = message === undefined ? [] : product.slack.thread(message);
    expect(thread.map((reply) => reply.text).join()).toContain('The plan, job');
    const after = await at('find', INSTALL, '-newer', `${INSTALL}/.jaws-ops/audit.log`);
    expect(after.stdout.split('\n').filter((path) => !path.includes('/log/'))).toEqual(
      before.stdout.split('\n').filter((path) => !path.includes('/log/')),
    );
  });

  test('a version that is not there is refused by the check, and the services do not notice', async () => {
    const pids = async () => (await at('pgrep', '-f', 'jaws-site')).stdout;
    const before = await pids();
    const { state, shown } = await typed(product, '/jaws deploy dev aws 9.9.9');
    expect(state?.status).toBe('refused');
    expect(shown).toContain('available: 2.5.3, 2.5.4, 2.6.0');
    expect(await pids()).toBe(before);
  });

  test('is brought to another version beside the live one', async () => {
    const { state, shown } = await typed(product, '/jaws deploy dev aws 2.6.0');
    expect(state?.status).toBe('succeeded');
    expect(shown).toContain('2.5.4 → 2.6.0');
    expect((await typed(product, '/jaws status aws dev')).shown).toContain('running, version 2.6.0');
  });

  test('what profiles and tools of the site print reaches nobody as more than text', async () => {
    const details = (state: RunState | undefined) => state?.steps.map(({ detail }) => detail).join('\n');
    writeFileSync(site().path(PROFILE), noisyProfile('command mkdir "$@"'));
    const { state } = await typed(product, '/jaws deploy dev aws 2.6.0');
    expect(state?.problem).toBeUndefined();
    expect(state?.status, 'in spite of what looks like an answer of ours').toBe('succeeded');
    expect(details(state)).toMatch(/is staged|is installed|in place/);

    writeFileSync(site().path(PROFILE), noisyProfile('return 1'));
    const { state: failed, message } = await typed(product, '/jaws deploy dev aws 2.6.0');
    rmSync(site().path(PROFILE));
    expect(failed?.problem?.code).toBe('step.failed');
    expect(failed?.steps.find(({ id }) => id === 'stage')?.detail).toMatch(/^\/\S+ cannot be created$/);
    for (const run of [state, failed]) expect(details(run)).not.toMatch(/forged|owned|channel|VICTIM/);

    const thread = message === undefined ? [] : product.slack.thread(message);
    expect(thread.map(({ content = '' }) => content).join(), 'whole, in the thread').toContain('<!channel>');
    for (const { text, blocks, content = '' } of product.slack.record.all()) {
      const { mrkdwn, all } = textsOf(blocks);
      for (const said of [text, ...mrkdwn])
        expect(said).not.toMatch(/<!(?!date\^)|<@U0VICTIM|<https?:..evil/);
      // A file comes in an envelope of the upload, whose lines end in both characters.
      for (const said of [text, content.replaceAll('\r\n', '\n'), ...all]) expect(said).not.toMatch(CONTROL);
    }
    expect((await typed(product, '/jaws status aws dev')).shown).toContain('running, version 2.6.0');
  });

  test('is told apart as supervisord down, and the next deploy brings it back', async () => {
    const pid = (await at('cat', `${INSTALL}/supervisor/jaws-pidfile`)).stdout.trim();
    await at('kill', pid);
    await expect.poll(async () => (await at('kill', '-0', pid)).code).not.toBe(0);
    expect((await typed(product, '/jaws status aws dev')).shown).toContain('dev at aws: supervisord down');
    const { state } = await typed(product, '/jaws deploy dev aws');
    expect(state?.status).toBe('succeeded');
    expect(state?.notes).toContain('the supervisor is down and will be started');
  });

  test('a service that does not stay up fails the deploy, with its log in the thread', async () => {
    const switchFile = site().path(`${INSTALL}/config/fail-rpc-server`);
    writeFileSync(switchFile, '');
    const { state, shown, message } = await typed(product, '/jaws deploy dev aws');
    rmSync(switchFile);
    expect(state?.status).toBe('failed');
    expect(state?.problem?.code).toBe('verify.failed');
    expect(shown).toContain('rpc-server');
    expect(state?.observed?.services.find(({ service }) => service === 'rpc-server')?.condition).not.toBe(
      'running',
    );
    const thread = message === undefined ? [] : product.slack.thread(message);
    expect(thread.length).toBeGreaterThan(0);
  });

  test('the lock is free after a failure, so the next deploy mends it', async () => {
    expect((await at('ls', `${INSTALL}/.jaws-ops`)).stdout).not.toContain('lock');
    expect((await typed(product, '/jaws deploy dev aws')).state?.status).toBe('succeeded');
  });

  test('a site that is down is told apart as unreachable', async () => {
    await site().stopSshd();
    site().cutConnections();
    const { shown } = await typed(product, '/jaws status aws dev');
    await site().startSshd();
    expect(shown).toContain('dev at aws: host unreachable');
  });
});

describe.sequential('assembly, a site of the same kind', () => {
  const ASSEMBLY = '/home/ec2-user/jaws-install/assembly-dev';
  const assembly = () => product.world.site('assembly');
  const status = async () => (await typed(product, '/jaws status assembly dev')).shown;

  test('is installed from nothing, with one deployment in the name of its bucket', async () => {
    const { state } = await typed(product, '/jaws deploy dev assembly');
    expect(state?.problem).toBeUndefined();
    expect(await status()).toContain('dev at assembly: running, version 2.5.4');
    const conf = await assembly().exec(['cat', `${ASSEMBLY}/config/jaws-site.conf`]);
    expect(conf.stdout).toContain('inputs_dir=s3://jaws-assembly-dev/inputs\n');
  });

  test('has a killed service seen as down and brought back by a restart, and is brought to another version', async () => {
    const switchFile = assembly().path(`${ASSEMBLY}/config/fail-rpc-server`);
    writeFileSync(switchFile, '');
    const { stdout } = await assembly().exec(['pgrep', '-f', 'jaws-site .*rpc-server']);
    await assembly().exec(['kill', '-9', ...stdout.trim().split('\n')]);
    await expect.poll(status).toMatch(/rpc-server +fatal/);
    rmSync(switchFile);
    expect((await typed(product, '/jaws restart dev assembly')).state?.problem).toBeUndefined();
    expect(await status()).toContain('dev at assembly: running, version 2.5.4');
    expect((await typed(product, '/jaws deploy dev assembly 2.6.0')).state?.problem).toBeUndefined();
    expect(await status()).toContain('dev at assembly: running, version 2.6.0');
  });
});
