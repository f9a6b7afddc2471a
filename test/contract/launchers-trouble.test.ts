import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sh } from '../../src/core/script.ts';
import { supervisor } from '../../src/launchers/supervisor.ts';
import { type ProcessLine, parseStatus } from '../../src/launchers/supervisord-status.ts';
import { signal } from '../../src/sandbox/process.ts';
import { aSecret, SETTLES_SOON } from '../fixtures/target.ts';
import { until } from '../fixtures/until.ts';
import { operator, pids } from './launcher-suite.ts';
import { isAlive, processesOf } from './local-site.ts';
import { type SupervisorWorld, supervisorWorld } from './supervisor-world.ts';

const isRunning = ({ state }: ProcessLine) => state === 'RUNNING';

describe('supervisor in trouble', () => {
  let world: SupervisorWorld;
  beforeAll(async () => {
    world = await supervisorWorld();
    await operator(world).stage();
  });
  afterAll(() => world.site.remove());

  /** Each test begins with everything running as configured. */
  beforeEach(async () => {
    const { target, site, install } = world;
    for (const service of target.services)
      rmSync(`${target.paths.config}/fail-${service.name}`, { force: true });
    if (processesOf(site.root).length > 0) {
      install();
      const { orphans } = await operator(world).observe();
      if (orphans.length === 0 && (await allRun())) return;
    }
    for (const pid of processesOf(site.root)) signal(pid, 'SIGKILL');
    await until('the site is quiet', () => processesOf(site.root).length === 0);
    install();
    await operator(world).start();
    await until('all run', allRun);
  });

  /** Our services and the program of the other team. */
  async function allRun(): Promise<boolean> {
    const { processes } = await operator(world).observe();
    return processes.length === world.target.services.length + 1 && processes.every(isRunning);
  }

  it('says which service is FATAL and shows the end of its logs', async () => {
    const { target } = world;
    const op = operator(world);
    writeFileSync(`${target.paths.config}/fail-run-daemon`, '');
    await op.stop();
    expect(await op.start()).toContain('not every service started');
    const launched = await op.settled();
    expect(launched.condition).toBe('fatal');
    expect(launched.services.map((service) => service.condition)).toEqual([
      'fatal',
      'running',
      'running',
      'running',
    ]);
    expect(launched.services[0]?.detail).toContain('Exited too quickly');
    expect(launched.logs).toContainEqual({
      service: 'run-daemon',
      source: 'site-run-daemon.log',
      lines: expect.arrayContaining(['run-daemon is up']),
    });
    expect(launched.logs).toContainEqual({
      service: 'run-daemon',
      source: 'stderr',
      lines: expect.arrayContaining(['told to fail']),
    });
  });

  it('waits for a service that was killed to run again past its settle time', async () => {
    const op = operator(world);
    const before = pids(await op.launched());
    const victim = before['rpc-server'] ?? 0;
    signal(victim, 'SIGKILL');
    // A dead process is RUNNING for supervisord until it has looked.
    await until('supervisord has seen it', async () => pids(await op.launched())['rpc-server'] !== victim);
    const after = await op.settled();
    expect(after.condition).toBe('running');
    expect(pids(after)).toEqual({ ...before, 'rpc-server': expect.any(Number) });
    expect(pids(after)['rpc-server']).not.toBe(victim);
    expect(after.services[2]?.uptimeSec).toBeGreaterThanOrEqual(SETTLES_SOON.settleSec);
  });

  it('restarts our group and no other when its configuration has changed', async () => {
    const op = operator(world);
    const before = pids(await op.launched());
    const stranger = await world.stranger();
    world.edit('supervisor.site.conf', 'startsecs=1', 'startsecs=2');
    world.edit('supervisor.cromwell.conf', 'sleep 100000', 'sleep 200000');
    expect(await op.start()).toContain('jaws-site: updated process group');
    const after = pids(await op.launched());
    for (const service of Object.keys(before)) expect(after[service]).not.toBe(before[service]);
    expect(await world.stranger()).toBe(stranger);
  });

  it('removes a member that JAWS no longer has', async () => {
    const { target } = world;
    const op = operator(world);
    world.edit('supervisor.site.conf', 'programs=runs,', 'programs=task-log,runs,');
    world.edit(
      'supervisor.site.conf',
      '[group:',
      `[program:task-log]\ncommand=${target.paths.bin}/run-daemon\n[group:`,
    );
    await op.start();
    expect(await op.findings()).toContainEqual(
      expect.objectContaining({ level: 'warn', message: expect.stringContaining('jaws-site:task-log') }),
    );
    world.install();
    await op.start();
    expect((await op.observe()).processes.map((line) => line.unit)).not.toContain('jaws-site:task-log');
  });

  it('names who holds the port, before and at the start', async () => {
    const op = operator(world);
    await world.crash();
    const server = createServer((_request, response) => response.writeHead(501).end());
    await new Promise<void>((resolve) =>
      server.listen(Number(world.target.env.values['JAWS_SUPERVISOR_PORT']), '127.0.0.1', resolve),
    );
    try {
      expect(await op.findings()).toContainEqual(
        expect.objectContaining({
          level: 'fail',
          message: expect.stringContaining(`is held by pid ${process.pid} `),
        }),
      );
      const { code } = await world.site.run(supervisor.start(world.target, await op.observe()));
      expect(code).toBe(1);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('fails, and stops nothing, when the running supervisord has another password', async () => {
    const op = operator(world);
    const before = pids(await op.launched());
    world.edit('supervisor.conf', 'sesame-jaws_supervisord_pw', 'another');
    expect(await op.launched()).toMatchObject({
      condition: 'unknown',
      detail: expect.stringContaining('password'),
    });
    expect(await op.findings()).toContainEqual(
      expect.objectContaining({ level: 'fail', message: expect.stringContaining('refuses the password') }),
    );
    for (const act of [supervisor.stop, supervisor.start]) {
      const { code, output } = await world.site.run(act(world.target, await op.observe()));
      expect(code).toBe(1);
      expect(output).toContain('has another password');
    }
    world.install();
    expect(pids(await op.launched())).toEqual(before);
  });

  it('finds out before anything is stopped that the configured password is a new one', async () => {
    const { target, site } = world;
    const changed = {
      ...target,
      env: {
        ...target.env,
        secrets: { ...target.env.secrets, JAWS_SUPERVISORD_PW: aSecret('JAWS_SUPERVISORD_PW', 'n%w') },
      },
    };
    const facts = await site.look(supervisor.observe(changed));
    expect(supervisor.findings(changed, facts)).toContainEqual(
      expect.objectContaining({ level: 'fail', subject: 'supervisor password' }),
    );
    expect(supervisor.findings(target, await site.look(supervisor.observe(target)))).not.toContainEqual(
      expect.objectContaining({ level: 'fail' }),
    );
  });

  it('tells an address that does not resolve from a supervisord that is down', async () => {
    const op = operator(world);
    world.edit('supervisor.conf', 'serverurl=http://localhost', 'serverurl=http://nowhere.invalid');
    expect(await op.launched()).toMatchObject({
      condition: 'unknown',
      detail: expect.stringContaining('resolve'),
    });
    expect((await world.site.run(supervisor.stop(world.target, await op.observe()))).output).toContain(
      'does not resolve',
    );
  });

  it('never starts a second supervisord beside one that lives at another address', async () => {
    const op = operator(world);
    const before = await op.observe();
    world.edit('supervisor.conf', String(world.target.env.values['JAWS_SUPERVISOR_PORT']), '1');
    expect(await op.launched()).toMatchObject({ condition: 'unknown' });
    for (const act of [supervisor.stop, supervisor.start]) {
      const { code, output } = await world.site.run(act(world.target, before));
      expect(code).toBe(1);
      expect(output).toContain(`supervisord (pid ${before.pid}) runs, but refuses connections`);
    }
  });

  it('says that a configuration cannot be used, and replaces it', async () => {
    const op = operator(world);
    await world.crash();
    world.edit('supervisor.conf', 'sesame-jaws_supervisord_pw', '100%d');
    expect(await op.launched()).toMatchObject({
      condition: 'unknown',
      detail: expect.stringContaining('cannot be used'),
    });
    expect((await op.findings()).filter((finding) => finding.level === 'fail')).toEqual([]);
    world.install();
    await op.start();
  });

  it('reports services that outlived their supervisord, and leaves them alone', async () => {
    const op = operator(world);
    const orphans = Object.values(pids(await op.launched()));
    await world.murder();
    const facts = await op.observe();
    expect(facts.orphans.map((process) => process.pid).sort()).toEqual([...orphans].sort());
    expect(await op.findings()).toContainEqual(
      expect.objectContaining({ level: 'warn', subject: 'leftover processes' }),
    );
    expect(await op.stop()).toContain(`left alone: pid ${orphans[0]} `);
    expect(await op.start()).toContain(`left alone: pid ${orphans[0]} `);
    for (const pid of orphans) expect(pid !== undefined && isAlive(pid)).toBe(true);
  });

  it('refuses to start what is not executable, and names it', async () => {
    const { target, site } = world;
    rmSync(`${target.paths.bin}/rpc-server`);
    const op = operator(world);
    expect((await op.observe()).badCommands).toEqual([`${target.paths.bin}/rpc-server`]);
    const { code, output } = await site.run(supervisor.start(target, await op.observe()));
    expect(code).toBe(1);
    expect(output).toContain(`${target.paths.bin}/rpc-server is missing or not executable`);
  });

  it('tells of services what supervisorctl tells, stops and starts them, and does not need it for that', async () => {
    const { target, site } = world;
    const op = operator(world);
    await op.start();
    const { output } = await site.run(sh`${target.paths.bin}/supervisorctl status`);
    const told = parseStatus(output.split('\n')).map(({ unit, state, pid }) => ({ unit, state, pid }));
    writeFileSync(`${target.paths.bin}/supervisorctl`, '#!/bin/sh\necho must not run; exit 97\n');
    const { answer, processes } = await op.observe();
    expect(answer).toBe('answered');
    expect(processes.map(({ unit, state, pid }) => ({ unit, state, pid }))).toEqual(told);
    expect(told.length).toBeGreaterThan(4);
    expect(await op.stop()).toMatch(/^jaws-site:runs: stopped$/m);
    expect((await op.launched()).condition).toBe('stopped');
    expect(await op.start()).toMatch(/^jaws-site:runs: started$/m);
    world.install();
  });

  it('shows the password in no process', async () => {
    const { target, site } = world;
    const running = site.look(supervisor.settle(target));
    const { stdout } = await promisify(execFile)('ps', ['-e', '-o', 'args=']);
    expect(stdout).not.toContain('sesame-jaws_supervisord_pw');
    await running;
  });

  it('leaves its venv as it is when a new one cannot be built, and rebuilds it when it is broken', async () => {
    const { site, target } = world;
    const op = operator(world);
    const other = { ...target, launcher: { ...target.launcher, package: 'no-such-package==1' } };
    const { code, output } = await site.run(supervisor.stage(other, await op.observe()));
    expect(code).toBe(1);
    expect(output).toContain('error: pip cannot install no-such-package==1');
    expect(await op.observe()).toMatchObject({ venv: 'ok', supervisorVersion: '4.2.5' });
    expect((await site.look(supervisor.observe(other))).venv).toBe('other');

    rmSync(`${target.paths.supervisor}/venv/bin/python`);
    expect((await op.observe()).venv).toBe('missing');
    expect(await op.stage()).toContain('supervisor 4.2.5 is installed');
    expect((await op.observe()).venv).toBe('ok');
  });

  it('does not build its venv when the load command of python fails', async () => {
    const { site, target } = world;
    const loading = {
      ...target,
      paths: { ...target.paths, supervisor: `${target.paths.supervisor}-2` },
      env: {
        ...target.env,
        values: { ...target.env.values, JAWS_LOAD_PYTHON: 'echo no such module; false' },
      },
    };
    const facts = await site.look(supervisor.observe(loading));
    expect(supervisor.findings(loading, facts)).toContainEqual(
      expect.objectContaining({ level: 'fail', message: expect.stringContaining('no such module') }),
    );
    expect((await site.run(supervisor.stage(loading, facts))).output).toContain(
      'the load command of python failed',
    );
  });
});
