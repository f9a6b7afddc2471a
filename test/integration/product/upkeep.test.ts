import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { typed } from '../../../src/sandbox/typed.ts';
import { aProduct, type TestProduct } from '../../fixtures/product.ts';

const SCRATCH = '/global/scratch/users/jaws/jgi-dev';
const RUNNER = '/global/home/groups-sw/lr_jgicloud/jaws_ci_runner';

let product: TestProduct;
beforeAll(async () => {
  product = await aProduct(['jgi']);
});
afterAll(() => product?.remove());

const site = () => product.world.site('jgi');
/** A script as the service account. */
const sh = async (script: string) => {
  const ended = await site().exec(['sh', '-c', script], { user: 'jaws' });
  expect(ended.stderr).toBe('');
  return ended.stdout;
};

describe.sequential('old data is removed', () => {
  test('never where a folder is missing', async () => {
    const counted = await typed(product, '/jaws cleanup dev jgi --dry-run');
    expect(counted.shown).toContain('inputs is missing');
    const { state } = await typed(product, '/jaws cleanup dev jgi');
    expect(state?.status).toBe('failed');
    expect(state?.problem?.message).toContain('inputs is missing; nothing was removed');
  });

  test('counted first, then exactly that', async () => {
    await sh(`set -e
mkdir -p ${SCRATCH}/inputs/a/sub ${SCRATCH}/cromwell-executions/wf ${SCRATCH}/precious
cd ${SCRATCH}
echo keep >precious/file
printf 12345 >inputs/a/old; printf 123 >inputs/a/fresh; echo top >inputs/top
printf 1 >"inputs/a/with space"; printf 1 >"inputs/a/line
end"
printf 1 >inputs/a/sub/old; ln -s ${SCRATCH}/precious inputs/a/link
cd cromwell-executions/wf
mkdir -p dead/call-x live/call-y "odd
name"
printf 1234567 >dead/call-x/out; printf 1 >live/call-y/out; printf 1 >"odd
name/out"; ln -s ${SCRATCH}/precious dead/out-link; ln -s ${SCRATCH}/precious linked
cd ${SCRATCH}
find inputs cromwell-executions precious -depth ! -name fresh -exec touch -h -d '30 days ago' {} +
touch cromwell-executions/wf/live/call-y/out
touch -d '30 days ago' cromwell-executions/wf/live/call-y cromwell-executions/wf/live`);
    const { shown } = await typed(product, '/jaws cleanup dev jgi --dry-run');
    expect(shown).toMatch(/would remove 8 files/);
    expect(shown).toMatch(/executions +2 +3 /);
    expect(await sh(`ls ${SCRATCH}/inputs/a | wc -l`)).toBe('7\n');

    const { state, shown: done } = await typed(product, '/jaws cleanup dev jgi');
    expect(state?.problem).toBeUndefined();
    expect(done).toContain('Cleaned up old data on dev at jgi');
    expect(await sh(`cat ${SCRATCH}/precious/file`)).toBe('keep\n');
    expect(await sh(`cd ${SCRATCH} && find inputs cromwell-executions ! -type d -o -type l | sort`)).toBe(
      'cromwell-executions/wf/linked\ncromwell-executions/wf/live/call-y/out\ninputs/a/fresh\ninputs/top\n',
    );
    expect((await typed(product, '/jaws cleanup dev jgi --dry-run')).shown).toContain('would remove 0 files');
  });

  test('never through a link in place of a folder', async () => {
    await sh(
      `cd ${SCRATCH} && mv inputs elsewhere && ln -s elsewhere inputs && printf 1 >elsewhere/a/x && touch -d '30 days ago' elsewhere/a/x`,
    );
    const { state } = await typed(product, '/jaws cleanup dev jgi');
    await sh(`cd ${SCRATCH} && rm inputs && mv elsewhere inputs`);
    expect(state?.status).toBe('failed');
    expect(state?.problem?.message).toContain('symbolic link');
    expect(await sh(`ls ${SCRATCH}/inputs/a/x`)).toContain('/x');
  });
});

