import type { CommandContext } from './command.ts';
import { checkVersion } from './slots.ts';

/** Ended runs that are looked through. */
const LOOKED_THROUGH = 100;
/** As many as somebody wants to choose from. */
const MOST = 25;

/**
 * Versions that are on record, those of the site first and the newest run first: what is meant to be live, and what
 * was deployed with success.
 */
export async function knownVersions(
  { jobs }: Pick<CommandContext, 'jobs'>,
  site: string | undefined,
): Promise<readonly string[]> {
  const [intentions, listed] = await Promise.all([jobs.intended(), jobs.list({ limit: LOOKED_THROUGH })]);
  const seen = [
    ...intentions.map(({ site: at, version }) => ({ at, version })),
    ...listed
      .filter(({ state: { status, request } }) => status === 'succeeded' && request.action === 'deploy')
      .map(({ state }) => ({ at: state.request.site, version: state.version })),
  ];
  const here = seen.filter(({ at }) => at === site);
  const versions = [...here, ...seen].flatMap(({ version }) => (version === undefined ? [] : [version]));
  return [...new Set(versions)].filter(isVersion).slice(0, MOST);
}

function isVersion(text: string): boolean {
  try {
    checkVersion(text);
    return true;
  } catch {
    return false;
  }
}
