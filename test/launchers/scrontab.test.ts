import { describe, expect, it } from 'vitest';
import { masked, revealed, type Script } from '../../src/core/script.ts';
import { scrontab } from '../../src/launchers/scrontab.ts';
import type { ScrontabFacts } from '../../src/launchers/scrontab-observe.ts';
import { minutesOf } from '../../src/launchers/scrontab-options.ts';
import { parseJobs } from '../../src/launchers/scrontab-queue.ts';
import { parseTable } from '../../src/launchers/scrontab-table.ts';
import { parseStatus } from '../../src/launchers/supervisord-status.ts';
import { shellcheck } from '../fixtures/shell.ts';
import { aTarget, type TargetOverrides } from '../fixtures/target.ts';

const DNS = 'perlmutter-prod.jaws.dyn.jgi.doe.gov';

function atPerlmutter(overrides: TargetOverrides = {}) {
  return aTarget({
    site: 'perlmutter',
    deployment: 'prod',
    launcher: scrontab.schema.parse({ kind: 'scrontab' }),
    ...overrides,
    values: {
      JAWS_SITE_DNS_NAME: DNS,
      JAWS_LOAD_PYTHON: 'module load python/3.11',
      TSIGPATH: '/global/u2/j/jaws/.ssh/jaws_TSIG_key',
      ...overrides.values,
    },
  });
}

const target = atPerlmutter();
const job = { id: '12', state: 'RUNNING', reason: 'None', start: '2026-12-01T06:00:00', node: 'nid000012' };
const healthy: ScrontabFacts = {
  ...scrontab.nothing,
  jobs: [job],
  way: 'direct',
  answers: '10.0.0.1',
  address: '10.0.0.1',
  key: true,
  table: { block: 'present', disabled: [], strangers: [] },
  supervisord: {
    ...scrontab.nothing.supervisord,
    venv: 'ok',
    supervisorVersion: '4.2.5',
    wrapper: 'ok',
    conf: true,
    siteConf: true,
    answer: 'answered',
    processes: parseStatus(
      target.services.map(
        (service, i) => `jaws-site:${service.program} RUNNING pid ${i + 1}, uptime 0:00:15`,
      ),
    ),
  },
};
const { jobs: _jobs, ...unasked } = healthy;
const silent: ScrontabFacts['supervisord'] = { ...healthy.supervisord, answer: 'refused', processes: [] };

describe('the scripts of scrontab', () => {
  const odd = atPerlmutter({ root: '/tmp/a b$c', values: { JAWS_SITE_DNS_NAME: '', TSIGPATH: '' } });
  const scripts = (of: typeof target): Readonly<Record<string, Script>> => ({
    observe: scrontab.observe(of).script,
    settle: scrontab.settle(of).script,
    stage: scrontab.stage(of, scrontab.nothing),
    stop: scrontab.stop(of, scrontab.nothing),
    'stop one': scrontab.stop(of, scrontab.nothing, 'run-daemon'),
    start: scrontab.start(of, scrontab.nothing),
    'start one': scrontab.start(of, scrontab.nothing, 'run-daemon'),
  });

  it.each([...Object.entries(scripts(target)), ...Object.entries(scripts(odd))])(
    '%s passes shellcheck, shows no secret, names nobody else',
    (_name, script) => {
      expect(shellcheck(script)).toBe('');
      expect(masked(script)).not.toContain('sesame');
      expect(revealed(script)).not.toMatch(/\b(shutdown|pkill|killall|scrontab -r|stop all|start all)\b/);
    },
  );
});

describe('the queue', () => {
  it('is read line by line, and a name counts as a whole', () => {
    const lines = [
      '7|RUNNING|None|2026-12-01T06:00:00|nid1|jaws_perlmutter_prod',
      '8|PENDING|Dependency|N/A||jaws_perlmutter_prod',
      '9|RUNNING|None|2026-12-01T06:00:00|nid1|jaws_perlmutter_prod2',
      '10|RUNNING|None|2026-12-01T06:00:00|nid1|my_jaws_perlmutter_prod',
      '11|RUNNING|None|2026-12-01T06:00:00|nid1|jaws_perlmutter_prod|x',
      'slurm_load_jobs error: Socket timed out',
    ];
    expect(parseJobs(lines, 'jaws_perlmutter_prod').map(({ id }) => id)).toEqual(['7', '8']);
  });

  it.each([
    ['90-00:00:00', 129_600],
    ['1-6', 1800],
    ['1-06:30', 1830],
    ['02:30:00', 150],
    ['30:00', 30],
    ['45', 45],
  ])('counts %s as %i minutes', (text, minutes) => {
    expect(minutesOf(text)).toBe(minutes);
  });
});

