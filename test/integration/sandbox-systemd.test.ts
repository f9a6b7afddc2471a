import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SiteBoot } from '../../src/sandbox/boot.ts';
import { bootSite } from '../../src/sandbox/namespaces.ts';
import type { World } from '../../src/sandbox/world.ts';
import { aSandbox } from '../fixtures/sandbox.ts';
import { until } from '../fixtures/until.ts';

/** Where the machine's control groups are: alone, or beside those of the first version. */
const TOP = ['/sys/fs/cgroup/unified', '/sys/fs/cgroup'].find((path) => existsSync(`${path}/cgroup.procs`));

let world: World & { remove(): Promise<void> };
beforeAll(async () => {
  world = await aSandbox(['dori']);
});
afterAll(() => world.remove());

const site = () => world.site('dori');
const systemctl = async (...words: string[]) => {
  const { name, uid } = site().spec.service;
  const argv = ['env', `XDG_RUNTIME_DIR=/run/user/${uid}`, 'systemctl', '--user', ...words];
  return (await site().exec(argv, { user: name })).stdout.trim();
};
/** The site's own control group on this machine. */
const groupOfSite = () => {
  const line = /^0::(.*)$/m.exec(readFileSync(`/proc/${site().pid}/cgroup`, 'utf8'))?.[1];
  return `${TOP}${line}`;
};

test('a site under systemd has a systemd of its account, with a journal of its own', async () => {
  await until('it is up', async () => (await systemctl('is-system-running')) === 'running');
  const { uid, name } = site().spec.service;
  const env = `XDG_RUNTIME_DIR=/run/user/${uid}`;
  const at = (...argv: string[]) => site().exec(['env', env, ...argv], { user: name });
  // It lives until its words are found: a journal that is late cannot tell any more which unit a process belonged to.
  const words = ['sh', '-c', 'echo good day; exec sleep 1000'];
  expect((await at('systemd-run', '--user', '--quiet', '--unit=hello', ...words)).stderr).toBe('');
  const journal = ['journalctl', '--user', '--unit=hello', '--output=cat'];
  await until('its journal has what it said', async () =>
    (await site().exec(journal, { user: name })).stdout.includes('good day'),
  );
  expect(await at('systemctl', '--user', 'stop', 'hello')).toMatchObject({ code: 0, stderr: '' });
});

test('its control group lives and ends with the site', async () => {
  const group = groupOfSite();
  expect(group).toContain('/jaws-ops-sandbox/');
  expect(existsSync(`${group}/user.slice`)).toBe(true);
  await site().stop();
  expect(existsSync(group)).toBe(false);
  await site().start();
  expect(existsSync(groupOfSite())).toBe(true);
  await until('it is up again', async () => (await systemctl('is-system-running')) === 'running');
});

test('a site that does not boot says which part it was, how that ended and what it said', async () => {
  const { cgroup: _, ...boot }: SiteBoot = JSON.parse(
    readFileSync(join(world.dir, 'sites', 'dori', 'boot.json'), 'utf8'),
  );
  const dir = join(world.dir, 'broken');
  const root = join(dir, 'root');
  mkdirSync(root, { recursive: true });
  const argv = ['/bin/sh', '-c', 'echo no room left; exit 3'];
  const parts = [{ name: 'broken', argv, listens: ['/run/nowhere'] }];
  await expect(bootSite(dir, { ...boot, root, parts })).rejects.toThrow(
    /broken does not listen on \/run\/nowhere: .*; exit code 3\nno room left\n[\s\S]*init\.py/,
  );
});

test('a boot that fails for no lasting reason is tried once more, and the reason is told', async () => {
  await site().stop();
  const key = join(world.dir, 'sites', 'dori', 'ssh', 'host_ed25519');
  renameSync(key, `${key}.away`);
  const told = new Promise<string>((resolve) => {
    // Other tests share this process, and whatever it may be warned of.
    const listen = ({ message }: Error) => {
      if (!message.startsWith('dori: booted once more: ')) return;
      process.off('warning', listen);
      renameSync(`${key}.away`, key);
      resolve(message);
    };
    process.on('warning', listen);
  });
  await site().start();
  expect(await told).toMatch(/^dori: booted once more: .*does not boot: site: mount .*host_ed25519/);
  expect(site().running).toBe(true);
});
