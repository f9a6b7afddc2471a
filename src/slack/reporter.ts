import type { Logger } from 'pino';
import type { RunState } from '../core/run.ts';
import type { Jobs } from '../queue/api.ts';
import type { MessageRef } from '../queue/message-ref.ts';
import type { Once } from '../queue/once.ts';
import type { RunbookRun } from '../runbooks/run.ts';
import { type Clock, systemClock } from './clock.ts';
import { failureOf } from './failure.ts';
import { type Live, liveRun, liveRunbook } from './live.ts';
import { createPace, type Pace } from './pace.ts';
import { RunMessage, type RunMessageParts } from './run-message.ts';
import type { ChannelWriter } from './writer.ts';

/** Least time between two edits of one message, in milliseconds. */
export const EDIT_GAP_MS = 1_500;
/** Least time between two calls for one channel: Slack takes about one message a second. */
export const CHANNEL_GAP_MS = 1_100;
/** Ended runs that are remembered, so that a late snapshot does not open them again. */
const REMEMBERED = 1_000;

export interface ReporterOptions {
  readonly jobs: Jobs;
  readonly writer: ChannelWriter;
  readonly once: Once;
  /** Channel in which a site's runs are shown. */
  channel(site: string): string;
  /** Mentions of those who may approve a run. */
  approvers(state: RunState): readonly string[];
  readonly logger: Logger;
  readonly clock?: Clock;
  /** What the writer keeps to as well, so that both count the same calls; of its own when absent. */
  readonly pace?: Pace;
}

/** Shows every run, of an action or of a runbook, as one message that follows its state. */
export interface Reporter {
  /** Begins to watch, and renders what an earlier process left unfinished. */
  start(): Promise<void>;
  /** Shows a run that was submitted here; resolves when its message is in the channel, rejects when Slack refuses it. */
  show(state: RunState): Promise<MessageRef>;
  /** The same for a run of a runbook. */
  showRunbook(run: RunbookRun): Promise<MessageRef>;
  /** Ends watching; what is not on show then is left to the next start. */
  close(): Promise<void>;
}

interface Entry {
  readonly run: RunMessage;
  notBefore: number;
  failures: number;
  readonly waiting: { resolve(message: MessageRef): void; reject(error: Error): void }[];
}

interface Lane {
  readonly entries: Set<Entry>;
  notBefore: number;
  working: Promise<void> | undefined;
  cancelTimer: () => void;
}

