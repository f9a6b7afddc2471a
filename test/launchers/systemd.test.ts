import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { revealed, type Script } from '../../src/core/script.ts';
import { reveal } from '../../src/core/secret.ts';
import type { Target } from '../../src/core/target.ts';
import { systemd } from '../../src/launchers/systemd.ts';
import type { SystemdFacts } from '../../src/launchers/systemd-observe.ts';
import { systemdSchema } from '../../src/launchers/systemd-options.ts';
import { answerOf, parseUnit } from '../../src/launchers/systemd-unit-state.ts';
import { renderFiles } from '../../src/plan/render.ts';
import { shellcheck } from '../fixtures/shell.ts';
import { aTarget, type TargetOverrides } from '../fixtures/target.ts';

const ofDori = (more: TargetOverrides = {}): Target =>
  aTarget({
    site: 'dori',
    launcher: { kind: 'systemd' },
    access: { expect: { account: 'svc-jaws', hostname: 'ln010*' } },
    values: { JAWS_APPTAINER_PATH: '/usr/bin/apptainer' },
    ...more,
  });
const target = ofDori();
const instances = ofDori({ installer: { kind: 'apptainer-instance' } });
const odd = ofDori({ root: '/tmp/a b%i$c"d', launcher: { kind: 'systemd', conditionHost: '' } });

const unit = (name: string, lines: readonly string[], more: Parameters<typeof parseUnit>[2] = {}) =>
  parseUnit(`${name}-dev.service`, lines, more);
const RUNNING = ['LoadState=loaded', 'ActiveState=active', 'SubState=running', 'NRestarts=0'];
const running = target.services.map(({ name }, i) =>
  unit(name, [...RUNNING, `MainPID=${i + 10}`], { ageSec: '60' }),
);
const healthy: SystemdFacts = {
  ...systemd.nothing,
  account: 'svc-jaws',
  host: 'ln010.jgi',
  linger: true,
  units: running,
  files: target.services.map(({ name }) => `${name}-dev.service`),
};
/** Everything runs but the run daemon, which is as given. */
const withRunDaemon = (lines: readonly string[], more: Parameters<typeof parseUnit>[2] = {}) => ({
  ...healthy,
  units: running.map((one) =>
    one.unit === 'run-daemon-dev.service' ? unit('run-daemon', lines, more) : one,
  ),
});
const runDaemon = (facts: SystemdFacts) => systemd.launched(target, facts).services[0];

function scriptsOf(of: Target): Readonly<Record<string, Script>> {
  return {
    observe: systemd.observe(of).script,
    settle: systemd.settle(of).script,
    stage: systemd.stage(of, systemd.nothing),
    stop: systemd.stop(of, systemd.nothing),
    'stop one': systemd.stop(of, systemd.nothing, 'run-daemon'),
    start: systemd.start(of, systemd.nothing),
    'start one': systemd.start(of, systemd.nothing, 'run-daemon'),
  };
}

describe('the scripts of systemd', () => {
  it.each([...Object.entries(scriptsOf(target)), ...Object.entries(scriptsOf(odd))])(
    '%s passes shellcheck',
    (_name, script) => {
      expect(shellcheck(script)).toBe('');
    },
  );

  it('change nothing when they only look', () => {
    for (const { script } of [systemd.observe(target), systemd.settle(target)]) {
      expect(revealed(script)).not.toMatch(/ask (start|stop|enable|disable|reenable|daemon-reload|reset)/);
    }
  });
});

