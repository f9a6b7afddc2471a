import { advance, type RunEvent, type RunState } from '../core/run.ts';

type Timeless<E> = E extends RunEvent ? Omit<E, 'at'> : never;

/** An event before the recorder has stamped it. */
export type NewEvent = Timeless<RunEvent>;

/** Folds the events of one run into its state and reports each new state, in order. */
export interface Recorder {
  readonly state: RunState;
  emit(event: NewEvent): Promise<void>;
}

/** A recorder that goes on from `state`. `now` is in milliseconds since the epoch. */
export function createRecorder(
  state: RunState,
  now: () => number,
  report: (state: RunState) => Promise<void>,
): Recorder {
  let current = state;
  let reported: Promise<void> = Promise.resolve();
  return {
    get state() {
      return current;
    },
    emit(event) {
      current = advance(current, { ...event, at: now() } as RunEvent);
      const snapshot = current;
      reported = reported.then(() => report(snapshot));
      return reported;
    },
  };
}
