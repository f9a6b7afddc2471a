import { fileURLToPath } from 'node:url';
import { type Config, loadConfig } from '../../src/config/config.ts';
import { SECRETS } from '../../src/config/variables.ts';
import { OpsError } from '../../src/core/errors.ts';
import { Secret } from '../../src/core/secret.ts';
import type { InstallMethod, LaunchTool, Target } from '../../src/core/target.ts';
import { installers } from '../../src/installers/index.ts';
import { launchers } from '../../src/launchers/index.ts';
import { assumedObservation, judgeCheck } from '../../src/plan/check.ts';
import { withChoices } from '../../src/plan/choices.ts';

export const RELEASE = { version: '2.5.4', name: '2.5.4-golden' };

/** One way to run one deployment of one site. */
export interface Combination {
  readonly site: string;
  readonly deployment: string;
  /** `supervisor + venv` */
  readonly name: string;
  readonly launchTool: string;
  readonly installMethod: string;
  /** Whether it is what the site's configuration chooses. */
  readonly own: boolean;
  readonly target: Target;
}

/** A way that the site's configuration does not offer, and the reason a person would read. */
export interface Refusal {
  readonly site: string;
  readonly deployment: string;
  readonly name: string;
  readonly reason: string;
}

/** A secret's value is one that every format has to take care of. */
export function secretValue(name: string): string {
  return `${name.toLowerCase()} p%(here)%%a"s's\\w ö;#$ \`x\`漢`;
}

const SHIPPED = fileURLToPath(new URL('../../config', import.meta.url));

/** Every site × deployment × launch tool × install method of the registries. */
export function combinations(config: Config = loadConfig(SHIPPED)): {
  readonly offered: readonly Combination[];
  readonly refused: readonly Refusal[];
  /** `SITE-DEPLOYMENT` of every target whose configured tools are in the registries. */
  readonly configured: readonly string[];
} {
  const offered: Combination[] = [];
  const refused: Refusal[] = [];
  for (const site of config.sites) {
    for (const deployment of config.deployments) {
      const configured = withSecrets(config.target(site, deployment));
      for (const launchTool of Object.keys(launchers) as LaunchTool[]) {
        for (const installMethod of Object.keys(installers) as InstallMethod[]) {
          const place = { site, deployment, name: `${launchTool} + ${installMethod}` };
          const made = choose(configured, launchTool, installMethod);
          if (typeof made === 'string') refused.push({ ...place, reason: made });
          else {
            const own =
              launchTool === configured.launcher.kind && installMethod === configured.installer.kind;
            offered.push({ ...place, launchTool, installMethod, own, target: made });
          }
        }
      }
    }
  }
  const configured = config.sites.flatMap((site) => {
    const { launchTool, installMethod } = config.site(site);
    const known = launchTool in launchers && installMethod in installers;
    return known ? config.deployments.map((deployment) => `${site}-${deployment}`) : [];
  });
  return { offered, refused, configured };
}

function withSecrets(target: Target): Target {
  const secrets = Object.fromEntries(SECRETS.map(({ name }) => [name, new Secret(name, secretValue(name))]));
  return { ...target, env: { ...target.env, secrets } };
}

/** The target with these tools, or why its site does not offer them. */
function choose(configured: Target, launchTool: LaunchTool, installMethod: InstallMethod): Target | string {
  try {
    const target = withChoices(configured, { launchTool, installMethod });
    const findings = judgeCheck(target, RELEASE, assumedObservation(target), 'golden');
    const refusing = findings.find(
      ({ level, subject }) => level === 'fail' && ['install method', 'launch tool'].includes(subject),
    );
    return refusing === undefined ? target : refusing.message;
  } catch (error) {
    if (error instanceof OpsError && error.code === 'config.key') return error.message;
    throw error;
  }
}
