import type { Logger } from 'pino';
import type { MessageRef } from '../queue/message-ref.ts';
import type { Once } from '../queue/once.ts';
import type { Clock } from './clock.ts';
import { failureOf, SlackFailure } from './failure.ts';
import type { Live } from './live.ts';
import { type MessageView, noted } from './views.ts';
import type { ChannelWriter } from './writer.ts';

/** What all live messages of one workspace share. */
export interface RunMessageParts {
  readonly writer: ChannelWriter;
  readonly once: Once;
  readonly logger: Logger;
  readonly clock: Pick<Clock, 'now'>;
  /** The richest form that the workspace is known to take; goes down when Slack refuses it. */
  readonly form: { richest: 'plan' | 'section' | 'text' };
}

/** While one process posts, others that watch the same run wait this long before they look and try themselves. */
const CLAIM_SEC = 60;
/** How often a message that somebody deleted is posted again. */
const MAX_REPOSTS = 2;

/** The one message of one run: knows what is on show and brings it up to date, step by step and repeatably. */
export class RunMessage {
  latest: Live;
  readonly channel: string;
  readonly #parts: RunMessageParts;
  #message: MessageRef | undefined;
  /** False as long as nobody can have posted the message: it was submitted here and never tried. */
  #look: boolean;
  #claimed = false;
  #attached: boolean;
  #told = false;
  /** `ts` of those that somebody deleted, or that Slack does not let be changed any more. */
  readonly #gone = new Set<string>();
  #writtenSeq = -1;
  #outputDone: string | undefined;
  #shownSeq = -1;

  constructor(
    state: Live,
    channel: string,
    parts: RunMessageParts,
    known: { message?: MessageRef | undefined; look: boolean },
  ) {
    this.latest = state;
    this.channel = channel;
    this.#parts = parts;
    this.#message = known.message;
    this.#attached = known.message !== undefined;
    this.#look = known.look;
  }

  get message(): MessageRef | undefined {
    return this.#message;
  }

  /** Whether anything is left to do for the latest state. */
  get due(): boolean {
    return this.#shownSeq < this.latest.seq;
  }

  /**
   * Brings Slack up to date with the state of this moment. May be called again after any rejection: what is done
   * is not done twice.
   * @throws SlackFailure, or what its record rejects with
   */
  async deliver(): Promise<void> {
    const state = this.latest;
    try {
      await this.#deliverToChannel(state);
    } catch (error) {
      const failure = failureOf(error);
      const unwanted = failure.kind === 'gone' && this.#gone.size >= MAX_REPOSTS;
      if (!state.isOver || !(unwanted || failure.kind === 'channel')) throw failure;
      if (state.caller.via === 'slack') await this.#tellRequester(state, failure);
      // A channel may come back; a message that is deleted as often as it is posted is not wanted.
      else if (!unwanted) throw failure;
    }
    await state.record.shown(state.seq);
    this.#shownSeq = state.seq;
  }

