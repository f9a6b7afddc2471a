import type { ModalView } from '@slack/types';
import { failureOf } from '../failure.ts';

/** One thing that a reader has done in a view, which may change what the view shows. */
export interface Turn {
  /**
   * Shows a view, after what is on its way already. It is left out when the reader has done something later, or when
   * somebody else has changed or closed the view meanwhile. Gives whether it is shown. Rejects as Slack does otherwise.
   */
  show(drawn: ModalView): Promise<boolean>;
}

/** Turns of the views that this process has lately seen. */
export interface Turns {
  /**
   * Takes a turn at once when something was done, before anything is found out about it.
   * @param at when it was done, in seconds since the epoch as Slack tells it; after everything else when absent
   * @param hash of the view as the reader saw it
   */
  take(viewId: string, done?: { readonly at?: number; readonly hash?: string }): Turn;
  /** Notes that a view was changed by an acknowledgement, of which nobody learns the hash. */
  changed(viewId: string): void;
}

/** `views.update`, as far as it matters here. */
export type UpdateView = (args: {
  readonly view_id: string;
  readonly view: ModalView;
  readonly hash?: string;
}) => Promise<{ readonly view?: { readonly hash?: string } }>;

interface Shown {
  newest: { readonly at: number };
  /** Of the view as it stands now, as far as it is known. */
  hash: string | undefined;
  /** Settles when the last update was answered. */
  last: Promise<unknown>;
}

const KEPT_VIEWS = 500;
/** Slack refuses an update with these when the view is another one by now. */
const OVERTAKEN = /^(?:hash_conflict|not_found)/;

/**
 * Keeps the views of readers in the order of what they did. Two changes shortly one after the other are answered at
 * the same time and come back in any order; what is shown in the end must belong to the later one.
 */
export function createTurns(update: UpdateView): Turns {
  const views = new Map<string, Shown>();

  function shownOf(viewId: string, hash: string | undefined): Shown {
    const known = views.get(viewId);
    if (known !== undefined) return known;
    const shown: Shown = { newest: { at: Number.NEGATIVE_INFINITY }, hash, last: Promise.resolve() };
    views.set(viewId, shown);
    const [oldest] = views.keys();
    if (views.size > KEPT_VIEWS && oldest !== undefined) views.delete(oldest);
    return shown;
  }

  return {
    take(viewId, { at, hash } = {}) {
      const shown = shownOf(viewId, hash);
      const turn = { at: at ?? shown.newest.at };
      if (turn.at >= shown.newest.at) shown.newest = turn;

      async function show(drawn: ModalView): Promise<boolean> {
        if (shown.newest !== turn) return false;
        try {
          const known = shown.hash === undefined ? {} : { hash: shown.hash };
          const { view } = await update({ view_id: viewId, view: drawn, ...known });
          shown.hash = view?.hash;
          return true;
        } catch (error) {
          if (OVERTAKEN.test(failureOf(error).message)) return false;
          throw error;
        }
      }

      return {
        show(drawn) {
          const shownNow = shown.last.then(() => show(drawn));
          shown.last = shownNow.catch(() => undefined);
          return shownNow;
        },
      };
    },
    changed(viewId) {
      const shown = views.get(viewId);
      if (shown !== undefined) shown.hash = undefined;
    },
  };
}
