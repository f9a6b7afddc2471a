import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import type { Finding } from '../../src/core/finding.ts';
import type { Script } from '../../src/core/script.ts';
import type { Target } from '../../src/core/target.ts';
import { venv } from '../../src/installers/venv.ts';
import { launcherOf } from '../../src/launchers/index.ts';
import type { Launched } from '../../src/launchers/launcher.ts';
import { renderFiles } from '../../src/plan/render.ts';
import { freePort } from '../../src/sandbox/free-port.ts';
import { aLocalSite, type LocalSite, put, type Ran, UNTIL_TOLD } from '../contract/local-site.ts';
import { aTarget } from '../fixtures/target.ts';
import { until } from '../fixtures/until.ts';

/** Stands for jaws-site: runs until it is told to stop, and fails at once while `config/fail-SERVICE` exists. */
const SERVICE = `#!/bin/sh
for last; do :; done
if [ -e "$(dirname "$4")/fail-$last" ]; then echo "told to fail" >&2; exit 1; fi
${UNTIL_TOLD}`;

/** Another team's group in the same supervisord. */
const STRANGER = '[program:cromwell]\ncommand=/bin/sleep 100000\n[group:jaws-cromwell]\nprograms=cromwell\n';

/** A target at this machine under Debian's own supervisord, so that no venv has to be built for it. */
export interface QuickSite {
  readonly site: LocalSite;
  readonly target: Target;
  /** Puts the generated files in place, as the steps before a start do. */
  install(): void;
  launched(): Promise<Launched>;
  settled(): Promise<Launched>;
  findings(): Promise<readonly Finding[]>;
  start(service?: string): Promise<Ran>;
  stop(service?: string): Promise<Ran>;
  /** Runs supervisorctl as an operator at the site would. */
  ctl(...words: string[]): Promise<Ran>;
  /** Process id of another team's program, as supervisord tells it. */
  stranger(): Promise<string>;
  /** Replaces text in a file of config/. */
  edit(file: string, from: string, to: string): void;
  remove(): Promise<void>;
}

/** @param limitSec how long a settle lasts where services never do; supervisord says itself when it has given up. */
export async function aQuickSite(service = SERVICE, limitSec = 120): Promise<QuickSite> {
  const site = aLocalSite();
  const port = String(await freePort());
  const target = aTarget({
    root: site.root,
    values: {
      JAWS_PYTHON: '/usr/bin/python3',
      JAWS_SUPERVISOR_PORT: port,
      JAWS_SUPERVISOR_HOST: '127.0.0.1',
      JAWS_SUPERVISOR_URL: `http://localhost:${port}`,
    },
    launcher: { kind: 'supervisor', settleSec: 4, limitSec },
  });
  const { paths } = target;
  const launcher = launcherOf(target);
  const observe = () => site.look(launcher.observe(target));
  const edit = (file: string, from: string, to: string): void => {
    const path = `${paths.config}/${file}`;
    const text = readFileSync(path, 'utf8');
    if (!text.includes(from)) throw new Error(`${path}: no "${from}"`);
    writeFileSync(path, text.replaceAll(from, to));
  };
  const ctl = (...words: string[]) =>
    site.run(command(['/usr/bin/supervisorctl', '-c', `${paths.config}/supervisor.conf`, ...words]));
  return {
    site,
    target,
    edit,
    ctl,
    install() {
      mkdirSync(paths.log, { recursive: true });
      const own = `${paths.supervisor}/venv`;
      for (const tool of ['supervisord', 'supervisorctl'])
        put(`${own}/bin/${tool}`, `#!/bin/sh\nexec /usr/bin/${tool} "$@"\n`, 0o755);
      put(`${own}/bin/activate`, '');
      put(`${own}/.jaws-supervisor`, 'supervisor==4.2.5\n');
      rmSync(`${own}/bin/python`, { force: true });
      symlinkSync('/usr/bin/python3', `${own}/bin/python`);
      put(`${paths.venvs}/one/bin/jaws-site`, service, 0o755);
      put(`${paths.venvs}/one/bin/activate`, '');
      rmSync(paths.venv, { force: true });
      symlinkSync(`${paths.venvs}/one`, paths.venv);
      const release = { version: '2.5.4', name: 'one' };
      site.write(renderFiles([...launcher.files(target), ...venv.files(target, release)]));
      put(`${paths.config}/supervisor.cromwell.conf`, STRANGER);
      edit('supervisor.site.conf', 'startretries=10', 'startretries=1');
      edit('supervisor.site.conf', 'startsecs=3', 'startsecs=1');
    },
    launched: async () => launcher.launched(target, await observe()),
    settled: async () => launcher.launched(target, await site.look(launcher.settle(target))),
    findings: async () => launcher.findings(target, await observe()),
    start: async (one) => site.run(launcher.start(target, launcher.nothing, one)),
    stop: async (one) => site.run(launcher.stop(target, launcher.nothing, one)),
    stranger: async () => (await ctl('pid', 'jaws-cromwell:cromwell')).output.trim(),
    remove: async () => {
      await ctl('shutdown');
      await until('supervisord has ended', async () => (await ctl('pid')).code !== 0);
      await site.remove();
    },
  };
}

function command(words: readonly string[]): Script {
  return { parts: words.flatMap((word, i) => [...(i > 0 ? [{ text: ' ' }] : []), { word }]) };
}

/** Findings that refuse a deploy, as one line each. */
export function refusals(findings: readonly Finding[]): readonly string[] {
  return findings
    .filter(({ level }) => level === 'fail')
    .map(({ subject, message }) => `${subject}: ${message}`);
}
