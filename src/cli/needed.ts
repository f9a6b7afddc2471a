import { loadSettings, type Need, type Settings } from '../config/settings.ts';

/** The settings of the environment with those that a need stands for surely there. */
export type Needed<N extends Need> = Settings & Required<Pick<Settings, KEY[N]>>;

type KEY = { redis: 'redisUrl'; slack: 'slack'; secrets: 'secretsFile' };

/** @throws OpsError('config.environment') naming every variable that is missing or wrong */
export function neededSettings<N extends Need>(need: readonly N[]): Needed<N> {
  const settings = loadSettings(process.env, { need });
  return settings as Needed<N>;
}
