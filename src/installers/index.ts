import { OpsError } from '../core/errors.ts';
import type { Target } from '../core/target.ts';
import { apptainerInstance, apptainerRun } from './apptainer.ts';
import type { Installer } from './installer.ts';
import { venv } from './venv.ts';

/** Every install method there is, by its name in `installer.kind`. */
export const installers: Readonly<Record<string, Installer>> = {
  venv,
  'apptainer-run': apptainerRun,
  'apptainer-instance': apptainerInstance,
};

export const INSTALL_METHODS: readonly string[] = Object.keys(installers);

/**
 * The install method of a target.
 * @throws OpsError('config.key') for one that is not in the registry.
 */
export function installerOf(target: Target): Installer {
  const { kind } = target.installer;
  const found = installers[kind];
  if (found) return found;
  throw new OpsError(
    'config.key',
    `${target.id}: installer.kind: got "${kind}", expected ${Object.keys(installers).join(' | ')}`,
  );
}
