import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { typed } from '../../../src/sandbox/typed.ts';
import { aProduct, editSite, type TestProduct } from '../../fixtures/product.ts';

const INSTALL = '/global/cfs/cdirs/m3408/jaws-install/nmdc-dev';
const JOB = 'jaws_nmdc_dev';
const DNS = 'nmdc-dev.jaws.dyn.jgi.doe.gov';
const RUNNER = 'jaws_nmdc_gitlab_runner';
const PROGRAM = '$CFS/m3408/jaws_runner/usr/bin/gitlab-runner';
const CONFIG = '$HOME/.gitlab-runner/config.nmjaws.toml';

let product: TestProduct;
beforeAll(async () => {
  product = await aProduct(['nmdc'], {}, (dir) => {
    editSite(dir, 'nmdc', (doc) => {
      doc.setIn(['launcher', 'limitSec'], 60);
      doc.setIn(['launcher', 'dns'], { waitSec: 2 });
      doc.setIn(['env', 'TSIGPATH'], '$HOME/.ssh/jaws_TSIG_key');
      doc.setIn(['env', 'JAWS_GITLAB_RUNNER'], PROGRAM);
      doc.setIn(['env', 'JAWS_GITLAB_RUNNER_CONFIG'], CONFIG);
      doc.setIn(['env', 'JAWS_QUEUE_WAIT_SMALL'], 'sbatch --test-only --time=30 --wrap=hostname');
      doc.setIn(['env', 'JAWS_QUEUE_WAIT_LARGE'], 'sbatch --test-only --constraint=haswell --wrap=hostname');
    });
  });
});
afterAll(() => product?.remove());

const site = () => product.world.site('nmdc');
/** A command of the service account, in its login shell; gives its stdout. */
const at = async (command: string): Promise<string> =>
  (await site().exec(['bash', '-lc', command], { user: 'nmjaws' })).stdout.trim();
/** Jobs that have not ended; of one that has Slurm clears away what is left in its own time. */
const queue = async () =>
  (await at('squeue -h -o "%T %j" | sort'))
    .split('\n')
    .filter((line) => /^(?!COMPLETING )[A-Z]+ /.test(line));
const say = (text: string) => typed(product, text);

/** Each case goes on from the site as the one before left it: a life of a deployment, told in order. */
describe.sequential('a deployment of nmdc, in a Slurm job beside those of Perlmutter', () => {
  test('is installed from nothing', async () => {
    const { state, shown } = await say('/jaws deploy dev nmdc');
    expect(state?.problem).toBeUndefined();
    expect(shown.match(/running {2}/g)).toHaveLength(4);
    expect(await queue()).toEqual([`RUNNING ${JOB}`]);
    expect(await at(`dig +short ${DNS} A`), 'the key is where $HOME says').toContain('10.249.1.1');
    expect((await say('/jaws status nmdc dev')).shown).toContain('dev at nmdc: running, version 2.5.4');
  });

  test('a service that was killed and stays down is seen, and a restart brings all back', async () => {
    writeFileSync(site().path(`${INSTALL}/config/fail-rpc-server`), '');
    await at(`kill -9 "$(${INSTALL}/bin/supervisorctl pid jaws-site:rpc-server | tail -n 1)"`);
    await expect
      .poll(async () => (await say('/jaws status nmdc dev')).shown)
      .toContain('dev at nmdc: degraded');
    rmSync(site().path(`${INSTALL}/config/fail-rpc-server`));
    const { state } = await say('/jaws restart dev nmdc');
    expect(state?.problem).toBeUndefined();
    expect(await queue()).toEqual([`RUNNING ${JOB}`]);
    expect((await say('/jaws status nmdc dev')).shown).toContain('dev at nmdc: running');
  });

  test('is brought to another version, again as one job', async () => {
    const { state, shown } = await say('/jaws deploy dev nmdc 2.6.0');
    expect(state?.problem).toBeUndefined();
    expect(shown).toContain('2.5.4 → 2.6.0');
    expect(await queue()).toEqual([`RUNNING ${JOB}`]);
    expect((await say('/jaws status nmdc dev')).shown).toContain('running, version 2.6.0');
  });

  test('is rolled back: version, files and scrontab entry as before, again as one job, others untouched', async () => {
    const foreign = site().path(`${INSTALL}/config/supervisor.cromwell.conf`);
    writeFileSync(foreign, '; theirs\n');
    const entries = await at('scrontab -l');
    await at("(scrontab -l; echo '0 1 * * * /bin/true') | scrontab -");
    const { state, shown } = await say('/jaws rollback dev nmdc');
    expect(state?.problem).toBeUndefined();
    expect(state).toMatchObject({ status: 'succeeded', version: '2.5.4' });
    expect(shown).toContain('Rolled back JAWS Site 2.5.4 on dev at nmdc');
    expect(await queue()).toEqual([`RUNNING ${JOB}`]);
    const table = (await at('scrontab -l')).split('\n');
    expect(table).toContain('0 1 * * * /bin/true');
    expect(table.filter((line) => line.includes('starter.sh'))).toEqual(
      entries.split('\n').filter((line) => line.includes('starter.sh')),
    );
    expect(readFileSync(foreign, 'utf8')).toBe('; theirs\n');
    expect((await say('/jaws status nmdc dev')).shown).toContain('dev at nmdc: running, version 2.5.4');
  });
});

