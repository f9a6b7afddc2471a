import type { WebClient } from '@slack/web-api';
import type { Logger } from 'pino';
import type { Memberships } from '../commands/directory.ts';
import { type FailureKind, failureOf } from './failure.ts';

/** Slack said nothing of the group itself. */
const PASSING: readonly FailureKind[] = ['unclear', 'rate-limited', 'token'];

/** How long memberships are taken as they are, in milliseconds. */
const FRESH_MS = 60_000;

/** How long Slack is left alone after it gave no answer, in milliseconds: a person is told to try again. */
const AGAIN_MS = 5_000;

/** Who is in which Slack user group. */
export interface Groups extends Memberships {
  /** Asks Slack again when what is known has become old; never rejects. */
  refresh(): Promise<void>;
}

/**
 * Memberships of the given groups. A workspace without user groups (`plan_upgrade_required`) or a group that may not
 * be read has no members: rights are then given to listed users only. A group that Slack gave no answer about keeps
 * those it had; one that was never answered is unknown.
 * @param groupIds asked at each refresh, e.g. the groups that the policy names
 * @param elapsed milliseconds since some moment: a time of day that is set back must not keep a right alive
 */
export function createGroups(
  client: WebClient,
  groupIds: () => readonly string[],
  logger: Logger,
  elapsed: () => number = () => performance.now(),
): Groups {
  const members = new Map<string, ReadonlySet<string>>();
  let askAgainAt = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;

  async function ask(): Promise<void> {
    let answered = true;
    for (const group of groupIds()) {
      try {
        const answer = await client.usergroups.users.list({ usergroup: group });
        members.set(group, new Set(answer.users ?? []));
      } catch (error) {
        const { kind, message } = failureOf(error);
        logger.warn({ group, reason: message }, 'no user group');
        if (PASSING.includes(kind)) answered = false;
        else members.set(group, new Set());
      }
    }
    askAgainAt = elapsed() + (answered ? FRESH_MS : AGAIN_MS);
  }

  return {
    async refresh() {
      if (groupIds().length === 0 || elapsed() < askAgainAt) return;
      asking ??= ask().finally(() => {
        asking = undefined;
      });
      await asking;
    },
    unknown: () => groupIds().filter((group) => !members.has(group)),
    of: (userId) => [...members].filter(([, users]) => users.has(userId)).map(([group]) => group),
  };
}
