import { chownSync, mkdirSync } from 'node:fs';
import { revealed, type Script } from '../../src/core/script.ts';
import { reveal } from '../../src/core/secret.ts';
import { scrontab } from '../../src/launchers/scrontab.ts';
import type { ScrontabFacts } from '../../src/launchers/scrontab-observe.ts';
import { jobName } from '../../src/launchers/scrontab-paths.ts';
import { commandOf } from '../../src/launchers/supervisord-paths.ts';
import { renderFiles } from '../../src/plan/render.ts';
import { aSandbox } from '../fixtures/sandbox.ts';
import { aTarget } from '../fixtures/target.ts';
import { until } from '../fixtures/until.ts';
import type { LauncherWorld } from './launcher-suite.ts';
import { type LocalSite, put, type Ran } from './local-site.ts';

/** Stands for the shim of a service: runs until it is told to stop. */
const SERVICE = `#!/bin/sh
trap 'exit 0' TERM
while :; do sleep 1; done
`;
const DNS = 'nmdc-dev.jaws.dyn.jgi.doe.gov';

/** A real Slurm at a site of the sandbox. What others run in the job ends with it, so there is no stranger to spare. */
export async function scrontabWorld(): Promise<LauncherWorld<ScrontabFacts>> {
  const sandbox = await aSandbox(['nmdc']);
  const handle = sandbox.site('nmdc');
  const { name: user, home, uid, gid } = handle.spec.service;
  const target = aTarget({
    root: home,
    site: 'nmdc',
    launcher: scrontab.schema.parse({
      kind: 'scrontab',
      pipArgs: ['--no-index', '--find-links', '/opt/jaws-wheels'],
      settleSec: 4,
      limitSec: 60,
    }),
    values: {
      JAWS_PYTHON: '/usr/bin/python3',
      JAWS_SITE_DNS_NAME: DNS,
      JAWS_SUPERVISOR_HOST: '*',
      JAWS_SUPERVISOR_URL: `http://${DNS}:64101`,
      TSIGPATH: handle.spec.slurm?.tsigKey,
    },
  });
  const at = async (argv: readonly string[], input = ''): Promise<Ran> => {
    const { code, stdout, stderr } = await handle.exec(argv, { user, input, timeoutMs: 200_000 });
    return { code: code ?? -1, output: stdout + stderr };
  };
  const run = (script: Script): Promise<Ran> => at(['sh', '-s'], `${revealed(script)}\n`);
  const must = async (script: Script): Promise<string> => {
    const { code, output } = await run(script);
    if (code !== 0) throw new Error(`exit code ${code}: ${output}`);
    return output;
  };
  const place = (path: string, text: string, mode: number): void => {
    put(handle.path(path), text, mode);
    chownSync(handle.path(path), uid, gid);
  };
  const site: LocalSite = {
    root: home,
    staging: `${home}/staging`,
    run,
    must,
    look: async (fact) => {
      const { code, output } = await run(fact.script);
      return fact.parse(output, code);
    },
    write: (files) => {
      for (const file of files) place(file.path, reveal(file.content), file.mode);
    },
    remove: () => sandbox.remove(),
  };
  // Folders that the environment step makes, owned by the account.
  const { paths } = target;
  for (const folder of [
    `${home}/jaws-install`,
    paths.install,
    paths.bin,
    paths.config,
    paths.log,
    paths.supervisor,
  ]) {
    mkdirSync(handle.path(folder), { recursive: true });
    chownSync(handle.path(folder), uid, gid);
  }
  return {
    launcher: scrontab,
    target,
    site,
    stopped: 'supervisor-down',
    alive: async (pid) => (await at(['kill', '-0', String(pid)])).code === 0,
    install: () => {
      site.write(renderFiles(scrontab.files(target)));
      for (const service of target.services) place(commandOf(target, service), SERVICE, 0o700);
    },
    stranger: async () => undefined,
    crash: async () => {
      await at(['scancel', '--name', jobName(target)]);
      await until('the job is gone', async () => (await at(['squeue', '-h'])).output.trim() === '', 60_000);
    },
  };
}
