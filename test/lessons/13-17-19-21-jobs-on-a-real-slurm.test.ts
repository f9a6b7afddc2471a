import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { scrontab } from '../../src/launchers/scrontab.ts';
import type { ScrontabFacts } from '../../src/launchers/scrontab-observe.ts';
import { jobName, scrontabPaths } from '../../src/launchers/scrontab-paths.ts';
import { type LauncherWorld, operator } from '../contract/launcher-suite.ts';
import { scrontabWorld } from '../contract/scrontab-world.ts';
import { until } from '../fixtures/until.ts';

vi.setConfig({ testTimeout: 300_000 });

// What a Slurm says and does where the troubles with DNS names, names of jobs, options and cron come from.

let world: LauncherWorld<ScrontabFacts>;
beforeAll(async () => {
  world = await scrontabWorld();
  await operator(world).stage();
  world.install();
});
afterAll(() => world?.site.remove());

const shell = async (text: string) => (await world.site.run({ parts: [{ text }] })).output.trim();
/** State and name of every job in the queue, sorted. */
const queue = async () =>
  (await shell("squeue -h -o '%T %j' | sort")).split('\n').filter((line) => line !== '');
/** The queue, as soon as Slurm's scheduler has given every job its node: that is later than the submission. */
const started = () =>
  until('every job runs', async () => {
    const jobs = await queue();
    return jobs.every((job) => job.startsWith('RUNNING ')) && jobs;
  });
const submit = (name: string) =>
  shell(`sbatch --parsable --job-name=${name} --output=/dev/null --wrap='sleep 1000'`);

/** Each case goes on from the queue as the one before left it. */
describe.sequential('jobs of similar names', () => {
  test('no job at all is stopped without a failure', async () => {
    expect(await operator(world).stop()).toContain('nothing to stop');
  });

  test('are left alone by a stop that ends two jobs of ours in one go', async () => {
    const job = jobName(world.target);
    for (const name of [job, job, `other_${job}`, `${job}2`]) await submit(name);
    expect(await queue()).toHaveLength(4);
    await operator(world).stop();
    expect(await started()).toEqual([`RUNNING other_${job}`, `RUNNING ${job}2`].sort());
    await shell(`scancel -n other_${job}; scancel -n ${job}2`);
  });
});

describe.sequential('a job that cron submits while a deploy is at work', () => {
  test('is cancelled by the start, which ends with exactly one job: that of the new files', async () => {
    const { target } = world;
    const job = jobName(target);
    const old = await submit(job);
    expect(await operator(world).start()).toContain(`Slurm job ${old} runs something else`);
    expect((await operator(world).settled()).condition).toBe('running');
    expect(await started()).toEqual([`RUNNING ${job}`]);
    expect(await shell('squeue -h -o %o')).toBe(scrontabPaths(target).cronjob);
  });

  test('does not get a second one past the starter', async () => {
    const { starter } = scrontabPaths(world.target);
    expect(await shell(starter)).toContain('is in the queue already');
    expect(await queue()).toHaveLength(1);
  });
});

describe.sequential('a DNS name of an earlier node', () => {
  test('is told with both addresses, and the services behind it are seen as running', async () => {
    const name = world.target.env.values['JAWS_SITE_DNS_NAME'] ?? '';
    const hosts = '/var/lib/stand-in-dns/hosts';
    await shell(
      `sed 's/^10.249.1.1 ${name}/10.249.9.9 ${name}/' ${hosts} >${hosts}.new && mv ${hosts}.new ${hosts}`,
    );
    const facts = await world.site.look(scrontab.observe(world.target));
    const stale = scrontab.launched(world.target, facts);
    expect(stale.condition).toBe('running');
    expect(stale.detail).toBe(`${name} answers 10.249.9.9, the job's node is 10.249.1.1: reached by srun`);
    expect(scrontab.findings(world.target, facts)).toContainEqual(
      expect.objectContaining({ level: 'warn', subject: 'DNS' }),
    );
  });
});

describe.sequential('an option that sbatch demands', () => {
  test('is told in the words of sbatch, and the job is submitted once', async () => {
    const { target, site } = world;
    const { starter } = scrontabPaths(target);
    await operator(world).stop();
    const before = Number(await submit('counted'));
    await site.must({ parts: [{ text: `sed -i 's/--constraint=cron/--constraint=haswell/' ${starter}` }] });
    const facts = await site.look(scrontab.observe(target));
    const ran = await site.run(scrontab.start(target, facts));
    expect(ran.code).not.toBe(0);
    expect(ran.output).toContain('sbatch: error: Batch job submission failed: Invalid feature specification');
    expect(await started()).toEqual(['RUNNING counted']);
    // Slurm gives a number to what it refuses as well: there was one try in between.
    expect(Number(await submit('counted'))).toBe(before + 2);
  });
});
