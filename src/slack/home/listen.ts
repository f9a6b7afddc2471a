import type { App, BlockAction } from '@slack/bolt';
import type { Feed } from '../../board/feed.ts';
import { boardOf } from '../../board/view.ts';
import type { Caller } from '../../core/request.ts';
import type { Clock } from '../clock.ts';
import type { CommandParts } from '../deliver.ts';
import { failureOf } from '../failure.ts';
import type { Forms } from '../form/listen.ts';
import { homeView, NEW_ACTION } from './view.ts';

/** How long somebody who has opened the tab is taken to look at it, in milliseconds: Slack tells no closing. */
const LOOKING_MS = 10 * 60_000;
/** Least time between two forms of one reader's tab, in milliseconds. */
const GAP_MS = 5_000;

interface Reader {
  readonly caller: Caller;
  until: number;
  shown: string;
  notBefore: number;
  waiting: boolean;
}

/** Shows the Home tab to whoever opens it and keeps it up to date for a while; asks no site more than the board does. */
export function listenToHome(
  app: App,
  parts: CommandParts,
  feed: Feed,
  forms: Forms,
  clock: Clock,
): { close(): void } {
  const { clients, directory, jobs, logger, groups, now } = parts;
  const readers = new Map<string, Reader>();
  let unfollow: (() => void) | undefined;

  async function publish(reader: Reader): Promise<void> {
    reader.notBefore = clock.elapsed() + GAP_MS;
    try {
      const board = boardOf(directory, feed.sight(), now());
      const locks = await jobs.locks.list();
      const view = homeView({ board, locks, reader: reader.caller, directory, now: now() });
      const text = JSON.stringify(view);
      if (text === reader.shown) return;
      await clients.progress.views.publish({ user_id: reader.caller.id, view });
      reader.shown = text;
    } catch (error) {
      const failure = failureOf(error);
      reader.notBefore = clock.elapsed() + Math.max(GAP_MS, failure.retryAfterMs);
      logger.warn({ user: reader.caller.id, reason: failure.message }, 'the Home tab is not up to date');
    }
  }

  function due(reader: Reader): void {
    if (reader.waiting) return;
    reader.waiting = true;
    clock.after(Math.max(0, reader.notBefore - clock.elapsed()), () => {
      reader.waiting = false;
      void publish(reader);
    });
  }

  function changed(): void {
    for (const [id, reader] of readers) {
      if (reader.until < clock.elapsed()) readers.delete(id);
      else due(reader);
    }
    if (readers.size > 0) return;
    unfollow?.();
    unfollow = undefined;
  }

  app.event('app_home_opened', async ({ event }) => {
    if (event.tab !== 'home') return;
    await groups?.refresh();
    const caller: Caller = { id: event.user, name: event.user, via: 'slack' };
    const reader = readers.get(event.user) ?? { caller, until: 0, shown: '', notBefore: 0, waiting: false };
    reader.until = clock.elapsed() + LOOKING_MS;
    readers.set(event.user, reader);
    unfollow ??= feed.follow(changed);
    due(reader);
  });

  app.action<BlockAction>({ action_id: NEW_ACTION, type: 'block_actions' }, async ({ ack, body }) => {
    await ack();
    const { id, username, name } = body.user;
    await forms.open(
      body.trigger_id,
      { channel_id: '', user_id: id },
      { id, name: username || name || id, via: 'slack' },
    );
  });

  return {
    close() {
      readers.clear();
      unfollow?.();
    },
  };
}
