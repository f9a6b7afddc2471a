import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { typed } from '../../../src/sandbox/typed.ts';
import { aProduct, editSite, type TestProduct } from '../../fixtures/product.ts';

const INSTALL = '/global/cfs/cdirs/jaws/jaws-install/perlmutter-dev';
const JOB = 'jaws_perlmutter_dev';
const DNS = 'perlmutter-dev.jaws.dyn.jgi.doe.gov';
const FOREIGN = '0 1 * * * /bin/true';

let product: TestProduct;
const config = mkdtempSync(join(tmpdir(), 'jaws-ops-config-'));
beforeAll(async () => {
  cpSync(fileURLToPath(new URL('../../../config', import.meta.url)), config, { recursive: true });
  editSite(config, 'perlmutter', (doc) => {
    doc.setIn(['launcher', 'settleSec'], 4);
    doc.setIn(['launcher', 'limitSec'], 240);
    doc.setIn(['launcher', 'dns'], { waitSec: 2 });
  });
  product = await aProduct(['perlmutter'], { configFrom: config });
});
afterAll(async () => {
  await product.remove();
  rmSync(config, { recursive: true, force: true });
});

const site = () => product.world.site('perlmutter');
/** A command of the service account at the site; gives its stdout. */
const at = async (command: string): Promise<string> =>
  (await site().exec(['bash', '-c', command], { user: 'jaws' })).stdout.trim();
const asRoot = async (command: string): Promise<string> => {
  const { code, stdout, stderr } = await site().exec(['bash', '-c', command]);
  if (code !== 0) throw new Error(`${command}: ${stdout}${stderr}`);
  return stdout.trim();
};
/** State and name of the account's jobs, sorted; of one that has ended Slurm clears away what is left in its own time. */
const queue = async () =>
  (await at('squeue -h -o "%T %j" | sort')).split('\n').filter((line) => /^(?!COMPLETING )\S/.test(line));
const submit = (name: string, script = 'sleep 1000') =>
  at(`sbatch --parsable --job-name=${name} --output=/dev/null --wrap='${script}'`);
const say = (text: string) => typed(product, text);
const detailOf = (outcome: Awaited<ReturnType<typeof say>>, id: string) =>
  outcome.state?.steps.find((step) => step.id === id)?.detail;

