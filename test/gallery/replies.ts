import type { Command, Reply } from '../../src/commands/command.ts';
import { answer } from '../../src/commands/parse.ts';
import { commands } from '../../src/commands/registry.ts';
import { ERRORS, type ErrorCode, OpsError } from '../../src/core/errors.ts';
import type { Intention } from '../../src/core/intention.ts';
import type { LookRequest, Report } from '../../src/core/look.ts';
import { SERVICES, TARGET_CONDITIONS, type TargetStatus } from '../../src/core/service.ts';
import { alice, directory, stranger } from '../fixtures/directory.ts';
import { FakeJobs } from '../fixtures/jobs.ts';
import { failedIn, queued, runningIn, succeeded, T0, targetStatus } from '../fixtures/runs.ts';
import { aWindow } from '../fixtures/windows.ts';
import type { Sample } from './sample.ts';

/** One service of four is down. */
const degraded: TargetStatus = {
  ...targetStatus('running'),
  condition: 'degraded',
  services: targetStatus('running').services.map((service, i) =>
    i === 2
      ? { service: service.service, unit: service.unit, condition: 'fatal', detail: 'Exited too quickly' }
      : service,
  ),
};

/** What sites answer to a question; every look has its shape. */
const REPORTS: Readonly<Partial<Record<LookRequest['look'], Report>>> = {
  logs: {
    title: 'rpc-server of dev at aws: last 50 lines',
    text: Array.from(
      { length: 50 },
      (_, i) => `2026-11-22 12:00:${String(i).padStart(2, '0')} INFO heartbeat`,
    ).join('\n'),
    cutFrom: 'start',
  },
  diff: {
    title: 'dev at aws: 2 of 12 files differ from what a deploy of 2.5.4 writes',
    findings: [
      { level: 'warn', subject: 'config/jaws-site.conf', message: 'changed at the site since the deploy' },
    ],
    text: '--- config/jaws-site.conf\n+++ config/jaws-site.conf\n@@ -1 +1 @@\n-level = INFO\n+level = DEBUG\n',
  },
  doctor: {
    title: 'dev at aws: 2 problems',
    findings: [
      {
        level: 'fail',
        subject: 'disk',
        message: '/opt/jaws has 0.2 GB left, expected 5 GB',
        next: 'Free some space.',
      },
      { level: 'warn', subject: 'proxy', message: 'not set, and pypi is asked directly' },
      { level: 'ok', subject: 'account', message: 'svc-jaws' },
    ],
    next: 'Mend what failed, then `/jaws deploy dev aws`.',
  },
  'queue-wait': {
    title: 'perlmutter: a job of the size of JAWS begins in about 2 h 10 min',
    tables: [
      {
        head: ['Size', 'Wait'],
        rows: [
          ['small', '2 h 10 min'],
          ['large', '9 h'],
        ],
      },
    ],
  },
  runner: {
    title: 'The GitLab runner of tahoma runs',
    findings: [{ level: 'ok', subject: 'runner', message: 'pid 4711' }],
  },
  cron: { title: 'The crontab of tahoma has our block', text: '0 2 * * 0 /opt/jaws/bin/cleanup' },
  cleanup: {
    title: 'dev at jgi: 12 GB in 3 folders would be removed',
    tables: [
      {
        head: ['Folder', 'Files', 'Size'],
        rows: [
          ['inputs', '120', '10 GB'],
          ['executions', '44', '2 GB'],
        ],
      },
    ],
  },
};

/** Lines as people type them, with what comes of them in a workspace in which something goes on. */
const LINES = [
  'help',
  ...commands.map(({ name }: Command) => `help ${name}`),
  'deploy dev aws 2.5.4 --reason "new release"',
  'deploy prod jgi',
  'status aws dev',
  'status aws',
  'status',
  'logs dev aws rpc-server',
  'diff dev aws',
  'doctor aws',
  'queue-wait perlmutter',
  'runner status tahoma',
  'cron show tahoma',
  'cleanup dev jgi --dry-run',
  'history',
  'history aws',
  'history --audit',
  'jobs',
  'jobs --scheduled',
  'lock',
  'lock dev jgi "moving the database" for 2h',
  'unlock prod dori',
  'deploy prod dori',
  'maintenance list',
  'maintenance add nmdc 2026-12-01 06:00 to 18:00 "power"',
  'maintenance snooze aws',
  'maintenance choose aws',
  'maintenance resume aws',
  'runbook list',
  'runbook show new-release',
  'recover aws',
  'cancel d-1',
  'retry d-9',
  'approve d-1',
  'deploy dev tahoma',
  'deply dev aws',
  'deploy dev awss',
  'deploy dev aws latest',
  'restart dev aws --forse',
] as const;

