import { describe, expect, test } from 'vitest';
import { masked, raw, sh } from '../../src/core/script.ts';
import { sitePath } from '../../src/core/site-path.ts';
import type { Target } from '../../src/core/target.ts';
import { bytesText } from '../../src/plan/cleanup.ts';
import { cronBlock, cronLines } from '../../src/plan/crontab.ts';
import type { HostFacts } from '../../src/plan/host-facts.ts';
import { hostFindings, portFinding } from '../../src/plan/host-findings.ts';
import { looks } from '../../src/plan/looks/index.ts';
import { isFact } from '../../src/plan/looks/look.ts';
import { waitText } from '../../src/plan/looks/queue-wait.ts';
import { operationOf } from '../../src/plan/operations/index.ts';
import { runnerFinding, runnerProblem } from '../../src/plan/runner.ts';
import { outline } from '../../src/plan/steps.ts';
import { runHere, shellcheck } from '../fixtures/shell.ts';
import { aTarget, type TargetOverrides } from '../fixtures/target.ts';

const own = {
  kind: 'nohup',
  command: '/opt/gitlab-runner',
  config: 'c.toml',
  load: '',
  log: '$HOME/r.log',
  sbatch: [],
} as const;
const withScratch = (over: TargetOverrides = {}): Target => {
  const target = aTarget({ root: "/srv/o'neil 50%", ...over });
  const { inputs, executions, log } = target.paths;
  return {
    ...target,
    cleanup: { ...target.cleanup, places: [{ deployment: 'dev', inputs, executions, log }] },
  };
};
const subject = (target: Target, words: Record<string, string> = {}) => ({
  request: { kind: 'look', look: 'logs', site: target.site, words } as const,
  target,
  targets: [target],
  login: [],
  now: () => 0,
});

describe('every script', () => {
  const target: Target = {
    ...withScratch({
      runner: own,
      values: { JAWS_QUEUE_WAIT_SMALL: 'sbatch --test-only -n 1 x.sh' },
    }),
    command: {
      title: 'Load',
      command: 'printf "%s\n" "$site" "$deployment" "$install"',
      shell: 'sh',
      timeoutMs: 60_000,
      values: { site: 'aws' },
    },
  };
  test.each(Object.values(looks).map((look) => [look.name, look] as const))(
    'of the look %s is clean shell',
    (_name, look) => {
      const plain = look.name === 'diff' ? aTarget() : target;
      const answer = look.ask(subject(plain, { action: 'deploy', service: 'rpc-server' }));
      if (isFact(answer)) expect(shellcheck(sh`(\n${answer.script}\n)`)).toBe('');
    },
    30_000,
  );
  test.each(['cleanup', 'install-cron', 'start-runner'] as const)(
    'of the operation %s is clean shell',
    (action) => {
      const operation = operationOf(action);
      if (operation === undefined) throw new Error('no such operation');
      expect(shellcheck(operation.act(target))).toBe('');
      expect(shellcheck(operation.verify(target).script)).toBe('');
      expect(
        outline({ kind: 'action', action, site: 'aws', deployment: 'dev', dryRun: false }),
      ).toMatchObject([{ id: 'check' }, { id: 'act', title: operation.title }, { id: 'verify' }]);
    },
  );
});

describe('the crontab', () => {
  test('has a line per folder, at the day of the deployment', () => {
    expect(cronLines(withScratch()).map(({ what, when }) => [what, when])).toEqual([
      ['inputs', '0 2 * * 0'],
      ['executions', '0 5 * * 0'],
    ]);
  });

  test('keeps percent signs and quotes of a path from cron and the shell', () => {
    for (const line of cronBlock(withScratch()).slice(1, -1)) {
      expect(line).not.toMatch(/(^|[^\\])%/);
      expect(shellcheck(raw(line.replace(/^(\S+ ){5}/, '').replaceAll('\\%', '%')))).toBe('');
    }
  });
});

describe('a path of the configuration', () => {
  test.each([
    ['$HOME/x', '/root/x'],
    ['${HOME}/a b', '/root/a b'],
    ['~/c', '/root/c'],
    ["/o'x/$HOME", "/o'x/$HOME"],
  ])('%s is %s at the site', (path, expected) => {
    expect(runHere(sh`printf %s ${sitePath(path)}`, { HOME: '/root' }).stdout).toBe(expected);
  });

  test('whose reference is not set ends the script', () => {
    const ran = runHere(sh`printf %s ${sitePath('$CFS/x')}; echo on`);
    expect(ran.code).not.toBe(0);
    expect(ran.stderr).toContain('CFS');
    expect(masked(sitePath('$CFS/x'))).toContain('${CFS:?');
  });
});

