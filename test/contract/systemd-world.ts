import { chmodSync, chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { revealed, type Script } from '../../src/core/script.ts';
import { reveal } from '../../src/core/secret.ts';
import { systemd } from '../../src/launchers/systemd.ts';
import type { SystemdFacts } from '../../src/launchers/systemd-observe.ts';
import { commandOf } from '../../src/launchers/systemd-units.ts';
import { renderFiles } from '../../src/plan/render.ts';
import { aSandbox } from '../fixtures/sandbox.ts';
import { aTarget } from '../fixtures/target.ts';
import type { LauncherWorld } from './launcher-suite.ts';
import type { LocalSite, Ran } from './local-site.ts';

/** Stands for the shim of a service: runs until it is told to stop. */
const SERVICE = `#!/bin/bash
trap 'exit 0' TERM
echo "$0 is up"
while :; do sleep 1; done
`;

const STRANGER = '[Service]\nExecStart=/bin/sleep 100000\n';

export interface SystemdWorld extends LauncherWorld<SystemdFacts> {
  /** Runs a command at the site as the service account, with its systemd at hand. */
  at(...argv: string[]): Promise<Ran>;
}

/** The systemd of an account at a site of the sandbox, with a unit of another team. */
export async function systemdWorld(): Promise<SystemdWorld> {
  const sandbox = await aSandbox(['dori']);
  const handle = sandbox.site('dori');
  const { name: user, home, uid, gid } = handle.spec.service;
  const target = aTarget({
    root: home,
    site: 'dori',
    launcher: { kind: 'systemd', conditionHost: 'ln010*', settleSec: 4, limitSec: 60 },
  });
  const run = async (script: Script): Promise<Ran> => {
    const { code, stdout, stderr } = await handle.exec(['sh', '-s'], {
      user,
      input: `${revealed(script)}\n`,
    });
    return { code: code ?? -1, output: stdout + stderr };
  };
  const at = async (...argv: string[]): Promise<Ran> => {
    const { code, stdout, stderr } = await handle.exec(['env', `XDG_RUNTIME_DIR=/run/user/${uid}`, ...argv], {
      user,
    });
    return { code: code ?? -1, output: stdout + stderr };
  };
  const put = (path: string, text: string, mode: number): void => {
    const place = handle.path(path.replace(/^~/, home));
    const missing: string[] = [];
    for (let folder = dirname(place); !existsSync(folder); folder = dirname(folder)) missing.unshift(folder);
    for (const folder of missing) {
      mkdirSync(folder);
      chownSync(folder, uid, gid);
    }
    writeFileSync(place, text, { mode });
    chmodSync(place, mode);
    chownSync(place, uid, gid);
  };
  const site: LocalSite = {
    root: home,
    staging: `${home}/staging`,
    run,
    must: async (script) => {
      const { code, output } = await run(script);
      if (code !== 0) throw new Error(`exit code ${code}: ${output}`);
      return output;
    },
    look: async (fact) => {
      const { code, output } = await run(fact.script);
      return fact.parse(output, code);
    },
    write: (files) => {
      for (const file of files) put(file.path, reveal(file.content), file.mode);
    },
    remove: () => sandbox.remove(),
  };
  return {
    launcher: systemd,
    target,
    site,
    at,
    alive: async (pid) => (await at('kill', '-0', String(pid))).code === 0,
    install: () => {
      site.write(renderFiles(systemd.files(target)));
      for (const service of target.services) put(commandOf(target, service), SERVICE, 0o700);
      put('~/.config/systemd/user/pool-dev.service', STRANGER, 0o644);
    },
    stranger: async () => {
      await at('systemctl', '--user', 'start', 'pool-dev');
      return Number((await at('systemctl', '--user', 'show', '--value', '-p', 'MainPID', 'pool-dev')).output);
    },
  };
}