describe.sequential('the crontab', () => {
  test('gets our lines beside those of others, once, however often', async () => {
    await sh(`printf '# mine\\n30 1 * * * /usr/bin/true %% done\\n\\n' | crontab -`);
    expect((await typed(product, '/jaws cron show jgi')).shown).toContain('our lines are not there');
    const first = await typed(product, '/jaws cron install jgi');
    expect(first.state?.problem).toBeUndefined();
    expect(first.shown).toContain('Installed the cleanup lines in the crontab on jgi');
    const table = await sh('crontab -l');
    expect(table).toMatch(/^# mine\n30 1 \* \* \* \/usr\/bin\/true % done\n\n# BEGIN jaws-ops cleanup jgi\n/);
    expect(table.match(/^0 [25] \* \* [056] find /gm)).toHaveLength(6);
    await sh(`{ crontab -l; echo '5 5 * * * /usr/bin/false'; } | crontab -`);
    const before = await sh('crontab -l');
    expect((await typed(product, '/jaws cron install jgi')).state?.status).toBe('succeeded');
    expect(await sh('crontab -l')).toBe(before);
    expect((await typed(product, '/jaws cron show jgi')).shown).toContain('6 lines as configured');
  });

  test('is mended where a line of ours was changed, in its place', async () => {
    const before = await sh('crontab -l');
    await sh(`crontab -l | sed 's/^0 2 \\(.*jgi-dev\\)/9 9 \\1/' | crontab -`);
    expect((await typed(product, '/jaws cron show jgi')).shown).toContain('not as configured');
    await typed(product, '/jaws cron install jgi');
    expect(await sh('crontab -l')).toBe(before);
  });

  test('is left alone where the markers are damaged', async () => {
    await sh(`crontab -l | grep -v '^# END jaws-ops' | crontab -`);
    const before = await sh('crontab -l');
    const { state } = await typed(product, '/jaws cron install jgi');
    expect(state?.status).toBe('failed');
    expect(await sh('crontab -l')).toBe(before);
    await sh('crontab -r');
  });

  test('its lines do what a cleanup does', async () => {
    await typed(product, '/jaws cron install jgi');
    await sh(`set -e
cd ${SCRATCH}
mkdir -p cromwell-executions/wf/dead cromwell-executions/wf/alive
printf 1 >cromwell-executions/wf/dead/f; printf 1 >cromwell-executions/wf/alive/f; printf 1 >inputs/a/stale
mkdir -p ${'/global/home/groups-sw/lr_jgicloud/jaws-install/jgi-dev/log'}
touch -d '30 days ago' inputs/a/stale cromwell-executions/wf/dead/f cromwell-executions/wf/dead cromwell-executions/wf/alive`);
    await sh(`crontab -l | sed -n 's/^0 [25] . . 0 //p' | sed 's/\\\\%/%/g' | sh`);
    expect(await sh(`ls ${SCRATCH}/cromwell-executions/wf`)).toBe('alive\nlinked\nlive\n');
    expect(await sh(`ls ${SCRATCH}/inputs/a`)).not.toContain('stale');
  });
});

describe.sequential('the GitLab runner', () => {
  test('is started once, in its folder, and seen', async () => {
    expect((await typed(product, '/jaws runner status jgi')).shown).toContain('is not running');
    const missing = await typed(product, '/jaws runner start jgi');
    expect(missing.state?.status).toBe('failed');
    // A stand-in for the GitLab runner, which no Debian package brings: it stays and says where it runs. It starts no
    // other program, for whose first moment there would be two of it.
    await sh(`set -e
mkdir -p ${RUNNER}/usr/bin ${RUNNER}/configuration
echo x >${RUNNER}/configuration/config.toml
mkfifo ${RUNNER}/never
printf '#!/bin/sh\\necho "in $PWD with $*"\\nread -r line <>${RUNNER}/never\\n' >${RUNNER}/usr/bin/gitlab-runner
chmod 755 ${RUNNER}/usr/bin/gitlab-runner`);
    const { state } = await typed(product, '/jaws runner start jgi');
    expect(state?.problem).toBeUndefined();
    await expect
      .poll(() => sh('cat "$HOME/gitlab-runner.log"'))
      .toContain(`in ${RUNNER} with run -c configuration/config.toml`);
    expect((await typed(product, '/jaws runner status jgi')).shown).toMatch(/GitLab runner.*pid \d+/);
    expect((await typed(product, '/jaws runner start jgi')).shown).toContain('is there already');
    expect(await sh('pgrep -cf "[g]itlab-runner run"')).toBe('1\n');
  });

  test('takes the right to operate every deployment', async () => {
    const { succeeded, shown } = await typed(product, '/jaws runner start jgi', 'mallory');
    expect(succeeded).toBe(false);
    expect(shown).toContain('every deployment of jgi');
  });
});
