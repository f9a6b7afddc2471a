import type { Report } from '../../src/core/look.ts';
import type { Choice } from '../../src/core/notice.ts';
import { driftReport } from '../../src/maintenance/drift.ts';
import {
  afterChoices,
  afterReport,
  leftDownChoices,
  leftDownReport,
  reminderReport,
} from '../../src/maintenance/wording.ts';
import { beginRunbook } from '../../src/runbooks/begin.ts';
import { advanceRunbook, type RunbookRun } from '../../src/runbooks/run.ts';
import { alice, directory } from '../fixtures/directory.ts';
import { T0, targetStatus } from '../fixtures/runs.ts';
import { aWindow } from '../fixtures/windows.ts';
import type { Sample } from './sample.ts';

const ZONE = 'America/Los_Angeles';
const window = aWindow({
  start: T0 + 7_200_000,
  end: T0 + 36_000_000,
  reason: 'file system upgrade',
  cancelledBy: 'ada',
});
const intentions = directory.deployments.map((deployment) => ({
  site: 'aws',
  deployment,
  wanted: 'up' as const,
  version: '2.5.4',
  except: [],
  by: 'alice',
}));
const statuses = (['stopped', 'running', 'fatal'] as const).map((condition, i) => ({
  ...targetStatus(condition),
  deployment: directory.deployments[i] ?? 'dev',
}));
const left = {
  key: 'x',
  since: T0,
  intention: {
    site: 'aws',
    deployment: 'prod',
    version: '2.5.3',
    except: [],
    left: { jobId: 'd-9', at: T0 - 900_000, what: 'deploy failed' },
  },
};

function notice(name: string, report: Report | undefined, choices?: readonly Choice[]): Sample {
  if (report === undefined) throw new Error(`there is nothing to tell: ${name}`);
  const said = { id: 'n-1', site: 'aws', topic: 'reminders' as const, since: T0, report };
  return {
    group: 'Notices',
    name,
    kind: 'notice',
    notice: choices === undefined ? said : { ...said, choices },
  };
}

/** What is said in a site's channel of the bot's own accord. */
export const NOTICES: readonly Sample[] = [
  ...(['before', 'moved', 'start', 'end', 'cancelled'] as const).flatMap((kind) =>
    [false, true].map((changed) =>
      notice(
        `maintenance: ${kind}${changed ? ', other times than announced' : ''}`,
        reminderReport(
          { key: 'k', kind, window, endsAt: window.end + (changed ? 3_600_000 : 0), changed, since: T0 },
          ZONE,
          T0,
        ),
      ),
    ),
  ),
  notice('after a maintenance: down', afterReport('aws', intentions, statuses, 2), afterChoices('aws')),
  notice('after a maintenance: all up', afterReport('aws', intentions, [targetStatus('running')], 0)),
  notice('after a maintenance: nothing on record', afterReport('aws', [], statuses, 0)),
  notice('left down', leftDownReport(left, targetStatus('stopped'), T0), leftDownChoices(left)),
  notice('left down, and the site is away', leftDownReport(left, undefined, T0), leftDownChoices(left)),
  notice(
    'drift',
    driftReport('aws', [
      { deployment: 'dev', services: 'stopped, should be running 2.5.4 (alice)' },
      {
        deployment: 'prod',
        files: {
          title: '1 of 12 files differs',
          findings: [
            { level: 'warn', subject: 'config/jaws-site.conf', message: 'changed since the deploy' },
          ],
          text: '-level = INFO\n+level = DEBUG',
        },
      },
    ]),
  ),
  notice('a certificate ends', {
    title: 'The certificate for the login at perlmutter ends in 3 h',
    findings: [
      {
        level: 'warn',
        subject: 'certificate',
        message: 'ends Sun 2026-11-22 07:00 PST',
        next: 'Run sshproxy.',
      },
    ],
  }),
  notice('a lock is taken over', {
    title: 'alice took over the lock of sam on prod at aws',
    next: 'Ask alice. (Sun 2026-11-22 04:00 PST)',
  }),
];

function begun(name: string, values: Record<string, string> = {}): RunbookRun {
  const runbook = directory.runbooks.find((each) => each.name === name);
  if (runbook === undefined) throw new Error(name);
  return beginRunbook({
    id: 'rb-20261122-120000-ab12cd',
    runbook,
    site: 'jgi',
    values,
    caller: alice,
    intentions: intentions.map((each) => ({ ...each, site: 'jgi' })),
    reason: 'power failure',
    now: T0,
  });
}

/** A run after so many steps that went well. */
function after(run: RunbookRun, steps: number): RunbookRun {
  return Array.from({ length: steps }).reduce<RunbookRun>((seen, _, step) => {
    const at = T0 + (step + 1) * 1_000;
    const started = advanceRunbook(seen, { type: 'step-started', step, at });
    return advanceRunbook(started, {
      type: 'step-finished',
      step,
      at: at + 500,
      status: 'ok',
      detail: 'as it should be',
    });
  }, run);
}

const recovery = begun('restart-after-maintenance');
const release = begun('new-release', { version: '2.5.4' });
const RUNBOOK_RUNS: readonly (readonly [string, RunbookRun])[] = [
  ['begins', recovery],
  ['goes on', advanceRunbook(after(recovery, 2), { type: 'step-started', step: 2, at: T0 + 9_000 })],
  ['is done', after(recovery, recovery.steps.length)],
  ['is cancelled', advanceRunbook(after(recovery, 2), { type: 'cancelled', by: alice, at: T0 + 9_000 })],
  [
    'has failed',
    advanceRunbook(advanceRunbook(recovery, { type: 'step-started', step: 0, at: T0 }), {
      type: 'step-finished',
      step: 0,
      at: T0 + 1_000,
      status: 'failed',
      detail: 'the host does not answer',
    }),
  ],
  ...release.steps.flatMap(({ step, title }, i): [string, RunbookRun][] =>
    step.kind === 'question'
      ? [
          [
            `asks: ${title}`,
            advanceRunbook(after(release, i), { type: 'step-started', step: i, at: T0 + 9_000 }),
          ],
        ]
      : [],
  ),
];

/** The live message of a runbook in every state. */
export const RUNBOOKS: readonly Sample[] = RUNBOOK_RUNS.map(([name, run]) => ({
  group: 'Runbooks',
  name,
  kind: 'runbook',
  run,
}));