/** @see Reporter */
export function createReporter(options: ReporterOptions): Reporter {
  const { jobs, logger, clock = systemClock, pace = createPace(clock) } = options;
  const parts: RunMessageParts = { ...options, clock, form: { richest: 'plan' } };
  const live = (state: RunState) => liveRun(state, jobs, options.approvers(state));
  const entries = new Map<string, Entry>();
  const lanes = new Map<string, Lane>();
  const ended = new Map<string, number>();
  let pausedUntil = 0;
  let closed = false;
  const unwatch: (() => Promise<void>)[] = [];

  function accept(
    state: Live,
    known: { message?: MessageRef | undefined; look: boolean },
  ): Entry | undefined {
    if (closed || (ended.get(state.id) ?? -1) >= state.seq) return undefined;
    let entry = entries.get(state.id);
    if (entry === undefined) {
      const channel = options.channel(state.site);
      entry = { run: new RunMessage(state, channel, parts, known), notBefore: 0, failures: 0, waiting: [] };
      entries.set(state.id, entry);
      laneOf(channel).entries.add(entry);
    } else if (state.seq > entry.run.latest.seq) {
      // What was put off because nothing could be shown is worth a try when there is an end to be told.
      if (state.isOver && !entry.run.latest.isOver)
        entry.notBefore = Math.min(entry.notBefore, clock.elapsed() + EDIT_GAP_MS);
      entry.run.latest = state;
    }
    turn(laneOf(entry.run.channel));
    return entry;
  }

  function laneOf(channel: string): Lane {
    const lane = lanes.get(channel) ?? {
      entries: new Set<Entry>(),
      notBefore: 0,
      working: undefined,
      cancelTimer: () => undefined,
    };
    lanes.set(channel, lane);
    return lane;
  }

  /** Starts the lane's next delivery, or a timer for the moment when one may start. */
  function turn(lane: Lane): void {
    if (closed || lane.working !== undefined) return;
    lane.cancelTimer();
    const due = [...lane.entries]
      .filter(({ run }) => run.due)
      .map((entry) => ({ entry, at: readyAt(entry) }));
    if (due.length === 0) return;
    // Looked up after what is ready: what may be done at once then lies in the past, and never a moment ahead.
    const now = clock.elapsed();
    const ready = due.filter(({ at }) => at <= now).map(({ entry }) => entry);
    const [next] = ready.sort(byUrgency);
    const earliest = Math.max(lane.notBefore, pausedUntil, Math.min(...due.map(({ at }) => at)));
    if (next === undefined || earliest > now) {
      lane.cancelTimer = clock.after(Math.max(0, earliest - now), () => turn(lane));
      return;
    }
    pace.spend(methodOf(next));
    lane.working = work(lane, next).finally(() => {
      lane.working = undefined;
      turn(lane);
    });
  }

  /** When an entry may be brought up to date, as far as it and the whole workspace are concerned. */
  function readyAt(entry: Entry): number {
    const { latest } = entry.run;
    const urgent = latest.isOver || latest.threadDue !== undefined;
    return Math.max(entry.notBefore, pace.at(methodOf(entry), urgent));
  }

  async function work(lane: Lane, entry: Entry): Promise<void> {
    try {
      await entry.run.deliver();
      entry.failures = 0;
      entry.notBefore = clock.elapsed() + EDIT_GAP_MS;
    } catch (error) {
      failed(entry, error);
    }
    lane.notBefore = clock.elapsed() + CHANNEL_GAP_MS;
    const { message, latest, due } = entry.run;
    if (message !== undefined) for (const { resolve } of entry.waiting.splice(0)) resolve(message);
    if (latest.isOver && !due) forget(lane, entry);
  }

  function failed(entry: Entry, error: unknown): void {
    const failure = failureOf(error);
    const now = clock.elapsed();
    if (failure.kind === 'rate-limited') {
      pausedUntil = Math.max(pausedUntil, now + failure.retryAfterMs);
      return;
    }
    const { id } = entry.run.latest;
    logger.warn({ job: id, kind: failure.kind, reason: failure.message }, 'the message is not up to date');
    const definite = failure.kind !== 'unclear';
    const wait = definite ? 30_000 * 2 ** entry.failures : 1_000 * 2 ** entry.failures;
    entry.notBefore = now + Math.min(wait, definite ? 600_000 : 60_000);
    entry.failures += 1;
    if (definite) for (const { reject } of entry.waiting.splice(0)) reject(failure);
  }

  function forget(lane: Lane, entry: Entry): void {
    const { id, seq } = entry.run.latest;
    lane.entries.delete(entry);
    entries.delete(id);
    ended.set(id, seq);
    const [oldest] = ended.keys();
    if (ended.size > REMEMBERED && oldest !== undefined) ended.delete(oldest);
  }

  function show(state: Live): Promise<MessageRef> {
    return new Promise((resolve, reject) => {
      const entry = accept(state, { look: false });
      const message = entry?.run.message;
      if (message !== undefined) resolve(message);
      else if (entry === undefined) {
        // Over and shown already: somebody heard of it before its answer was given.
        const unknown = new Error(`the message of ${state.id} is not followed any more`);
        state.record
          .message()
          .then((known) => (known === undefined ? reject(unknown) : resolve(known)), reject);
      } else entry.waiting.push({ resolve, reject });
    });
  }

  return {
    async start() {
      unwatch.push(await jobs.watch((state) => accept(live(state), { look: true })));
      unwatch.push(await jobs.runbooks.watch((run) => accept(liveRunbook(run, jobs), { look: true })));
      for (const { state, message } of await jobs.unshown()) accept(live(state), { message, look: true });
      for (const { run, message } of await jobs.runbooks.unshown())
        accept(liveRunbook(run, jobs), { message, look: true });
    },
    show: (state) => show(live(state)),
    showRunbook: (run) => show(liveRunbook(run, jobs)),
    async close() {
      closed = true;
      for (const stop of unwatch.splice(0)) await stop();
      for (const lane of lanes.values()) lane.cancelTimer();
      await Promise.all([...lanes.values()].map((lane) => lane.working));
    },
  };
}

/** What the next delivery of an entry calls. */
function methodOf({ run }: Entry): 'chat.postMessage' | 'chat.update' {
  return run.message === undefined ? 'chat.postMessage' : 'chat.update';
}

/** Ends come first: they are what people wait for. */
function byUrgency(a: Entry, b: Entry): number {
  const ends = Number(b.run.latest.isOver) - Number(a.run.latest.isOver);
  return ends !== 0 ? ends : a.notBefore - b.notBefore;
}