async function workspace(): Promise<FakeJobs> {
  const jobs = new FakeJobs();
  jobs.now = T0;
  const intentions: Intention[] = directory.deployments.map((deployment) => ({
    site: 'aws',
    deployment,
    wanted: 'up',
    version: '2.5.4',
    except: [],
    by: 'alice',
  }));
  jobs.intentions = intentions;
  jobs.statuses = async ({ site, deployment }) =>
    directory.deployments
      .filter((name) => deployment === undefined || name === deployment)
      .map((name, i) => ({
        ...(i === 0 ? degraded : targetStatus(i === 1 ? 'stopped' : 'running')),
        site,
        deployment: name,
      }));
  jobs.reports = async ({ look }) => REPORTS[look] ?? { title: look };
  for (const state of [
    runningIn('stage', queued('d-1', { site: 'jgi', deployment: 'prod' })),
    succeeded(queued('d-2')),
    failedIn('verify', 'rpc-server: fatal', queued('d-9', { site: 'nmdc' })),
  ])
    jobs.jobs.set(state.jobId, { state });
  await jobs.windows.add(
    aWindow({ id: 'tahoma-1', site: 'tahoma', start: T0 - 1, end: T0 + 7_200_000, reason: 'file system' }),
  );
  await jobs.windows.add(
    aWindow({ id: 'aws-2', start: T0 + 1, end: T0 + 9_200_000, cancelledAt: T0, cancelledBy: 'ada' }),
  );
  await jobs.locks.put(
    {
      site: 'dori',
      deployment: 'prod',
      reason: 'moving the database',
      owner: { ...stranger },
      since: T0 - 60_000,
      until: T0 + 3_600_000,
    },
    undefined,
  );
  return jobs;
}

/** The answers to typed lines, by the commands themselves. */
async function typed(): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (const name of LINES) {
    const jobs = await workspace();
    const reply = await answer(name, { caller: alice, directory, jobs, now: () => T0 });
    if (reply.kind === 'problem' && reply.problem.code === 'internal')
      throw new Error(`${name}: ${reply.problem.message}`);
    samples.push({ group: 'Answers', name: `/jaws ${name}`, kind: 'reply', reply });
  }
  const jobs = await workspace();
  const refused = await answer('deploy dev aws', { caller: stranger, directory, jobs, now: () => T0 });
  samples.push({ group: 'Answers', name: 'to somebody who may not', kind: 'reply', reply: refused });
  const unsure = await answer('deploy dev aws', {
    caller: stranger,
    directory: { ...directory, unsure: () => true },
    jobs,
    now: () => T0,
  });
  samples.push({ group: 'Answers', name: 'to somebody who cannot be checked', kind: 'reply', reply: unsure });
  return samples;
}

const status = (targets: readonly TargetStatus[]): Reply => ({ kind: 'status', targets });

const STATUSES: readonly Sample[] = [
  ...TARGET_CONDITIONS.map(
    (condition): Sample => ({
      group: 'Status',
      name: condition,
      kind: 'reply',
      reply: status([condition === 'degraded' ? degraded : targetStatus(condition)]),
    }),
  ),
  {
    group: 'Status',
    name: 'a detail',
    kind: 'reply',
    reply: status([targetStatus('unreachable', 'connect ETIMEDOUT')]),
  },
  {
    group: 'Status',
    name: 'every site, every condition',
    kind: 'reply',
    reply: status(
      directory.sites.flatMap((site, row) =>
        directory.deployments.map((deployment, column) => {
          const condition = TARGET_CONDITIONS[(row * 3 + column) % TARGET_CONDITIONS.length] ?? 'unknown';
          return {
            ...targetStatus(condition, condition === 'running' ? undefined : 'it is so'),
            site,
            deployment,
          };
        }),
      ),
    ),
  },
  { group: 'Status', name: 'nothing to show', kind: 'reply', reply: status([]) },
];

const PROBLEMS: readonly Sample[] = (Object.keys(ERRORS) as ErrorCode[]).map((code) => ({
  group: 'Errors',
  name: code,
  kind: 'reply',
  reply: {
    kind: 'problem',
    problem: new OpsError(code, `aws-dev: ${SERVICES[0]?.name}: ${ERRORS[code].title.toLowerCase()}`).problem,
  },
}));

/** What only the caller sees. */
export async function replies(): Promise<readonly Sample[]> {
  return [...(await typed()), ...STATUSES, ...PROBLEMS];
}