test('a runner is one, elsewhere, unknown or several', () => {
  const target = aTarget({ site: 'jgi' });
  expect(runnerProblem(target)?.message).toContain('none is configured');
  expect(runnerProblem({ ...target, runner: { kind: 'contact', contact: '#x' } })?.next).toContain('#x');
  expect(runnerProblem({ ...target, runner: own })).toBeUndefined();
  expect(runnerFinding(target, { runners: [], log: ['boom'] })).toMatchObject({ level: 'fail' });
  expect(runnerFinding(target, { runners: ['pid 1'], log: [] })).toMatchObject({ level: 'ok' });
  expect(runnerFinding(target, { runners: ['pid 1', 'pid 2'], log: [] })).toMatchObject({ level: 'warn' });
});

describe('a host', () => {
  const volume = { folder: '/x', freeKiB: 9e6, totalKiB: 1e7, freeInodes: 9e5, totalInodes: 1e6 };
  const healthy: HostFacts = {
    epochSec: 1_000,
    volumes: [volume],
    holders: [],
    python: '3.11.2',
  };
  const levels = (host: Partial<HostFacts>, now = 1_000_000) =>
    hostFindings(aTarget(), { ...healthy, ...host }, now)
      .filter(({ level }) => level !== 'ok')
      .map(({ level, subject }) => `${level} ${subject}`);

  test('is healthy or says what is wrong', () => {
    expect(levels({})).toEqual([]);
    expect(levels({}, 1_060_000)).toEqual(['warn clock']);
    expect(levels({}, 2_000_000)).toEqual(['fail clock']);
    expect(levels({ pythonProblem: 'does not run' })).toEqual(['fail python']);
    expect(levels({ volumes: [{ ...volume, freeInodes: 10 }] })).toEqual(['fail disk']);
    expect(levels({ volumes: [{ ...volume, freeKiB: 2e5 }] })).toEqual(['warn disk']);
  });

  test('whose port is held by our own supervisord, nobody or a stranger', () => {
    const target = aTarget();
    const own = `python /x/supervisord -c ${target.paths.config}/supervisor.conf`;
    expect(portFinding(target, 1, undefined).level).toBe('ok');
    expect(portFinding(target, 1, { port: 1, user: 'jaws', pid: 3, command: own }).level).toBe('ok');
    expect(portFinding(target, 1, { port: 1, user: 'jaws', pid: 3, command: 'nc -l 1' }).level).toBe('fail');
    expect(portFinding(target, 1, { port: 1, user: 'eve' }).message).toContain('a process of eve');
  });
});

describe('a queue wait', () => {
  const ask = (command: string) =>
    looks['queue-wait'].ask(subject(aTarget({ values: { JAWS_QUEUE_WAIT_LARGE: command } })));

  test('never submits a job', () => {
    expect(() => ask('sbatch -n 1 job.sh')).toThrow('expected --test-only');
  });

  test('is answered as a time in the zone of the site', () => {
    const answer = ask(
      "echo --test-only 'sbatch: Job 7 to start at 2026-12-01T06:00:00 using 1 processors on nodes n1 in partition p'",
    );
    if (!isFact(answer)) throw new Error('expected a question');
    const ran = runHere(answer.script, { TZ: 'America/Los_Angeles' });
    const report = answer.parse(ran.stdout, ran.code);
    expect(report.tables?.[0]?.rows[0]).toEqual([
      'large',
      'Tue 2026-12-01 06:00 PST',
      expect.stringContaining(' d '),
    ]);
    expect(report.findings).toBeUndefined();
  });

  test('that Slurm refuses is shown with what it said', () => {
    const answer = ask('sh -c "echo sbatch: error: invalid qos >&2; exit 1" --test-only');
    if (!isFact(answer)) throw new Error('expected a question');
    const ran = runHere(answer.script);
    expect(answer.parse(ran.stdout, ran.code).findings?.[0]?.message).toContain('invalid qos');
  });

  test.each([
    [0, 'at once'],
    [25 * 60_000, '25 min'],
    [185 * 60_000, '3 h 05 min'],
    [52 * 3_600_000, '2 d 04 h'],
  ])('of %i ms reads %s', (ms, text) => {
    expect(waitText(ms)).toBe(text);
  });
});

test.each([
  [0, '0 bytes'],
  [1536, '1.5 KiB'],
  [3 * 1024 ** 4, '3.0 TiB'],
])('%i bytes read %s', (bytes, text) => {
  expect(bytesText(bytes)).toBe(text);
});
