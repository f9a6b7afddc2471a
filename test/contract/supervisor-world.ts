import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { venv } from '../../src/installers/venv.ts';
import { supervisor } from '../../src/launchers/supervisor.ts';
import type { SupervisorFacts } from '../../src/launchers/supervisor-backend.ts';
import { renderFiles } from '../../src/plan/render.ts';
import { freePort } from '../../src/sandbox/free-port.ts';
import { signal } from '../../src/sandbox/process.ts';
import { buildWheels } from '../../src/sandbox/wheels.ts';
import { quickPython } from '../fixtures/python.ts';
import { aTarget, SETTLES_SOON } from '../fixtures/target.ts';
import { until } from '../fixtures/until.ts';
import type { LauncherWorld } from './launcher-suite.ts';
import { aLocalSite, isAlive, put, UNTIL_TOLD } from './local-site.ts';

/** Stands for jaws-site: runs until it is told to stop, fails at once while `config/fail-SERVICE` exists. */
const SERVICE = `#!/bin/sh
for last; do :; done
if [ -e "$(dirname "$4")/fail-$last" ]; then echo "told to fail" >&2; exit 1; fi
echo "$last is up" >>"$2"
${UNTIL_TOLD}`;

const STRANGER = `[program:cromwell]
command=/bin/sleep 100000
[group:jaws-cromwell]
programs=cromwell
`;

export interface SupervisorWorld extends LauncherWorld<SupervisorFacts> {
  readonly crash: () => Promise<void>;
  /** Ends supervisord without giving it a chance to end its services. */
  murder(): Promise<void>;
  /** Replaces text in a file of config/. */
  edit(file: string, from: string, to: string): void;
}

/** `options` go into the launcher block. A real supervisord from a wheel, another team's group in its folder, and services that a shell script plays. */
export async function supervisorWorld(
  options: Readonly<Record<string, unknown>> = {},
): Promise<SupervisorWorld> {
  const site = aLocalSite();
  const wheels = mkdtempSync(join(tmpdir(), 'jaws-wheels-'));
  await buildWheels(wheels);
  const port = String(await freePort());
  const target = aTarget({
    root: site.root,
    values: {
      JAWS_PYTHON: await quickPython(site.root),
      JAWS_SUPERVISOR_PORT: port,
      JAWS_SUPERVISOR_HOST: '127.0.0.1',
      JAWS_SUPERVISOR_URL: `http://localhost:${port}`,
    },
    launcher: {
      kind: 'supervisor',
      pipArgs: ['--no-index', '--find-links', wheels],
      ...SETTLES_SOON,
      // Ten retries with growing pauses take a minute and a half.
      startRetries: 1,
      ...options,
    },
  });
  const { paths } = target;
  const supervisordPid = async (): Promise<number> => {
    const { pid } = await site.look(supervisor.observe(target));
    if (pid === undefined) throw new Error('no supervisord runs');
    return pid;
  };
  const kill = async (name: NodeJS.Signals): Promise<void> => {
    const pid = await supervisordPid();
    signal(pid, name);
    await until('supervisord ends', () => !isAlive(pid));
  };
  const edit = (file: string, from: string, to: string): void => {
    const path = `${paths.config}/${file}`;
    const text = readFileSync(path, 'utf8');
    if (!text.includes(from)) throw new Error(`${path}: no "${from}"`);
    writeFileSync(path, text.replaceAll(from, to));
  };
  return {
    launcher: supervisor,
    target,
    site: {
      ...site,
      remove: () => site.remove().finally(() => rmSync(wheels, { recursive: true, force: true })),
    },
    install: () => {
      mkdirSync(paths.log, { recursive: true });
      put(`${paths.venvs}/fake/bin/jaws-site`, SERVICE, 0o755);
      put(`${paths.venvs}/fake/bin/activate`, '');
      rmSync(paths.venv, { force: true });
      symlinkSync(`${paths.venvs}/fake`, paths.venv);
      const release = { version: '2.5.4', name: 'fake' };
      site.write(renderFiles([...supervisor.files(target), ...venv.files(target, release)]));
      put(`${paths.config}/supervisor.cromwell.conf`, STRANGER);
    },
    stranger: async () => {
      const { processes } = await site.look(supervisor.observe(target));
      return processes.find((line) => line.unit === 'jaws-cromwell:cromwell')?.pid;
    },
    crash: () => kill('SIGTERM'),
    murder: () => kill('SIGKILL'),
    edit,
  };
}