/** Each case goes on from the site as the one before left it: a life of a deployment, told in order. */
describe.sequential('a deployment in a Slurm job', () => {
  test('is installed from nothing, as one job, with its entry beside those of others', async () => {
    await at(`echo '${FOREIGN}' | scrontab -`);
    const outcome = await say('/jaws deploy dev perlmutter');
    expect(outcome.state?.problem).toBeUndefined();
    expect(outcome.shown.match(/running {2}/g)).toHaveLength(4);
    expect(await queue()).toEqual([`RUNNING ${JOB}`]);
    const table = await at('scrontab -l');
    expect(table.split('\n')[0]).toBe(FOREIGN);
    expect(table).toContain(`*/10 * * * * ${INSTALL}/bin/starter.sh`);
    expect(await at(`dig +short ${DNS} A`)).toBe('10.249.1.1');
    expect(await at(`scontrol show job -o $(squeue -h -o %i)`)).toMatch(
      /TimeLimit=90-00:00:00 .*CPUs\/Task=16 .*Features=cron /,
    );
  });

  test('a service that does not stay up is seen, and started again', async () => {
    const before = await say('/jaws status dev perlmutter');
    expect(before.shown).toContain('dev at perlmutter: running, version 2.5.4');
    writeFileSync(site().path(`${INSTALL}/config/fail-rpc-server`), '');
    const pid = await at(`${INSTALL}/bin/supervisorctl pid jaws-site:rpc-server | tail -n 1`);
    await at(`kill -9 ${pid}`);
    await expect
      .poll(async () => (await say('/jaws status dev perlmutter')).shown)
      .toContain('dev at perlmutter: degraded');
    rmSync(site().path(`${INSTALL}/config/fail-rpc-server`));
    expect((await say('/jaws start dev perlmutter rpc-server')).state?.status).toBe('succeeded');
    expect(await queue()).toEqual([`RUNNING ${JOB}`]);
  });

  test('one service is stopped inside the job, which goes on', async () => {
    expect((await say('/jaws stop dev perlmutter run-daemon')).state?.status).toBe('succeeded');
    expect((await say('/jaws status dev perlmutter')).shown).toContain('dev at perlmutter: degraded');
    expect((await say('/jaws start dev perlmutter')).state?.status).toBe('succeeded');
    expect(await queue()).toEqual([`RUNNING ${JOB}`]);
  });

  test('a stop leaves jobs of similar names alone, takes its workers along and its entry out', async () => {
    for (const name of [
      `${JOB}2`,
      `x${JOB}`,
      `${JOB}_htcondor_worker_small`,
      `${JOB}_htcondor_worker_xlarge`,
    ])
      await submit(name);
    // Where there is room for them, which Slurm finds out in its own time.
    const waiting = async () => (await queue()).filter((line) => !line.startsWith('RUNNING '));
    await expect.poll(waiting).toEqual([]);
    const outcome = await say('/jaws stop dev perlmutter');
    expect(outcome.state?.status).toBe('succeeded');
    expect(await queue()).toEqual([`RUNNING ${JOB}2`, `RUNNING x${JOB}`]);
    expect(await at('scrontab -l')).toBe(FOREIGN);
    expect((await say('/jaws status dev perlmutter')).shown).toContain('no Slurm job');
    await at(`scancel -n ${JOB}2; scancel -n x${JOB}`);
    expect((await say('/jaws stop dev perlmutter')).state?.status).toBe('succeeded');
  });

  test('a job that waits is told as such, with its reason', async () => {
    await asRoot('scontrol update partitionname=workflow state=down');
    await at(`${INSTALL}/bin/starter.sh`);
    const reason = () => at(`squeue -h -n ${JOB} -o %r`);
    await expect.poll(reason).toBe('PartitionDown');
    const { shown } = await say('/jaws status dev perlmutter');
    await asRoot('scontrol update partitionname=workflow state=up');
    expect(shown).toContain('dev at perlmutter: supervisord down');
    expect(shown).toMatch(/Slurm job \d+ is pending \(PartitionDown/);
  });

  test('a redeploy ends with exactly one job, of the new version, whatever others submit meanwhile', async () => {
    let over = false;
    const others = (async () => {
      for (let i = 0; !over; i++) {
        // As an external cron does: when there is none, another one.
        const script = i % 2 === 0 ? "--wrap='sleep 1000'" : `${INSTALL}/bin/jaws-site-cronjob`;
        await at(
          `[ -n "$(squeue -h -n ${JOB} -o %i)" ] || sbatch --job-name=${JOB} --output=/dev/null ${script}`,
        );
        await delay(4000);
      }
    })();
    const outcome = await say('/jaws deploy dev perlmutter 2.6.0');
    over = true;
    await others;
    expect(outcome.state?.problem).toBeUndefined();
    expect(await queue()).toEqual([`RUNNING ${JOB}`]);
    const status = await say('/jaws status dev perlmutter');
    expect(status.shown).toContain('dev at perlmutter: running, version 2.6.0');
    const submitted = Number(await at('date -d "$(squeue -h -o %V)" +%s'));
    expect(await at('squeue -h -o %o')).toBe(`${INSTALL}/bin/jaws-site-cronjob`);
    expect(await at(`stat -c %Y ${INSTALL}/.jaws-ops/files.sha256`)).toSatisfy(
      // Slurm tells whole seconds.
      (written: string) => Number(written) <= submitted,
    );
  }, 300_000);

  test('a job that somebody submits while another one leaves is none of ours', async () => {
    await say('/jaws stop dev perlmutter');
    // It leaves only when Slurm kills it, some seconds after it was told to end.
    await submit(JOB, 'trap "" TERM; sleep 1000');
    await expect.poll(queue).toEqual([`RUNNING ${JOB}`]);
    const another = at(`while [ -n "$(squeue -h -n ${JOB} -t RUNNING -o %i)" ]; do :; done
sbatch --job-name=${JOB} --output=/dev/null --wrap='sleep 1000'`);
    const outcome = await say('/jaws start dev perlmutter');
    await another;
    expect(outcome.state?.problem).toBeUndefined();
    expect(await queue()).toEqual([`RUNNING ${JOB}`]);
    expect(await at('squeue -h -o %o')).toBe(`${INSTALL}/bin/jaws-site-cronjob`);
  });

  test('a DNS name that leads elsewhere is told, and srun is the way in', async () => {
    await at(`touch /var/lib/stand-in-dns/frozen`);
    await asRoot(`sed -i 's/^10.249.1.1 ${DNS}/10.249.9.9 ${DNS}/' /var/lib/stand-in-dns/hosts`);
    const stale = `${DNS} answers 10.249.9.9, the job's node is 10.249.1.1: reached by srun`;
    const restarted = await say('/jaws restart dev perlmutter');
    expect(restarted.state?.status).toBe('succeeded');
    expect(detailOf(restarted, 'verify')).toContain(stale);
    const { shown } = await say('/jaws status dev perlmutter');
    expect(shown).toContain(`dev at perlmutter: running, version 2.6.0 – ${stale}`);
    await at('rm /var/lib/stand-in-dns/frozen');
    const mended = await say('/jaws restart dev perlmutter');
    expect(detailOf(mended, 'verify')).toBe('5 checks passed');
  });

  test('an update of DNS that is refused does not keep the services from starting', async () => {
    await at('touch /var/lib/stand-in-dns/refuse');
    await asRoot(`sed -i '/${DNS}/d' /var/lib/stand-in-dns/hosts`);
    const restarted = await say('/jaws restart dev perlmutter');
    await at('rm /var/lib/stand-in-dns/refuse');
    expect(restarted.state?.status).toBe('succeeded');
    expect(detailOf(restarted, 'verify')).toContain(`${DNS} answers nothing`);
  });

  test('an entry that Slurm has commented out is restored, and no other', async () => {
    // It waits for its turn until it is cancelled: one that has run to its end would be no cancelled one.
    await asRoot('scontrol update partitionname=workflow state=down');
    await at(`scrontab --run >/dev/null; scancel -n ${JOB}_starter`);
    await asRoot('scontrol update partitionname=workflow state=up');
    await expect.poll(() => at('scrontab -l')).toContain('#DISABLED: */10');
    const started = await say('/jaws start dev perlmutter');
    expect(started.state?.status).toBe('succeeded');
    const table = await at('scrontab -l');
    expect(table).toContain(FOREIGN);
    expect(table).toMatch(/^\*\/10 .*starter\.sh$/m);
    expect(table).not.toContain('DISABLED: */10');
    expect(await queue()).toEqual(expect.arrayContaining([`RUNNING ${JOB}`]));
  });

  test('the job is cut to end before the earliest maintenance, and none is submitted right before it', async () => {
    const reserve = (name: string, minutes: number) =>
      asRoot(
        `scontrol create reservation reservationname=${name} starttime=now+${minutes}minutes duration=60 nodes=ALL users=root flags=maint,ignore_jobs`,
      );
    await reserve('workflow_later', 6000);
    const before = Date.now();
    await reserve('login_sooner', 600);
    expect((await say('/jaws restart dev perlmutter')).state?.status).toBe('succeeded');
    const shown = await at(`scontrol show job -o $(squeue -h -n ${JOB} -o %i)`);
    const [, hours, minutes] = /TimeMin=(\d+):(\d+):\d+/.exec(shown) ?? [];
    // Ten hours less the two before a maintenance, and less what has passed since it was told; Slurm counts in minutes.
    const passed = Math.ceil((Date.now() - before) / 60_000);
    expect(Number(hours) * 60 + Number(minutes), shown).toBeLessThanOrEqual(8 * 60);
    expect(Number(hours) * 60 + Number(minutes), shown).toBeGreaterThanOrEqual(8 * 60 - passed);
    await reserve('workflow_soon', 60);
    const deployed = await say('/jaws deploy dev perlmutter');
    expect(deployed.state?.status).toBe('refused');
    expect(deployed.shown).toContain('in maintenance: reservation workflow_soon begins at');
    // A restart that could not start again stops nothing.
    expect((await say('/jaws restart dev perlmutter')).state?.status).toBe('refused');
    expect(await queue()).toEqual(expect.arrayContaining([`RUNNING ${JOB}`]));
    await say('/jaws stop dev perlmutter');
    const started = await say('/jaws start dev perlmutter');
    expect(started.state?.status).toBe('refused');
    expect(started.state?.problem?.message).toContain('in maintenance: reservation workflow_soon');
    for (const name of ['workflow_later', 'login_sooner', 'workflow_soon'])
      await asRoot(`scontrol delete reservationname=${name}`);
  });

  test('a job that sbatch refuses is not tried again, and its words are told', async () => {
    await asRoot(`sed -i 's/--constraint=cron/--constraint=haswell/' ${INSTALL}/bin/starter.sh`);
    const started = await say('/jaws start dev perlmutter');
    expect(started.state?.status).toBe('failed');
    expect(started.state?.problem?.message).toContain(
      'sbatch: error: Batch job submission failed: Invalid feature specification',
    );
    expect(await queue()).toEqual([]);
  });
});
