import { OpsError } from '../core/errors.ts';
import type { Finding } from '../core/finding.ts';
import type { Target } from '../core/target.ts';
import type { ApptainerFacts } from './apptainer-observe.ts';
import { imageOf, programOf } from './apptainer-options.ts';
import { diskFindings } from './disk.ts';
import type { Release } from './installer.ts';

/** An image of JAWS Site takes some hundreds of MiB, twice while it is being pulled. */
const DISK_MIB = { warn: 3000, fail: 1000 } as const;

export function apptainerFindings(
  target: Target,
  facts: ApptainerFacts,
  release: Release,
): readonly Finding[] {
  return [
    programFinding(target, facts),
    imageFinding(target, release),
    ...loginFindings(target),
    ...cacheFindings(target, facts),
    ...diskFindings(facts, target.paths.bin, { mib: DISK_MIB }),
    ...foreignFindings(facts),
    ...backgroundFindings(target),
  ];
}

function programFinding(target: Target, facts: ApptainerFacts): Finding {
  const subject = 'apptainer';
  const program = programOf(target);
  if (facts.programProblem === undefined && facts.program !== undefined) {
    return { level: 'ok', subject, message: `${facts.program} (${program})` };
  }
  return {
    level: 'fail',
    subject,
    message: `${program}: ${facts.programProblem ?? 'it does not run'}`,
    next: `Correct JAWS_APPTAINER_PATH in config/sites/${target.site}.yaml.`,
  };
}

function imageFinding(target: Target, release: Release): Finding {
  const subject = 'image';
  try {
    const { uri } = imageOf(target, release.version);
    return {
      level: 'ok',
      subject,
      message: `${uri} (the registry tells only those who log in: the pull, before anything stops, shows whether it is there)`,
    };
  } catch (error) {
    if (!(error instanceof OpsError)) throw error;
    const next = 'Name a release of JAWS Site, and set CI_REGISTRY where it is missing.';
    return { level: 'fail', subject, message: error.message, next };
  }
}

function loginFindings(target: Target): readonly Finding[] {
  const subject = 'registry login';
  const { CI_REGISTRY_USER: user, CI_REGISTRY_PASSWORD: password } = target.env.secrets;
  if (user !== undefined && password !== undefined) return [];
  if (user === undefined && password === undefined) {
    const message =
      'CI_REGISTRY_USER and CI_REGISTRY_PASSWORD are not set: the image is pulled without login';
    return [{ level: 'warn', subject, message }];
  }
  return [
    {
      level: 'fail',
      subject,
      message: `${user === undefined ? 'CI_REGISTRY_USER' : 'CI_REGISTRY_PASSWORD'} is not set, expected both or neither`,
      next: 'Add it to the file that JAWS_OPS_SECRETS names.',
    },
  ];
}

function cacheFindings(target: Target, { cache }: ApptainerFacts): readonly Finding[] {
  if (cache === undefined) return [];
  const subject = 'apptainer cache';
  if (cache.writable) return [{ level: 'ok', subject, message: cache.path }];
  return [
    {
      level: 'fail',
      subject,
      message: `${cache.path} cannot be written to`,
      next: `Set installer.environment.APPTAINER_CACHEDIR in config/sites/${target.site}.yaml.`,
    },
  ];
}

function foreignFindings({ foreign }: ApptainerFacts): readonly Finding[] {
  if (foreign.length === 0) return [];
  return [{ level: 'ok', subject: 'other images', message: `left alone: ${foreign.join(', ')}` }];
}

/** An instance leaves its starter at once; only a launch tool that follows pid files can watch it. */
function backgroundFindings(target: Target): readonly Finding[] {
  if (target.installer.kind !== 'apptainer-instance' || target.launcher.kind === 'systemd') return [];
  return [
    {
      level: 'fail',
      subject: 'install method',
      message: `${target.launcher.kind} watches processes in the foreground, and apptainer-instance leaves into the background`,
      next: 'Use --install-method apptainer-run, or --launch-tool systemd.',
    },
  ];
}