describe('the units', () => {
  const textsOf = (of: Target) =>
    renderFiles(systemd.files(of)).map(({ path, content }) => ({ path, text: reveal(content) }));

  it.each([
    ['apptainer run or a venv', target],
    ['instances', instances],
    ['odd paths', odd],
  ])('of %s pass systemd-analyze verify', (_name, of) => {
    const dir = mkdtempSync(join(tmpdir(), 'jaws-units-'));
    try {
      const paths = textsOf(of).map(({ path, text }) => {
        const place = join(dir, basename(path));
        // The programs of the site are none of this machine's.
        writeFileSync(place, text.replace('/usr/bin/apptainer', '/bin/true'));
        return place;
      });
      const { status, stderr } = spawnSync('systemd-analyze', ['--user', 'verify', '--man=no', ...paths], {
        encoding: 'utf8',
        env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', XDG_RUNTIME_DIR: dir, HOME: dir },
      });
      expect(stderr).toBe('');
      expect(status).toBe(0);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });

  it('are named after service and deployment, in the folder that the account’s systemd reads', () => {
    expect(systemd.files(target).map(({ path, mode }) => [path, mode])).toEqual(
      ['run-daemon', 'transfer-daemon', 'rpc-server', 'message-consumer'].map((name) => [
        `~/.config/systemd/user/${name}-dev.service`,
        0o644,
      ]),
    );
  });

  it('start a shim on the site’s host only, again when it ends, and at boot', () => {
    const lines = textsOf(target)[2]?.text.split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'Description=rpc-server for dev',
        'ConditionHost=ln010*',
        `ConditionFileIsExecutable=${target.paths.bin}/rpc-server`,
        'Type=simple',
        `ExecStart=/bin/bash ${target.paths.bin}/rpc-server`,
        'Restart=always',
        'WantedBy=default.target',
        'Target=dori-dev',
      ]),
    );
  });

  it('of instances follow the pid file and stop the instance', () => {
    const text = textsOf(instances)[2]?.text;
    expect(text).toContain('Type=forking\n');
    expect(text).toContain(`PIDFile=${instances.paths.log}/jaws-rpc-server-dev.pid\n`);
    expect(text).toContain('ExecStop=/usr/bin/apptainer instance stop jaws-rpc-server-dev\n');
    const referring = aTarget({
      ...target,
      values: { ...target.env.values, JAWS_APPTAINER_PATH: '$TOOLS/apptainer' },
      installer: { kind: 'apptainer-instance' },
    });
    const stops = renderFiles(systemd.files(referring)).map(
      ({ content }) => /^ExecStop=.*$/m.exec(reveal(content))?.[0],
    );
    expect(stops).toContain(
      'ExecStop=/bin/bash -l -c "exec \\"$${TOOLS:?is not set at this site}\\"/apptainer instance stop jaws-rpc-server-dev"',
    );
  });

  it('write paths so that systemd reads them back', () => {
    const text = textsOf(odd)[0]?.text;
    expect(text).toContain('ExecStart=/bin/bash "/tmp/a b%%i$$c\\"d/');
    expect(text).toContain('ConditionFileIsExecutable=/tmp/a b%%i$c"d/');
    expect(text).not.toContain('ConditionHost');
  });

  it.each([
    [{ conditionHost: '|x' }, 'conditionHost'],
    [{ conditionHost: 'a b' }, 'conditionHost'],
    [{ unitFolder: 'units' }, 'unitFolder'],
    [{ unitFolder: '~/../x' }, 'unitFolder'],
    [{ settleSec: 0 }, 'settleSec'],
    [{ limit: 3 }, 'limit'],
  ])('are not made from options like %o', (options, key) => {
    const { error } = systemdSchema.safeParse({ kind: 'systemd', ...options });
    expect(JSON.stringify(error?.issues)).toContain(key);
  });
});