describe('the scrontab', () => {
  const marks = { begin: '# BEGIN jaws-ops x-dev', end: '# END jaws-ops x-dev' };
  const table = (...lines: string[]) => parseTable(lines, marks, '/x/bin/starter.sh');
  const entry = '*/10 * * * * /x/bin/starter.sh';

  it('has our block, or has it commented out, or not', () => {
    expect(table(marks.begin, '#SCRON -q cron', entry, marks.end).block).toBe('present');
    expect(table(marks.begin, '#DISABLED: #SCRON -q cron', `#DISABLED: ${entry}`, marks.end).block).toBe(
      'disabled',
    );
    expect(table('0 1 * * * /bin/true').block).toBe('missing');
  });

  it('has lines of others, which are shown', () => {
    const seen = table(entry, marks.begin, entry, marks.end, '#DISABLED: 0 1 * * * /bin/true', '# a remark');
    expect(seen).toEqual({
      block: 'present',
      strangers: [entry],
      disabled: ['#DISABLED: 0 1 * * * /bin/true'],
    });
  });
});

describe('what the facts say', () => {
  const pending = { ...job, state: 'PENDING', reason: 'Resources', node: '' };
  it.each<[string, ScrontabFacts, string, string | undefined]>([
    ['all run', healthy, 'running', undefined],
    ['nothing is there', scrontab.nothing, 'not-installed', 'no Slurm job, no files'],
    ['no job', { ...healthy, jobs: [], supervisord: silent }, 'supervisor-down', 'no Slurm job'],
    [
      'no job in a maintenance',
      {
        ...healthy,
        jobs: [],
        supervisord: silent,
        outlook: { unreadable: [], refusal: 'reservation m lasts' },
      },
      'supervisor-down',
      'no Slurm job; in maintenance: reservation m lasts',
    ],
    [
      'pending',
      { ...healthy, jobs: [pending], supervisord: silent },
      'supervisor-down',
      'Slurm job 12 is pending (Resources), starts about 2026-12-01 06:00:00 site time',
    ],
    [
      'it has only just begun',
      { ...healthy, supervisord: silent },
      'supervisor-down',
      'no supervisord answers',
    ],
    [
      'the name points elsewhere',
      { ...healthy, way: 'srun', answers: '10.0.0.9' },
      'running',
      `${DNS} answers 10.0.0.9, the job's node is 10.0.0.1: reached by srun`,
    ],
    [
      'the name does not resolve and srun fails',
      { ...healthy, way: 'srun', supervisord: { ...silent, answer: 'unresolved', said: 'gaierror' } },
      'unknown',
      'Slurm job 12 on nid000012: gaierror',
    ],
    [
      'two jobs',
      { ...healthy, jobs: [job, { ...pending, id: '13' }] },
      'running',
      '2 Slurm jobs, expected one',
    ],
    [
      'squeue fails',
      { ...unasked, queueSaid: 'slurm_load_jobs error' },
      'unknown',
      'squeue cannot be asked: slurm_load_jobs error',
    ],
  ])('%s', (_name, facts, condition, detail) => {
    const launched = scrontab.launched(target, facts);
    expect(launched.condition).toBe(condition);
    if (detail === undefined) expect(launched.detail).toBeUndefined();
    else expect(launched.detail).toContain(detail);
  });

  it('fails the check where a job could not start, and says what to do', () => {
    const fails = (facts: Partial<ScrontabFacts>) =>
      scrontab.findings(target, { ...healthy, ...facts }).filter(({ level }) => level === 'fail');
    expect(fails({})).toEqual([]);
    for (const facts of [
      { lacking: ['sbatch'] },
      { outlook: { unreadable: [], refusal: 'reservation m begins' } },
      { key: false },
      { tableSaid: 'scrontab is disabled on this cluster' },
    ]) {
      expect(fails(facts)).toEqual([expect.objectContaining({ next: expect.any(String) })]);
    }
  });
});
