import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { revealed } from '../../src/core/script.ts';
import { installerOf } from '../../src/installers/index.ts';
import { launcherOf } from '../../src/launchers/index.ts';
import { combineFacts } from '../../src/plan/observation.ts';
import { createConnector } from '../../src/remote/pool.ts';
import { observeTarget } from '../../src/run/status.ts';
import { collectOk } from '../../src/sandbox/process.ts';
import type { Subject } from '../measure.ts';
import { isInstalled, login, sshOptions } from './deploy-peers.ts';
import { type LightSite, lightSites, put } from './sites.ts';

/** What the services of all targets get to come up, on a machine that is busy with starting them. */
const UP_MS = 60_000;

/** The status of all services of all 21 targets: seven sites with three deployments each. */
export async function asking(): Promise<Subject> {
  const sites = await lightSites(['dev', 'staging', 'prod']);
  const dir = mkdtempSync(join(tmpdir(), 'jaws-bench-'));
  const connector = createConnector();
  const byHand = new Map(sites.all.map((site) => [site, questions(site, byToolScript)]));
  const sameLook = new Map(sites.all.map((site) => [site, questions(site, lookScript)]));
  const master = (site: LightSite) => ['-o', `ControlPath=${join(dir, site.name)}`];
  const masters = sites.all.map((site) =>
    spawn('ssh', [...options(site), ...master(site), '-M', '-N', address(site)], { stdio: 'ignore' }),
  );
  await Promise.all(sites.all.map((site) => warm(site, master(site))));
  const look = () => Promise.all(sites.targets.map((target) => observeTarget(target, connector, Date.now)));
  // supervisord says STARTING for the first seconds of a service.
  const end = Date.now() + UP_MS;
  while ((await look()).some(({ condition }) => condition !== 'running')) {
    if (Date.now() > end) throw new Error(`services are not up within ${UP_MS} ms`);
  }

  /** One ssh per site, all at once; every service of every deployment must be seen running. */
  const overSsh = async (
    scripts: ReadonlyMap<LightSite, string>,
    extra: (site: LightSite) => readonly string[],
  ) => {
    const said = await Promise.all(
      [...scripts].map(([site, input]) =>
        collectOk(['ssh', ...options(site), ...extra(site), address(site), 'sh -s'], { input }),
      ),
    );
    expectAll(said.join('\n'), sites.targets.length);
  };

  const hosts = join(dir, 'hosts');
  put(hosts, sites.all.map((site) => `${address(site)}:${site.sshd.port}\n`).join(''), 0o600);
  // parallel-ssh gives every host the same command: each finds its own part by its port.
  const cases = sites.all.map((site) => `*" ${site.sshd.port}") ${oneLine(byHand.get(site) ?? '')} ;;`);
  const command = `case "$SSH_CONNECTION" in ${cases.join(' ')} esac`;
  const peer = isInstalled('parallel-ssh');
  return {
    name: 'status',
    about:
      'Supervisor state and version of the four services of 21 targets, at seven sites with three deployments each. Ours: one look per target over warm connections, as `/jaws status` takes it. Floor: one `ssh` per site over a warm ControlMaster, which runs `supervisorctl status` and `readlink` for each deployment side by side; floor-cold: the same with a login each; floor-same-look: our own look scripts, sent by hand over the warm masters, which leaves of the difference only the transport. Peer: parallel-ssh with the same commands as the floor.',
    runs: 3,
    goals: [
      { of: 'ours', to: 'floor', atMost: 1.1 },
      { of: 'parallel-ssh', to: 'ours', atLeast: 3 },
    ],
    ways: [
      {
        name: 'ours',
        run: async () => {
          const odd = (await look()).find(
            ({ condition, version }) => condition !== 'running' || version === undefined,
          );
          if (odd !== undefined) throw new Error(JSON.stringify(odd));
        },
      },
      { name: 'floor', run: () => overSsh(byHand, master) },
      { name: 'floor-same-look', run: () => overSsh(sameLook, master) },
      { name: 'floor-cold', most: 2, run: () => overSsh(byHand, () => []) },
      ...(peer
        ? [
            {
              name: 'parallel-ssh',
              most: 3,
              run: async () => {
                const [first] = sites.all;
                if (first === undefined) return;
                const said = await collectOk([
                  'parallel-ssh',
                  ...['-h', hosts, '-p', '21', '-i', '-t', '60'],
                  ...['-x', '-F none', '-O', 'BatchMode=yes', '-O', 'IdentitiesOnly=yes'],
                  ...['-O', `IdentityFile=${first.sshd.identityFile}`],
                  ...['-O', `UserKnownHostsFile=${first.sshd.knownHostsFile}`],
                  command,
                ]);
                expectAll(said, sites.targets.length);
              },
            },
          ]
        : []),
    ],
    absent: peer ? [] : ['parallel-ssh'],
    async close() {
      await connector.close();
      for (const child of masters) child.kill('SIGTERM');
      rmSync(dir, { recursive: true, force: true });
      await sites.close();
    },
  };
}

function options({ sshd, targets }: LightSite): readonly string[] {
  const [target] = targets;
  if (target === undefined) throw new RangeError('no target');
  return sshOptions({ target, port: sshd.port });
}

function address({ targets, sshd }: LightSite): string {
  const [target] = targets;
  return target === undefined ? sshd.host : login({ target, port: sshd.port });
}

/** One script per site that asks for each of its deployments, side by side. */
function questions({ targets }: LightSite, one: (target: LightSite['targets'][number]) => string): string {
  return `${targets.map((target) => `{ ${one(target)}\n} &`).join('\n')}\nwait\n`;
}

function byToolScript({ paths }: LightSite['targets'][number]): string {
  return `${paths.bin}/supervisorctl status; readlink ${paths.venv};`;
}

function lookScript(target: LightSite['targets'][number]): string {
  const look = combineFacts({
    launched: launcherOf(target).observe(target),
    installed: installerOf(target).live(target),
  });
  return revealed(look.script);
}

function oneLine(script: string): string {
  return script.trim().replaceAll('&\n', '& ').replaceAll('\n', ' ');
}

function expectAll(said: string, targets: number): void {
  const running = said.split('RUNNING').length - 1;
  if (running !== targets * 4)
    throw new Error(`${running} services run, expected ${targets * 4}: ${said.slice(-2000)}`);
}

/** Waits until a master takes clients. */
async function warm(site: LightSite, master: readonly string[]): Promise<void> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const { code } = await new Promise<{ code: number | null }>((resolve) =>
      spawn('ssh', [...options(site), ...master, '-O', 'check', address(site)], { stdio: 'ignore' }).once(
        'close',
        (code) => resolve({ code }),
      ),
    );
    if (code === 0) return;
    if (Date.now() > deadline) throw new Error(`no master for ${site.name}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