describe.sequential('the GitLab runner as a Slurm job', () => {
  test('is told as down, and not submitted where its program is missing', async () => {
    expect((await say('/jaws runner status nmdc')).shown).toContain('is not running');
    const { state } = await say('/jaws runner start nmdc');
    expect(state?.problem?.message).toContain(
      '/global/cfs/cdirs/m3408/jaws_runner/usr/bin/gitlab-runner: is missing',
    );
    expect(await queue()).toEqual([`RUNNING ${JOB}`]);
  });

  test('is submitted once, with what the site makes of $CFS and $HOME, and seen with its job', async () => {
    // A stand-in for the GitLab runner, which no Debian package brings: it stays and says how it was started.
    await at(`mkdir -p "$(dirname "${PROGRAM}")" "$(dirname "${CONFIG}")" && echo x >"${CONFIG}"
printf '#!/bin/sh\\necho "started with $*"\\nwhile :; do sleep 1; done\\n' >"${PROGRAM}" && chmod 755 "${PROGRAM}"`);
    const started = await say('/jaws runner start nmdc');
    expect(started.state?.problem).toBeUndefined();
    await expect.poll(queue).toEqual([`RUNNING ${JOB}`, `RUNNING ${RUNNER}`]);
    await expect
      .poll(() => at('cat "$HOME/gitlab-runner.log"'))
      .toContain('started with run -c /global/homes/n/nmjaws/.gitlab-runner/config.nmjaws.toml');
    expect((await say('/jaws runner status nmdc')).shown).toMatch(/GitLab runner: job \d+ RUNNING/);
    expect((await say('/jaws runner start nmdc')).shown).toContain('is there already: job');
    expect(await queue()).toEqual([`RUNNING ${JOB}`, `RUNNING ${RUNNER}`]);
  });

  test('is not ours to start where others run it: the answer is whom to ask', async () => {
    const { shown } = await say('/jaws runner status tahoma');
    expect(shown).toContain('the one of tahoma is run by others');
    expect(shown).toContain('#emsl-jgi-coordination');
    const { state } = await say('/jaws runner start tahoma');
    expect(state?.status).toBe('refused');
    expect(state?.problem?.next).toContain('#emsl-jgi-coordination');
  });
});

describe.sequential('how long a job would wait', () => {
  test('is what Slurm says, size by size; a size that it refuses is told in its own words', async () => {
    const before = await queue();
    const { shown } = await say('/jaws queue-wait nmdc');
    expect(shown).toMatch(/small +\w+ \d{4}-\d\d-\d\d .*at once/);
    expect(shown).toMatch(/large: no start time \(exit code 1\): .*Invalid feature specification/);
    expect(shown).toContain('JAWS_QUEUE_WAIT_LARGE');
    expect(await queue(), 'nothing was submitted').toEqual(before);
  });

  test('is asked of nobody where no command is configured', async () => {
    expect((await say('/jaws queue-wait jgi')).shown).toContain('JAWS_QUEUE_WAIT_SMALL');
  });
});