  async #deliverToChannel(state: Live): Promise<void> {
    if (this.#message === undefined) this.#message = await this.#open(state);
    if (!this.#attached) this.#message = await this.#attach(state, this.#message);
    if (this.#writtenSeq < state.seq) await this.#edit(this.#message, state);
    const output = state.threadDue;
    if (output !== undefined && this.#outputDone !== output) {
      await this.#fillThread(this.#message, state);
      this.#outputDone = output;
    }
  }

  /** A thread that is gone has most often lost its message: only when that stands after all is there nothing to do. */
  async #fillThread(first: MessageRef, state: Live): Promise<void> {
    let message = first;
    for (;;) {
      try {
        return await unlessRefused(this.#sendOutput(message, state), undefined);
      } catch (error) {
        if (failureOf(error).kind !== 'gone') throw error;
      }
      const standing = await this.#edit(message, state);
      if (standing.ts === message.ts) return;
      message = standing;
    }
  }

  /** The end of a run must reach somebody: whoever asked for it gets it when the channel cannot. */
  async #tellRequester(state: Live, why: SlackFailure): Promise<void> {
    const { writer, once, logger } = this.#parts;
    const isFirst = this.#told || (await once.first(`direct-${state.id}`, CLAIM_SEC));
    const direct = await writer.direct(state.caller.id);
    const since = (state.endedAt ?? state.since) - 60_000;
    if ((await unlessRefused(writer.find(direct, state.id, since), undefined)) !== undefined) return;
    if (!isFirst) throw new SlackFailure('unclear', 'another process is telling the requester');
    this.#told = true;
    logger.warn({ job: state.id, reason: why.message }, 'the end of the run goes to who asked for it');
    const note = `${this.channel} cannot be written to (${why.message}), so the end of the run comes here.`;
    await this.#inSomeForm(state, (view) => writer.post(direct, noted(view, note), state.id));
  }

  /** Finds the message or posts it; of several processes only one posts. */
  async #open(state: Live): Promise<MessageRef> {
    const { writer, once, clock } = this.#parts;
    const known = await state.record.message();
    if (known !== undefined && !this.#gone.has(known.ts)) {
      this.#attached = true;
      return known;
    }
    const claims = !this.#claimed && (await once.first(`post-${state.id}-${this.#gone.size}`, CLAIM_SEC));
    const isFirst = this.#claimed || claims;
    // Whoever has posted a run as young as this one would still hold the claim.
    const age = clock.now() - state.since;
    const isNew = claims && age >= 0 && age < (CLAIM_SEC * 1000) / 2;
    if ((this.#look || !isFirst) && !isNew) {
      const looked = writer.find(this.channel, state.id, state.since - 60_000, this.#gone);
      const found = await unlessRefused(looked, undefined);
      if (found !== undefined) return found;
    }
    if (!isFirst) throw new SlackFailure('unclear', 'another process is posting this message');
    this.#claimed = true;
    this.#look = true;
    const posted = await this.#inSomeForm(state, (view) => writer.post(this.channel, view, state.id));
    this.#writtenSeq = state.seq;
    return posted;
  }

  async #attach(state: Live, message: MessageRef): Promise<MessageRef> {
    const permalink = await this.#parts.writer.permalink(message).catch(() => undefined);
    const whole = permalink === undefined ? message : { ...message, permalink };
    await state.record.attach(whole);
    this.#attached = true;
    return whole;
  }

  /** Writes the state into the message, or into a new one where it is gone. @returns the one that stands */
  async #edit(first: MessageRef, state: Live): Promise<MessageRef> {
    let message = first;
    do {
      try {
        await this.#inSomeForm(state, (view) => this.#parts.writer.update(message, view));
        this.#writtenSeq = state.seq;
      } catch (error) {
        const failure = failureOf(error);
        if (failure.kind !== 'gone' || this.#gone.size >= MAX_REPOSTS) throw failure;
        message = await this.#repost(message, state);
      }
      // One that was found, and not just posted, may show an earlier state.
    } while (this.#writtenSeq < state.seq);
    return message;
  }

  async #repost(gone: MessageRef, state: Live): Promise<MessageRef> {
    this.#gone.add(gone.ts);
    this.#claimed = false;
    this.#attached = false;
    this.#writtenSeq = -1;
    this.#message = undefined;
    this.#message = await this.#open(state);
    if (!this.#attached) this.#message = await this.#attach(state, this.#message);
    return this.#message;
  }

  /** Tries the richest form first and remembers for all messages what Slack refused. */
  async #inSomeForm<T>(state: Live, send: (view: MessageView) => Promise<T>): Promise<T> {
    const { form, logger } = this.#parts;
    for (;;) {
      const tried = form.richest;
      const view = state.view(tried === 'plan' ? 'plan' : 'section');
      try {
        return await send(tried === 'text' ? { ...view, blocks: [] } : view);
      } catch (error) {
        const failure = failureOf(error);
        if (failure.kind !== 'blocks' || tried === 'text') throw failure;
        logger.warn({ job: state.id, form: tried, reason: failure.message }, 'Slack refused the blocks');
        if (form.richest === tried) form.richest = tried === 'plan' ? 'section' : 'text';
      }
    }
  }

  /** The thread itself is the memory of what was sent, so a restarted bot does not send it again. */
  async #sendOutput(message: MessageRef, state: Live): Promise<void> {
    const { writer } = this.#parts;
    for (const view of await state.thread()) {
      const sent = (await unlessRefused(writer.replies(message), [])).filter((text) =>
        text.startsWith(view.title),
      ).length;
      if (view.kind === 'file') {
        if (sent === 0) await writer.upload(message, view);
      } else {
        for (const text of view.texts.slice(sent)) await writer.reply(message, text);
      }
    }
  }
}

async function unlessRefused<T>(attempt: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await attempt;
  } catch (error) {
    if (error instanceof SlackFailure && (error.kind === 'refused' || error.kind === 'channel'))
      return otherwise;
    throw error;
  }
}