describe('what systemd says', () => {
  it.each([
    [0, 'LoadState=loaded', 'answered'],
    [1, 'Failed to connect to bus: No medium found', 'no-manager'],
    [1, 'Failed to connect to bus: Connection refused', 'no-manager'],
    [1, 'Failed to connect to user scope bus via local transport: No such file or directory', 'no-manager'],
    [1, 'Failed to get D-Bus connection: No such file or directory', 'no-manager'],
    [1, 'Failed to connect to bus: Permission denied', 'denied'],
    [127, 'sh: systemctl: not found', 'no-tool'],
    [1, 'Failed to parse something', 'other'],
  ] as const)('%i with "%s" means %s', (code, text, answer) => {
    expect(answerOf(code, text)).toBe(answer);
  });

  it('becomes the condition of a target', () => {
    expect(systemd.launched(target, healthy)).toMatchObject({ condition: 'running' });
    expect(systemd.launched(target, { ...healthy, answer: 'no-manager', linger: false })).toMatchObject({
      condition: 'supervisor-down',
      detail: 'no systemd of svc-jaws runs, as lingering is off',
    });
    expect(systemd.launched(target, { ...healthy, answer: 'no-manager', files: [] })).toMatchObject({
      condition: 'not-installed',
    });
    expect(systemd.launched(target, systemd.nothing)).toMatchObject({ condition: 'not-installed' });
    expect(systemd.launched(target, { ...healthy, answer: 'denied', said: 'no' })).toMatchObject({
      condition: 'unknown',
      detail: 'no',
    });
  });

  it.each([
    [['LoadState=not-found', 'ActiveState=inactive'], { condition: 'missing' }],
    [['LoadState=loaded', 'ActiveState=inactive', 'ConditionResult=no'], { condition: 'stopped' }],
    [
      ['LoadState=bad-setting', 'ActiveState=inactive', 'LoadError=org.x.BadSetting "has a bad unit file"'],
      { condition: 'fatal', detail: 'unit is bad-setting: has a bad unit file' },
    ],
    [
      [
        'LoadState=loaded',
        'ActiveState=activating',
        'SubState=auto-restart',
        'ExecMainCode=1',
        'ExecMainStatus=3',
        'NRestarts=2',
      ],
      { condition: 'starting', detail: 'starting again after exit code 3, 2 restarts' },
    ],
    [
      [
        'LoadState=loaded',
        'ActiveState=failed',
        'Result=exit-code',
        'ExecMainCode=1',
        'ExecMainStatus=1',
        'NRestarts=10',
      ],
      { condition: 'fatal', detail: 'exit code 1, 10 restarts' },
    ],
    [
      ['LoadState=loaded', 'ActiveState=failed', 'Result=protocol'],
      { condition: 'fatal', detail: 'protocol' },
    ],
    [['LoadState=loaded', 'ActiveState=deactivating'], { condition: 'stopping' }],
    [['LoadState=loaded', 'ActiveState=active', 'SubState=exited'], { condition: 'stopped' }],
  ])('of a unit, %j, becomes %j', (lines, status) => {
    expect(runDaemon(withRunDaemon(lines))).toMatchObject(status);
  });

  it('of a condition names it, as systemctl start does not', () => {
    const lines = [
      'LoadState=loaded',
      'ActiveState=inactive',
      'ConditionResult=no',
      'ConditionTimestamp=Sun 2026-11-22 14:20:41 UTC',
    ];
    const facts = withRunDaemon(lines, { unmet: 'ConditionHost=ln009*' });
    expect(runDaemon(facts)).toMatchObject({
      condition: 'stopped',
      detail: 'not started: ConditionHost=ln009* is not met (this is ln010.jgi)',
    });
  });

  it('of a service that keeps ending is no success, however it is caught', () => {
    const facts = {
      ...withRunDaemon([...RUNNING.slice(0, 3), 'MainPID=5', 'NRestarts=4'], { ageSec: '1' }),
      unsettledSec: 10,
    };
    expect(runDaemon(facts)).toMatchObject({
      condition: 'starting',
      detail: 'runs for 1 s only, 4 restarts',
    });
    expect(systemd.launched(target, facts).services[1]).toMatchObject({ condition: 'running' });
  });

  it.each([
    'PID file /x/jaws-run-daemon-dev.pid not owned by root. Refusing.',
    'run-daemon-dev.service: New main PID 77 does not belong to service, and PID file is not owned by root. Refusing.',
  ])('of a pid file that it does not trust is explained: %s', (line) => {
    const facts: SystemdFacts = {
      ...withRunDaemon(['LoadState=loaded', 'ActiveState=failed', 'Result=protocol']),
      logs: [{ service: 'run-daemon', source: 'journal', lines: [line] }],
    };
    expect(runDaemon(facts)?.detail).toBe(
      'protocol; systemd refuses the pid file; install with apptainer-run, which needs none',
    );
  });

  it('of a forking unit without a process is told without a journal, and of no other unit', () => {
    const forking = { ...target, installer: { kind: 'apptainer-instance' } };
    const lines = ['LoadState=loaded', 'ActiveState=failed', 'Result=protocol', 'MainPID=0'];
    const [status] = systemd.launched(forking, withRunDaemon(lines)).services;
    expect(status?.detail).toBe(
      'protocol; systemd finds no process of the unit by its pid file; install with apptainer-run, which needs none',
    );
    const [exited] = systemd.launched(
      forking,
      withRunDaemon(['LoadState=loaded', 'ActiveState=failed', 'Result=exit-code']),
    ).services;
    expect(exited?.detail).not.toContain('pid file');
  });
});

describe('findings', () => {
  const levels = (facts: SystemdFacts, of = target) =>
    systemd.findings(of, facts).map(({ level, subject }) => `${level} ${subject}`);

  it('let a healthy site pass', () => {
    expect(levels(healthy)).toEqual(['ok systemd', 'ok lingering', 'ok ConditionHost']);
  });

  it('refuse before anything is stopped what would keep units from starting', () => {
    expect(levels({ ...healthy, answer: 'no-manager' })).toContain('fail systemd');
    expect(levels({ ...healthy, host: 'ln011.jgi' })).toContain('fail ConditionHost');
    expect(levels({ ...healthy, host: 'ln011.jgi' }, odd)).not.toContain('fail ConditionHost');
  });

  it('warn of lingering, orphans and leftovers, each with names', () => {
    const facts = { ...healthy, linger: false, orphans: ['task-log-dev.service'], strays: ['7 python x'] };
    const said = systemd
      .findings(target, facts)
      .map(({ message }) => message)
      .join('\n');
    expect(levels(facts)).toEqual(
      expect.arrayContaining(['warn lingering', 'warn orphan units', 'warn leftover processes']),
    );
    expect(said).toContain('loginctl enable-linger svc-jaws');
    expect(said).toContain('task-log-dev.service');
    expect(said).toContain('pid 7 python x');
  });
});
