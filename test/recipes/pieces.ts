/** A launch tool in one file: processes in the background of the host, each with a pid file. */
export const LAUNCH_TOOL = `import { z } from 'zod';
import { parseRecord, recorded } from '../core/record.ts';
import { join, sh } from '../core/script.ts';
import { conditionOf, type ServiceStatus } from '../core/service.ts';
import type { Target } from '../core/target.ts';
import type { Launched, Launcher } from './launcher.ts';

interface BackgroundFacts {
  readonly running: readonly string[];
}

const pidFile = (target: Target, service: string) => \`\${target.paths.log}/\${service}.pid\`;
const wanted = (target: Target, name?: string) =>
  target.services.filter((service) => name === undefined || service.name === name);

function observe(target: Target) {
  return {
    name: 'background',
    script: recorded(
      join(
        target.services.map(
          ({ name }) => sh\`if kill -0 "$(cat \${pidFile(target, name)})" 2>/dev/null; then put running \${name}; fi\`,
        ),
      ),
    ),
    parse: (stdout: string): BackgroundFacts => ({
      running: parseRecord(stdout, \`\${target.id}: background\`).values('running'),
    }),
  };
}

function launched(target: Target, facts: BackgroundFacts): Launched {
  const services = target.services.map(
    ({ name }): ServiceStatus => ({
      service: name,
      unit: name,
      condition: facts.running.includes(name) ? 'running' : 'stopped',
    }),
  );
  return { condition: conditionOf(services), services };
}

/** Services as processes in the background of the host. */
export const background: Launcher<BackgroundFacts> = {
  kind: 'background',
  schema: z.strictObject({
    kind: z.literal('background'),
    nice: z.number().int().min(0).max(19).default(0).describe('Niceness of the services'),
  }),
  files: () => [],
  observe,
  settle: observe,
  nothing: { running: [] },
  launched,
  findings: () => [{ level: 'ok', subject: 'background', message: 'needs nothing' }],
  settleTimeoutMs: () => 60_000,
  stage: () => sh\`echo 'nothing to stage'\`,
  stop: (target, _facts, service) =>
    join(wanted(target, service).map(({ name }) => sh\`kill "$(cat \${pidFile(target, name)})" 2>/dev/null || echo stopped\`)),
  start: (target, _facts, service) =>
    join(
      wanted(target, service).map(
        ({ name }) =>
          sh\`nohup \${\`\${target.paths.bin}/\${name}\`} >/dev/null 2>&1 & printf '%s\\\\n' "$!" >\${pidFile(target, name)}\`,
      ),
    ),
};
`;

/** An install method in one file: a folder that is at the site already. */
export const INSTALL_METHOD = `import { z } from 'zod';
import { parseRecord, recorded } from '../core/record.ts';
import { sh } from '../core/script.ts';
import type { Target } from '../core/target.ts';
import type { Installed, Installer } from './installer.ts';

const read = (target: Target, stdout: string): Installed => {
  const version = parseRecord(stdout, \`\${target.id}: install\`).value('version');
  return version === undefined || version === '' ? {} : { live: version, version };
};
const look = (target: Target) => ({
  name: 'install',
  script: recorded(sh\`put version "$(cat \${target.paths.venv}/VERSION 2>/dev/null)"\`),
  parse: (stdout: string) => read(target, stdout),
});

/** Software that somebody else puts beside the live one. */
export const given: Installer<Installed> = {
  kind: 'given',
  schema: z.strictObject({ kind: z.literal('given') }),
  files: (target) =>
    target.services.map((service) => ({
      path: \`\${target.paths.bin}/\${service.name}\`,
      template: 'shims/venv',
      mode: 0o700,
      data: {
        venv: target.paths.venv,
        log: \`\${target.paths.log}/\${service.venvLog}\`,
        conf: \`\${target.paths.config}/jaws-site.conf\`,
        level: 'INFO',
        subcommand: service.name,
      },
    })),
  observe: look,
  installed: (_target, facts) => facts,
  live: look,
  nothing: {},
  findings: () => [],
  stage: (target, release) => sh\`[ -d \${target.paths.venvs}/\${release.version} ]\`,
  kept: (target, release) => sh\`[ -d \${target.paths.venvs}/\${release.name} ]\`,
  switch: (target, release) => sh\`ln -sfn \${target.paths.venvs}/\${release.version} \${target.paths.venv}\`,
  prune: () => sh\`:\`,
};
`;

/** A subcommand in one file. */
export const SUBCOMMAND = `import { z } from 'zod';
import { defineCommand } from './define.ts';
import { SITE } from './slots.ts';

/** Tells the channel of a site. */
export const channel = defineCommand({
  name: 'channel',
  summary: 'where a site is talked about',
  right: 'read',
  slots: [SITE],
  flags: [],
  examples: ['channel aws'],
  schema: z.strictObject({ site: z.string() }),
  async run({ site }, { directory }) {
    return { kind: 'text', text: directory.channel(site) };
  },
});
`;
