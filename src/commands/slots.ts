import { OpsError } from '../core/errors.ts';
import { SERVICES } from '../core/service.ts';
import type { Slot } from './command.ts';
import { shown } from './words.ts';

/** The site a command is about. */
export const SITE: Slot = {
  name: 'site',
  required: true,
  about: 'the name of a site',
  choices: (directory) => directory.sites,
};

/** The deployment a command is about. */
export const DEPLOYMENT: Slot = {
  name: 'deployment',
  required: true,
  about: 'which deployment of the site',
  choices: (directory) => directory.deployments,
};

/** One service of a deployment. */
export const SERVICE: Slot = {
  name: 'service',
  required: false,
  about: 'one service; all of them when left out',
  choices: () => SERVICES.map((service) => service.name),
};

/** The job a command is about. */
export const JOB: Slot = {
  name: 'job',
  required: true,
  about: 'the id of the job, as in its message and in `jobs`',
  resembles: (word) => /\d/.test(word),
};

/** Names that move: what is deployed must be told apart afterwards, and no image or package bears them. */
const MOVING_NAMES = [
  'dev',
  'development',
  'staging',
  'stage',
  'prod',
  'production',
  'test',
  'latest',
  'current',
  'stable',
  'none',
  'null',
  'undefined',
];

/** Shape of a version: a Python version, an image tag or a commit. Source: the names images and wheels can have. */
export const VERSION_PATTERN = /^[0-9A-Za-z][0-9A-Za-z._-]{0,63}$/;

/** @throws OpsError('usage.argument') for a version that no artifact can have or that names an environment */
export function checkVersion(version: string): void {
  if (!VERSION_PATTERN.test(version)) {
    throw new OpsError(
      'usage.argument',
      `VERSION: got ${shown(version)}, expected at most 64 letters, digits, ".", "_" and "-", e.g. 2.5.4`,
    );
  }
  if (MOVING_NAMES.includes(version.toLowerCase())) {
    throw new OpsError(
      'usage.argument',
      `VERSION: got ${shown(version)}, which names an environment or moves; expected a release such as 2.5.4`,
    );
  }
}

/** A version of JAWS Site; the configured one when left out. */
export const VERSION: Slot = {
  name: 'version',
  required: false,
  about: 'a version of JAWS Site, e.g. 2.5.4; the configured one when left out',
  resembles: (word) => /^v?\d/i.test(word),
  check: checkVersion,
};
