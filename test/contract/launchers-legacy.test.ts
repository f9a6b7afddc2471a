import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { legacyLayout } from '../../src/launchers/supervisord-layout.ts';
import { freePort } from '../../src/sandbox/free-port.ts';
import { launcherSuite, operator, pids } from './launcher-suite.ts';
import { isAlive, put } from './local-site.ts';
import { type SupervisorWorld, supervisorWorld } from './supervisor-world.ts';

vi.setConfig({ testTimeout: 300_000 });

launcherSuite('supervisor in the older layout', () => supervisorWorld({ legacy: {} }));

describe('the backend of the older layout', () => {
  let world: SupervisorWorld;
  let backendConf = '';
  beforeAll(async () => {
    world = await supervisorWorld({ legacy: {} });
    const layout = legacyLayout(world.target);
    if (layout === undefined) throw new Error('no older layout');
    backendConf = layout.backend.conf;
    const port = await freePort();
    put(
      backendConf,
      `[inet_http_server]
port=127.0.0.1:${port}
username=jaws
password=pw
[supervisord]
logfile=${layout.folder}/jtm-log
pidfile=${layout.folder}/jtm-pidfile
directory=${layout.folder}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=http://localhost:${port}
username=jaws
password=pw
[program:jaws-jtm]
command=/bin/sleep 100000
autostart=false
[program:jaws-cromwell]
command=/bin/sleep 100001
autostart=false
[program:monitor]
command=/bin/sleep 100002
[group:jaws-dev]
programs=jaws-jtm,jaws-cromwell
`,
    );
  });
  afterAll(() => world.site.remove());

  it('is in status, start and stop, its supervisord is brought up, and other groups of it are left alone', async () => {
    const op = operator(world);
    expect(await op.findings()).toContainEqual(
      expect.objectContaining({ subject: 'backend', level: 'warn' }),
    );
    await op.stage();
    world.install();
    expect(await op.start()).toContain('supervisord of the backend was down and has been started');
    const running = await op.settled();
    expect(running.condition).toBe('running');
    expect(running.services.map(({ service, condition }) => [service, condition])).toEqual([
      ...world.target.services.map(({ name }) => [name, 'running']),
      ['jaws-cromwell', 'running'],
      ['jaws-jtm', 'running'],
    ]);
    expect(await op.findings()).toContainEqual(expect.objectContaining({ subject: 'backend', level: 'ok' }));
    await op.stop('run-daemon');
    expect(pids(await op.launched())['jaws-jtm'], 'one service is stopped alone').toBe(
      pids(running)['jaws-jtm'],
    );
    await op.start('run-daemon');

    await op.stop();
    const stopped = await op.launched();
    expect(stopped.services.every(({ condition }) => condition === 'stopped')).toBe(true);
    const jtm = pids(running)['jaws-jtm'];
    expect(jtm !== undefined && isAlive(jtm)).toBe(false);
    await op.start();
    expect((await op.settled()).condition).toBe('running');
  });

  it('makes the target degraded when it is not whole', async () => {
    const op = operator(world);
    const facts = await op.observe();
    const backend = facts.backend;
    if (backend === undefined) throw new Error('no backend was observed');
    const lines = backend.processes.map((line) => ({ ...line, state: 'FATAL' as const }));
    const degraded = world.launcher.launched(world.target, {
      ...facts,
      backend: { ...backend, processes: lines },
    });
    expect(degraded).toMatchObject({
      condition: 'degraded',
      detail: 'the backend is not running as a whole',
    });
  });
});
