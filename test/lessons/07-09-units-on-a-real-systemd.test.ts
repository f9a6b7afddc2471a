import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemd } from '../../src/launchers/systemd.ts';
import { commandOf } from '../../src/launchers/systemd-units.ts';
import { renderFiles } from '../../src/plan/render.ts';
import { operator } from '../contract/launcher-suite.ts';
import { type SystemdWorld, systemdWorld } from '../contract/systemd-world.ts';
import { until } from '../fixtures/until.ts';

// What systemd itself makes of a file that cannot be executed, and of a pid file that names a process of somebody else.

let world: SystemdWorld;
beforeAll(async () => {
  world = await systemdWorld();
});
afterAll(() => world?.site.remove());

beforeEach(async () => {
  await operator(world).stop();
  world.install();
  await world.at('systemctl', '--user', 'daemon-reload');
});

/** Condition and detail of rpc-server in a look, which reads no journal. */
async function seen(target = world.target) {
  const facts = await world.site.look(systemd.observe(target));
  const { condition, services } = systemd.launched(target, facts);
  return { condition, ...services.find(({ service }) => service === 'rpc-server') };
}

describe('a shim that is not executable', () => {
  test('is skipped by systemd with success, and seen as not started', async () => {
    const { target, at } = world;
    const shim = target.services
      .map((service) => commandOf(target, service))
      .find((p) => p.endsWith('/rpc-server'));
    await at('chmod', '600', shim ?? '');
    // As a start does: systemd forgets a unit that nothing wants as soon as it is not active.
    await at('systemctl', '--user', 'enable', 'rpc-server-dev');
    expect(await at('systemctl', '--user', 'start', 'rpc-server-dev')).toEqual({ code: 0, output: '' });
    const status = await seen();
    expect(status.condition).toBe('stopped');
    expect(status.detail).toMatch(/^not started: ConditionFileIsExecutable=.*\/rpc-server is not met$/);
  });

  test('keeps a start from touching anything', async () => {
    const { target, at, site } = world;
    const shim = `${target.paths.bin}/rpc-server`;
    await at('chmod', '600', shim);
    const facts = await site.look(systemd.observe(target));
    const started = await site.run(systemd.start(target, facts));
    expect(started.code).not.toBe(0);
    expect(started.output).toContain('rpc-server is missing or not executable');
    expect((await operator(world).launched()).services.map(({ condition }) => condition)).not.toContain(
      'running',
    );
  });
});

describe('a pid file that systemd does not own', () => {
  test('is recognised by what systemd makes of the unit, without its words', async () => {
    const { target, at, site } = world;
    const forking = { ...target, installer: { ...target.installer, kind: 'apptainer-instance' } };
    site.write(renderFiles(systemd.files(forking)));
    const pidFile = `${target.paths.log}/jaws-rpc-server-dev.pid`;
    // As an instance that has left its unit: the process lives, but not where systemd keeps those of the unit.
    const stranger = (
      await at('bash', '-c', `mkdir -p ${target.paths.log}; setsid sleep 1000 >/dev/null 2>&1 & echo $!`)
    ).output.trim();
    site.write([
      {
        path: `${target.paths.bin}/rpc-server`,
        mode: 0o700,
        content: `#!/bin/bash\necho ${stranger} | tee ${pidFile}.copy >${pidFile}\n`,
      },
    ]);
    await at('systemctl', '--user', 'daemon-reload');
    await at('systemctl', '--user', 'start', '--no-block', 'rpc-server-dev');
    await until('systemd has given up', async () => /pid file/.test((await seen(forking)).detail ?? ''));
    const status = await seen(forking);
    expect(status.condition).not.toBe('running');
    expect(status.detail).toMatch(/by its pid file; install with apptainer-run, which needs none$/);

    // systemd removes the pid file of what it gives up; the copy shows what was in it.
    expect((await at('cat', `${pidFile}.copy`)).output.trim()).toBe(stranger);
    await at('systemctl', '--user', 'stop', 'rpc-server-dev');
    expect((await at('kill', stranger)).code, 'the process itself was left alone').toBe(0);
  });
});
