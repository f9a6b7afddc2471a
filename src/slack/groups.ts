import type { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';

/** How long memberships are taken as they are, in milliseconds. */
const FRESH_MS = 60_000;

/** Who is in which Slack user group. */
export interface Groups {
  /** Asks Slack again when what is known has become old; never rejects. */
  refresh(): Promise<void>;
  /** Ids of the groups that a user is known to be in. */
  of(userId: string): readonly string[];
}

/**
 * Memberships of the given groups. A workspace without user groups (`plan_upgrade_required`) or a group that cannot
 * be read has no members: rights are then given to listed users only.
 * @param groupIds asked at each refresh, e.g. the groups that the policy names
 */
export function createGroups(
  client: WebClient,
  groupIds: () => readonly string[],
  logger: Logger,
  now: () => number = Date.now,
): Groups {
  const members = new Map<string, ReadonlySet<string>>();
  let askedAt = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;

  async function ask(): Promise<void> {
    for (const group of groupIds()) {
      try {
        const answer = await client.usergroups.users.list({ usergroup: group });
        members.set(group, new Set(answer.users ?? []));
      } catch (error) {
        logger.warn(
          { group, reason: error instanceof Error ? error.message : String(error) },
          'no user group',
        );
      }
    }
    askedAt = now();
  }

  return {
    async refresh() {
      if (groupIds().length === 0 || now() - askedAt < FRESH_MS) return;
      asking ??= ask().finally(() => {
        asking = undefined;
      });
      await asking;
    },
    of: (userId) => [...members].filter(([, users]) => users.has(userId)).map(([group]) => group),
  };
}
