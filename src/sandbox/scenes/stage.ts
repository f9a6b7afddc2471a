import { setTimeout as delay } from 'node:timers/promises';
import { zoned } from '../../core/zone.ts';
import { channelText } from '../channel-text.ts';
import { namesOf, type Product } from '../product.ts';
import type { SentMessage } from '../slack/record.ts';
import { lastShown, type Outcome, typed, withoutSlash } from '../typed.ts';

/** Longest wait for a message that is on its way, in milliseconds. */
const ARRIVAL_MS = 60_000;
/** The bot takes these turns every minute; every five are enough to miss nothing that lasts. */
const STEP_MS = 5 * 60_000;
const TURNS = ['reminders', 'after-maintenance'] as const;

/** Something that was to happen and did not. */
export class Missed extends Error {}

/** A channel before an audience: what happens there is printed as it happens, under the time of the sandbox. */
export interface Stage {
  /** Says what happens beside the channel. */
  tell(text: string): void;
  /** Lets time pass, five minutes at a time, with the bot's turns in between; printing what it says. */
  pass(to: number): Promise<void>;
  /** The next message of the channel that has not been taken yet. @throws Missed when it is another or none comes */
  expect(what: string, pattern: RegExp): Promise<SentMessage>;
  /** Types a command as a person and waits for its end. */
  type(text: string): Promise<Outcome>;
  /** Types a command that starts a run, and does not wait for it; prints what the person is told. */
  begin(text: string): Promise<void>;
  /** Presses a button; prints and gives what the person is told. */
  press(message: SentMessage, label: string): Promise<string>;
  /** Waits for every run to end and be shown. @throws Missed when one of them did not succeed */
  settled(): Promise<void>;
  /** @throws Missed when the channel holds a message that nobody has taken */
  nothingElse(): void;
}

/**
 * @param channel name of the channel, with `#`
 * @param zone IANA time zone in which times are printed
 */
export function openStage(
  product: Product,
  channel: string,
  zone: string,
  print: (text: string) => void,
): Stage {
  const { slack, clock, jobs } = product;
  const people = namesOf(product);
  const before = new Set(slack.messages(channel).map(({ ts }) => ts));
  const taken = new Set<string>();
  const printed = new Set<string>();
  const isRun = new Set<string>();
  const heading = (who: string) => `\n── ${who} · ${zoned(clock.now(), zone)} ──`;
  const show = (message: SentMessage) => {
    if (printed.has(message.ts)) return;
    printed.add(message.ts);
    print(`${heading(channel)}\n${channelText(message.blocks, people) || message.text}`);
  };
  const fresh = () =>
    slack.messages(channel).filter(({ ts }) => !before.has(ts) && !taken.has(ts) && !isRun.has(ts));
  const runShown = async (jobId: string) => {
    const { message: ref, state } = await lastShown(jobs, jobId);
    const message = slack.record.all().find(({ ts }) => ts === ref?.ts);
    if (message === undefined || before.has(message.ts) || isRun.has(message.ts)) return;
    isRun.add(message.ts);
    show(message);
    if (state.status !== 'succeeded') throw new Missed(`job ${jobId} ${state.status}`);
  };

  return {
    tell: (text) => print(`\n▸ ${text}`),
    async pass(to) {
      while (clock.now() < to) {
        clock.forward(Math.min(to, clock.now() + STEP_MS));
        for (const schedule of TURNS) await product.turn(schedule);
        for (const message of fresh()) show(message);
      }
    },
    async expect(what, pattern) {
      const limit = Date.now() + ARRIVAL_MS;
      for (;;) {
        const [next] = fresh();
        if (next !== undefined) {
          show(next);
          if (!pattern.test(next.text)) throw new Missed(`${what}: the channel says something else`);
          taken.add(next.ts);
          return next;
        }
        if (Date.now() > limit) throw new Missed(`${what}: the channel does not say so`);
        await delay(50);
      }
    },
    async type(text) {
      print(`${heading('typed')}\n> ${text}`);
      const outcome = await typed(product, text);
      if (outcome.message === undefined) print(outcome.shown);
      else {
        isRun.add(outcome.message.ts);
        show(outcome.message);
      }
      return outcome;
    },
    async begin(text) {
      print(`${heading('typed')}\n> ${text}`);
      const reply = await (await slack.command({ text: withoutSlash(text) })).first;
      print(channelText(reply.blocks, people) || reply.text);
    },
    async press(message, label) {
      print(`${heading('pressed')}\n[ ${label} ]`);
      const reply = await (await slack.click(message, label)).first;
      const text = channelText(reply.blocks, people) || reply.text;
      print(text);
      return text;
    },
    async settled() {
      for (const { state } of await jobs.list({ limit: 20 })) await runShown(state.jobId);
    },
    nothingElse() {
      const [extra] = fresh();
      if (extra !== undefined) throw new Missed(`something was said that was not expected: ${extra.text}`);
    },
  };
}
