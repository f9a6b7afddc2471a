import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { InstallMethod, Target } from '../../src/core/target.ts';
import type { ApptainerFacts } from '../../src/installers/apptainer-observe.ts';
import type { Installer } from '../../src/installers/installer.ts';
import { registryDescription } from '../../src/sandbox/apptainer.ts';
import { registryIn } from '../../src/sandbox/wheels.ts';
import { aTarget } from '../fixtures/target.ts';
import type { InstallerWorld } from './installer-suite.ts';
import { aLocalSite, type LocalSite, put } from './local-site.ts';

/** The sandbox's stand-in: Debian has no Apptainer. */
export const PROGRAM = fileURLToPath(new URL('../../src/sandbox/site/apptainer.py', import.meta.url));
export const USER = 'puller';
export const PASSWORD = `pull $x "q" it's \\back %`;

/** A target whose images come from a registry that asks for a login. */
export function apptainerTarget(
  site: LocalSite,
  wheels: string,
  kind: InstallMethod,
  options: {
    readonly environment?: Readonly<Record<string, string>>;
    readonly secrets?: Readonly<Record<string, string | undefined>>;
    readonly keep?: number;
    /** The registry's only way out. */
    readonly proxy?: string;
  } = {},
): Target {
  const registry = `${site.root}/registry.json`;
  put(registry, registryDescription(registryIn(wheels), { [USER]: PASSWORD }, options.proxy));
  return aTarget({
    root: site.root,
    values: { JAWS_APPTAINER_PATH: PROGRAM, CI_REGISTRY: 'registry.invalid' },
    secrets: { CI_REGISTRY_USER: USER, CI_REGISTRY_PASSWORD: PASSWORD, ...options.secrets },
    launcher: { kind: 'systemd' },
    installer: {
      kind,
      ...(options.keep === undefined ? {} : { keep: options.keep }),
      environment: {
        STAND_IN_REGISTRY: registry,
        APPTAINER_CACHEDIR: `${site.root}/cache`,
        ...options.environment,
      },
    },
  });
}

export async function apptainerWorld(
  wheels: string,
  installer: Installer<ApptainerFacts>,
): Promise<InstallerWorld<ApptainerFacts>> {
  const site = aLocalSite();
  const target = apptainerTarget(site, wheels, installer.kind);
  return {
    installer,
    target,
    site,
    tellsVersions: false,
    first: { version: '2.5.3', name: '2.5.3-one' },
    second: { version: '2.5.4', name: '2.5.4-two' },
    absent: { version: '2.5.9', name: '2.5.9-none' },
    liveVersion: async () =>
      execFileSync(PROGRAM, ['run', '--cleanenv', '--no-home', `${target.paths.bin}/site.sif`, '--version'], {
        encoding: 'utf8',
      }),
  };
}
