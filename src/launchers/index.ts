import { OpsError } from '../core/errors.ts';
import type { Target } from '../core/target.ts';
import type { Launcher } from './launcher.ts';
import { scrontab } from './scrontab.ts';
import { supervisor } from './supervisor.ts';
import { systemd } from './systemd.ts';

/** Every launch tool there is, by its name in `launcher.kind`. */
export const launchers: Readonly<Record<string, Launcher>> = { supervisor, systemd, scrontab };

export const LAUNCH_TOOLS: readonly string[] = Object.keys(launchers);

/**
 * The launch tool of a target.
 * @throws OpsError('config.key') for one that is not in the registry.
 */
export function launcherOf(target: Target): Launcher {
  const { kind } = target.launcher;
  const found = launchers[kind];
  if (found) return found;
  throw new OpsError(
    'config.key',
    `${target.id}: launcher.kind: got "${kind}", expected ${Object.keys(launchers).join(' | ')}`,
  );
}
