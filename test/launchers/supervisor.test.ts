import { describe, expect, it } from 'vitest';
import { OpsError } from '../../src/core/errors.ts';
import { masked, revealed, type Script } from '../../src/core/script.ts';
import { launcherOf, launchers } from '../../src/launchers/index.ts';
import type { Launcher } from '../../src/launchers/launcher.ts';
import { supervisor } from '../../src/launchers/supervisor.ts';
import type { SupervisordFacts } from '../../src/launchers/supervisord-observe.ts';
import { parseStatus } from '../../src/launchers/supervisord-status.ts';
import { shellcheck } from '../fixtures/shell.ts';
import { aTarget } from '../fixtures/target.ts';

const target = aTarget();
const healthy: SupervisordFacts = {
  ...supervisor.nothing,
  venv: 'ok',
  supervisorVersion: '4.2.5',
  wrapper: 'ok',
  conf: true,
  siteConf: true,
  answer: 'answered',
  pid: 99,
  processes: parseStatus(
    target.services.map((service, i) => `jaws-site:${service.program} RUNNING pid ${i + 1}, uptime 0:00:15`),
  ),
};
const down: SupervisordFacts = { ...healthy, answer: 'refused', processes: [] };
const { pid: _pid, ...dead } = down;

function scriptsOf(launcher: Launcher<SupervisordFacts>, of = target): Readonly<Record<string, Script>> {
  return {
    observe: launcher.observe(of).script,
    settle: launcher.settle(of).script,
    stage: launcher.stage(of, launcher.nothing),
    stop: launcher.stop(of, launcher.nothing),
    'stop one': launcher.stop(of, launcher.nothing, 'run-daemon'),
    start: launcher.start(of, launcher.nothing),
    'start one': launcher.start(of, launcher.nothing, 'run-daemon'),
  };
}

describe('the scripts of supervisor', () => {
  const odd = aTarget({ root: '/tmp/a b$c', values: { JAWS_LOAD_PYTHON: 'module load python/3.11' } });
  it.each([...Object.entries(scriptsOf(supervisor)), ...Object.entries(scriptsOf(supervisor, odd))])(
    '%s passes shellcheck',
    (_name, script) => {
      expect(shellcheck(script)).toBe('');
    },
  );

  it('name our group and nothing that would touch another', () => {
    for (const script of Object.values(scriptsOf(supervisor))) {
      expect(revealed(script)).not.toMatch(
        /\b(shutdown|pkill|killall|reload|restart all|stop all|start all)\b/,
      );
      expect(revealed(script)).not.toMatch(/ask (update|start|stop)\s*$/m);
    }
  });

  it('show no secret', () => {
    for (const script of Object.values(scriptsOf(supervisor))) expect(masked(script)).not.toContain('sesame');
  });

  it('refuse a service that is not in the catalogue', () => {
    expect(() => supervisor.stop(target, healthy, 'task-log')).toThrow(RangeError);
  });
});

describe('the files of supervisor', () => {
  it('are closed to others, and name the venv beside the pid file', () => {
    const files = supervisor.files(target);
    expect(files.map(({ path, mode }) => [path.replace(`${target.paths.install}/`, ''), mode])).toEqual([
      ['config/supervisor.conf', 0o600],
      ['config/supervisor.site.conf', 0o600],
      ['bin/supervisord', 0o700],
      ['bin/supervisorctl', 0o700],
    ]);
    expect(files[2]?.data['venv']).toBe(`${target.paths.supervisor}/venv`);
  });
});

describe('what the facts say', () => {
  const condition = (facts: SupervisordFacts) => supervisor.launched(target, facts).condition;
  it.each<[string, SupervisordFacts, string]>([
    ['all run', healthy, 'running'],
    ['supervisord is down', dead, 'supervisor-down'],
    ['it lives and refuses', down, 'unknown'],
    ['nothing is there', supervisor.nothing, 'not-installed'],
    ['the venv is gone', { ...dead, venv: 'broken', answer: 'no-tool' }, 'not-installed'],
    ['wrong password', { ...healthy, answer: 'denied', processes: [] }, 'unknown'],
    ['it does not know our group yet', { ...healthy, processes: [] }, 'stopped'],
    ['it serves others only', { ...healthy, siteConf: false, processes: [] }, 'not-installed'],
  ])('%s', (_name, facts, expected) => {
    expect(condition(facts)).toBe(expected);
  });

  it('names what is missing', () => {
    expect(supervisor.launched(target, { ...supervisor.nothing, venv: 'broken', conf: true }).detail).toBe(
      "supervisord's venv is broken, bin/supervisorctl is missing",
    );
  });
});

describe('findings', () => {
  const fails = (facts: SupervisordFacts) =>
    supervisor
      .findings(target, facts)
      .flatMap((finding) => (finding.level === 'fail' ? [finding.message] : []));
  it.each<[string, SupervisordFacts, string | undefined]>([
    ['healthy', healthy, undefined],
    ['down', dead, undefined],
    ['nothing there', supervisor.nothing, undefined],
    [
      'port held',
      { ...dead, portHolder: 'pid 7 of ann: nc -l' },
      'port 64101 is held by pid 7 of ann: nc -l',
    ],
    ['lives and refuses', down, 'lives, pid 99, but cannot be asked (it refuses connections)'],
    ['denied', { ...healthy, answer: 'denied' }, 'the one that runs, pid 99 refuses the password'],
    ['other password', { ...healthy, samePassword: false }, 'the configured one is not the one'],
    [
      'no python',
      { ...supervisor.nothing, pythonProblem: 'python does not run' },
      'must be built, but python does not run',
    ],
  ])('%s', (_name, facts, message) => {
    const found = fails(facts);
    if (message === undefined) expect(found).toEqual([]);
    else expect(found).toEqual([expect.stringContaining(message)]);
  });

  it('every failure says what to do next', () => {
    for (const answer of [
      'denied',
      'unresolved',
      'refused',
      'bad-config',
      'no-tool',
      'other',
      'unasked',
    ] as const) {
      for (const finding of supervisor.findings(target, { ...down, answer, samePassword: false })) {
        if (finding.level === 'fail') expect(finding.next).toBeTruthy();
      }
    }
  });
});

describe('the registry', () => {
  it('finds the tool of a target, and names what there is for one it lacks', () => {
    expect(launcherOf(target)).toBe(launchers['supervisor']);
    const other = { ...target, launcher: { kind: 'cron' } };
    expect(() => launcherOf(other)).toThrow(OpsError);
  });

  it('refuses options it does not know', () => {
    const wrong = { ...target, launcher: { kind: 'supervisor' as const, packages: 'supervisor' } };
    expect(() => supervisor.observe(wrong)).toThrow(/packages/);
    expect(supervisor.schema.parse({ kind: 'supervisor' })).toMatchObject({
      package: 'supervisor==4.2.5',
      settleSec: 10,
    });
  });
});
