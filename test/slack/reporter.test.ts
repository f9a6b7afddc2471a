import pino from 'pino';
import { describe, expect, test } from 'vitest';
import { STEP_IDS } from '../../src/core/plan.ts';
import { advance, type RunState } from '../../src/core/run.ts';
import type { MessageRef } from '../../src/queue/message-ref.ts';
import { createMemoryOnce, type Once } from '../../src/queue/once.ts';
import { Rates } from '../../src/sandbox/slack/rates.ts';
import { approverMentions } from '../../src/slack/calls.ts';
import { SlackFailure } from '../../src/slack/failure.ts';
import { createReporter, type Reporter } from '../../src/slack/reporter.ts';
import type { MessageView } from '../../src/slack/views.ts';
import type { ChannelWriter } from '../../src/slack/writer.ts';
import { FakeClock } from '../fixtures/clock.ts';
import { directory } from '../fixtures/directory.ts';
import { FakeJobs } from '../fixtures/jobs.ts';
import { failedIn, queued, runningIn, succeeded, T0 } from '../fixtures/runs.ts';

interface Shown {
  readonly jobId: string;
  views: MessageView[];
  thread: string[];
  files: string[];
}

/** Channels in memory, with the time of each call and failures on request. */
class FakeWriter implements ChannelWriter {
  readonly messages = new Map<string, Shown>();
  /** `ts` of messages that somebody has deleted, with their threads. */
  readonly deleted = new Set<string>();
  readonly calls: { at: number; what: string; ts?: string }[] = [];
  /** Called before each call; may throw. `after` ones throw when the call has taken effect. */
  fail: (what: string) => { error: SlackFailure; after?: boolean } | undefined = () => undefined;
  readonly #clock: FakeClock;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  async #do<T>(what: string, ts: string | undefined, effect: () => T): Promise<T> {
    this.calls.push({ at: this.#clock.now(), what, ...(ts === undefined ? {} : { ts }) });
    const failure = this.fail(what);
    if (failure !== undefined && failure.after !== true) throw failure.error;
    const result = effect();
    if (failure !== undefined) throw failure.error;
    return result;
  }

  #at(message: MessageRef): Shown {
    const shown = this.messages.get(message.ts);
    if (shown === undefined || this.deleted.has(message.ts))
      throw new SlackFailure('gone', 'message_not_found');
    return shown;
  }

  post(channel: string, view: MessageView, jobId: string): Promise<MessageRef> {
    return this.#do('post', undefined, () => {
      const ts = `${this.messages.size + 1}.0`;
      this.messages.set(ts, { jobId, views: [view], thread: [], files: [] });
      return { channel, ts };
    });
  }
  update(message: MessageRef, view: MessageView): Promise<void> {
    return this.#do('update', message.ts, () => void this.#at(message).views.push(view));
  }
  find(
    channel: string,
    jobId: string,
    _since: number,
    gone: ReadonlySet<string> = new Set(),
  ): Promise<MessageRef | undefined> {
    return this.#do('find', undefined, () => {
      const found = [...this.messages].find(
        ([ts, shown]) => shown.jobId === jobId && !gone.has(ts) && !this.deleted.has(ts),
      );
      return found === undefined ? undefined : { channel, ts: found[0] };
    });
  }
  direct(userId: string): Promise<string> {
    return this.#do('direct', undefined, () => `D-${userId}`);
  }
  async permalink(message: MessageRef): Promise<string> {
    return `http://slack/${message.ts}`;
  }
  replies(message: MessageRef): Promise<readonly string[]> {
    return this.#do('replies', message.ts, () => {
      const { thread, files } = this.#at(message);
      return [...thread, ...files];
    });
  }
  reply(message: MessageRef, text: string): Promise<void> {
    return this.#do('reply', message.ts, () => void this.#at(message).thread.push(text));
  }
  upload(to: { channel: string; ts?: string }, file: { title: string }): Promise<void> {
    const { channel, ts = '' } = to;
    return this.#do('upload', ts, () => void this.#at({ channel, ts }).files.push(file.title));
  }
  count(what: string): number {
    return this.calls.filter((call) => call.what === what).length;
  }
}

interface World {
  clock: FakeClock;
  jobs: FakeJobs;
  writer: FakeWriter;
  once: Once;
  start(): Promise<Reporter>;
}

function world(clock = new FakeClock(T0)): World {
  const jobs = new FakeJobs();
  const writer = new FakeWriter(clock);
  const once = createMemoryOnce(() => clock.now());
  return {
    clock,
    jobs,
    writer,
    once,
    async start() {
      const reporter = createReporter({
        jobs,
        writer,
        once,
        clock,
        channel: directory.channel,
        approvers: (state) => approverMentions(state, directory),
        logger: pino({ level: 'silent' }),
      });
      await reporter.start();
      return reporter;
    },
  };
}

const text = (shown: Shown | undefined) => shown?.views.at(-1)?.text ?? '';
const only = (writer: FakeWriter) => [...writer.messages.values()][0];

function submit(w: World, jobId = 'd-1', site = 'aws'): RunState {
  const state = queued(jobId, { site });
  w.jobs.jobs.set(jobId, { state });
  return state;
}

test('one message per run, followed to its end, with at least 1.5 s between edits', async () => {
  const w = world();
  const reporter = await w.start();
  const shown = reporter.show(submit(w));
  await w.clock.settle();
  expect(await shown).toMatchObject({ channel: '#jaws-aws', ts: '1.0' });
  let state = queued();
  for (let i = 0; i < 200; i += 1) {
    state = advance(runningIn('stage', state), {
      at: T0,
      type: 'step-output',
      step: 'stage',
      text: `line ${i}`,
    });
    w.jobs.push(state);
    await w.clock.pass(50);
  }
  w.jobs.push(succeeded(state));
  await w.clock.pass(2_000);
  expect(w.writer.messages.size).toBe(1);
  expect(text(only(w.writer))).toContain('Deployed JAWS Site 2.5.4');
  const writes = w.writer.calls
    .filter(({ what }) => what === 'post' || what === 'update')
    .map(({ at }) => at);
  expect(writes.length).toBeGreaterThan(5);
  for (let i = 1; i < writes.length; i += 1)
    expect((writes[i] ?? 0) - (writes[i - 1] ?? 0)).toBeGreaterThanOrEqual(1500);
  expect(w.jobs.jobs.get('d-1')).toMatchObject({
    message: { ts: '1.0', permalink: 'http://slack/1.0' },
    shownSeq: succeeded(state).seq,
  });
  expect(w.writer.count('find')).toBe(0);
});

test('a time of day that is set back holds no message up', async () => {
  const w = world();
  const reporter = await w.start();
  void reporter.show(submit(w));
  await w.clock.pass(5_000);
  w.clock.set(-3_600_000);
  w.jobs.push(succeeded(queued()));
  await w.clock.pass(5_000);
  expect(text(only(w.writer))).toContain('Deployed JAWS Site 2.5.4');
});

test('time that goes on while a delivery is chosen loses none', async () => {
  const w = world(new FakeClock(T0, 1));
  const reporter = await w.start();
  for (let i = 0; i < 5; i += 1) void reporter.show(submit(w, `d-${i}`));
  await w.clock.pass(30_000);
  for (let i = 0; i < 5; i += 1) w.jobs.push(succeeded(queued(`d-${i}`)));
  await w.clock.pass(60_000);
  expect([...w.writer.messages.values()].map((shown) => text(shown))).toEqual(
    Array.from({ length: 5 }, () => expect.stringContaining('Deployed JAWS Site 2.5.4')),
  );
});

test('an older or repeated snapshot changes nothing, nor does one after the end', async () => {
  const w = world();
  const reporter = await w.start();
  void reporter.show(submit(w));
  const end = succeeded();
  w.jobs.push(end);
  await w.clock.pass(5_000);
  const calls = w.writer.calls.length;
  w.jobs.push(runningIn('stage'));
  w.jobs.push(end);
  await w.clock.pass(60_000);
  expect(w.writer.calls.length).toBe(calls);
  expect(text(only(w.writer))).toContain('Deployed');
});

test('a rate limit pauses every channel for as long as Slack says, and the end is not lost', async () => {
  const w = world();
  const reporter = await w.start();
  void reporter.show(submit(w));
  await w.clock.pass(3_000);
  let limited = 0;
  w.writer.fail = () =>
    limited++ === 0
      ? { error: new SlackFailure('rate-limited', 'ratelimited', { retryAfterMs: 30_000 }) }
      : undefined;
  w.jobs.push(runningIn('stage'));
  await w.clock.pass(10);
  const at = w.clock.now();
  w.jobs.push(succeeded());
  await w.clock.pass(29_000);
  expect(w.writer.count('update')).toBe(1);
  await w.clock.pass(2_000);
  expect(w.writer.calls.at(-1)?.at).toBeGreaterThanOrEqual(at + 29_990);
  expect(text(only(w.writer))).toContain('Deployed');
});

test('a post whose answer was lost is found again, not repeated', async () => {
  const w = world();
  const reporter = await w.start();
  let first = true;
  w.writer.fail = (what) => {
    if (what !== 'post' || !first) return undefined;
    first = false;
    return { error: new SlackFailure('unclear', 'socket hang up'), after: true };
  };
  const shown = reporter.show(submit(w));
  await w.clock.pass(10_000);
  expect(await shown).toMatchObject({ ts: '1.0' });
  expect(w.writer.messages.size).toBe(1);
  expect(w.writer.count('post')).toBe(1);
});

test('several bots show a run once', async () => {
  const w = world();
  await w.start();
  await w.start();
  w.jobs.push(runningIn('stage'));
  await w.clock.pass(100);
  w.jobs.push(succeeded());
  await w.clock.pass(70_000);
  expect(w.writer.messages.size).toBe(1);
  expect(text(only(w.writer))).toContain('Deployed');
});

describe('a bot that is started again', () => {
  test('renders what its predecessor left, without a second message', async () => {
    const w = world();
    const reporter = await w.start();
    void reporter.show(submit(w));
    await w.clock.pass(100);
    await reporter.close();
    w.jobs.push(failedIn('stage', 'no space left'));
    await w.start();
    await w.clock.pass(5_000);
    expect(w.writer.messages.size).toBe(1);
    expect(text(only(w.writer))).toContain('no space left');
  });

  test('finds a message whose place was never saved', async () => {
    const w = world();
    submit(w);
    await w.once.first('post-d-1-0', 60);
    await w.writer.post('#jaws-aws', { text: 'x', blocks: [] }, 'd-1');
    await w.start();
    await w.clock.pass(1_000);
    expect(w.writer.messages.size).toBe(1);
    expect(text(only(w.writer))).toContain('waits for a worker');
    expect(w.jobs.jobs.get('d-1')?.message?.ts).toBe('1.0');
  });

  test('does not send the output of a failed step again', async () => {
    const w = world();
    w.jobs.outputs.set('d-1/stage', 'error: no space left\n'.repeat(300));
    w.jobs.shown = () => Promise.reject(new Error('Redis is away'));
    const reporter = await w.start();
    w.jobs.push(failedIn('stage', 'no space left'));
    await w.clock.pass(5_000);
    await reporter.close();
    await w.start();
    await w.clock.pass(5_000);
    const shown = only(w.writer);
    expect(shown?.thread.length).toBe(2);
    expect(shown?.thread[0]).toMatch(/^Output of Stage, job d-1 \(1\/2\)/);
  });
});

test('long output goes into the thread as one file', async () => {
  const w = world();
  w.jobs.outputs.set('d-1/stage', 'error: no space left\n'.repeat(3000));
  await w.start();
  w.jobs.push(failedIn('stage', 'no space left'));
  await w.clock.pass(5_000);
  expect(only(w.writer)).toMatchObject({ thread: [], files: ['Output of Stage, job d-1'] });
});

test('a workspace that refuses plans gets sections, and is not asked again', async () => {
  const w = world();
  const reporter = await w.start();
  const refuse: FakeWriter['post'] = w.writer.post.bind(w.writer);
  let refused = 0;
  w.writer.post = async (channel, view, jobId) => {
    if (!view.blocks.some((block) => block.type === 'plan')) return refuse(channel, view, jobId);
    refused += 1;
    throw new SlackFailure('blocks', 'invalid_blocks');
  };
  for (const id of ['d-1', 'd-2']) w.jobs.push(runningIn('stage', queued(id)));
  await w.clock.pass(5_000);
  expect(w.writer.messages.size).toBe(2);
  expect(refused).toBe(1);
  await reporter.close();
});

describe('a message that was deleted', () => {
  /** A world in which a run has its first message, and somebody deletes it. */
  async function deletedOnce() {
    const w = world();
    const reporter = await w.start();
    void reporter.show(submit(w));
    await w.clock.pass(3_000);
    w.writer.deleted.add('1.0');
    return { ...w, reporter };
  }

  test('is posted once more', async () => {
    const w = await deletedOnce();
    w.jobs.push(succeeded());
    await w.clock.pass(5_000);
    expect(w.writer.messages.size).toBe(2);
    expect(text(w.writer.messages.get('2.0'))).toContain('Deployed');
    expect(w.jobs.jobs.get('d-1')?.message?.ts).toBe('2.0');
  });

  test('is not posted a third time when the answer to the second was lost', async () => {
    const w = await deletedOnce();
    w.writer.fail = (what) =>
      what === 'post' && w.writer.count('post') === 2
        ? { error: new SlackFailure('unclear', 'socket hang up'), after: true }
        : undefined;
    w.jobs.push(runningIn('stage'));
    await w.clock.settle();
    w.jobs.push(succeeded());
    await w.clock.pass(30_000);
    expect(w.writer.count('post')).toBe(2);
    expect(text(w.writer.messages.get('2.0')), 'and shows the end, not what was posted').toContain(
      'Deployed',
    );
    expect(w.jobs.jobs.get('d-1')).toMatchObject({ message: { ts: '2.0' }, shownSeq: succeeded().seq });
  });

  test('is posted once more by several bots together', async () => {
    const w = await deletedOnce();
    await w.start();
    w.jobs.push(runningIn('stage'));
    await w.clock.pass(70_000);
    w.jobs.push(succeeded());
    await w.clock.pass(70_000);
    expect(w.writer.messages.size).toBe(2);
    expect(text(w.writer.messages.get('2.0'))).toContain('Deployed');
  });

  test('and of which Slack still tells is not taken for the new one', async () => {
    const w = await deletedOnce();
    w.writer.deleted.clear();
    w.writer.fail = (what) =>
      what === 'update' && w.writer.calls.at(-1)?.ts === '1.0'
        ? { error: new SlackFailure('gone', 'cant_update_message') }
        : undefined;
    w.jobs.push(succeeded());
    await w.clock.pass(5_000);
    expect(text(w.writer.messages.get('2.0'))).toContain('Deployed');
    expect(w.writer.messages.size).toBe(2);
  });

  test('as often as it was posted is not wanted, and nothing more is tried', async () => {
    const w = await deletedOnce();
    for (const ts of ['2.0', '3.0']) w.writer.deleted.add(ts);
    for (const step of ['stage', 'stop'] as const) {
      w.jobs.push(runningIn(step));
      await w.clock.pass(5_000);
    }
    const end = succeeded();
    w.jobs.push({ ...end, caller: { ...end.caller, via: 'cli' } });
    await w.clock.pass(3_600_000);
    const { length } = w.writer.calls;
    await w.clock.pass(3_600_000);
    expect(w.writer.calls).toHaveLength(length);
    expect(w.writer.count('post')).toBe(3);
    expect(w.jobs.jobs.get('d-1')?.shownSeq).toBe(end.seq);
  });
});

describe('a thread that is gone', () => {
  /** A run that has failed and whose message is in place; only its output is still to come. */
  async function failing(fail: (w: World) => FakeWriter['fail']) {
    const w = world();
    w.jobs.outputs.set('d-1/stage', 'error: no space left\n');
    await w.start();
    w.writer.fail = fail(w);
    w.jobs.push(failedIn('stage', 'no space left'));
    await w.clock.pass(3_600_000);
    return w;
  }
  const missing = { error: new SlackFailure('gone', 'thread_not_found') };

  test('with its message comes again with the message', async () => {
    const w = await failing(({ writer }) => (what) => {
      if (what === 'replies' && writer.messages.size === 1) writer.deleted.add('1.0');
      return undefined;
    });
    expect(w.writer.messages.size).toBe(2);
    expect(text(w.writer.messages.get('2.0'))).toContain('no space left');
    expect(w.writer.messages.get('2.0')?.thread).toHaveLength(1);
    expect(w.jobs.jobs.get('d-1')?.shownSeq).toBe(failedIn('stage', '').seq);
  });

  test('of a message that stands is given up', async () => {
    const w = await failing(() => (what) => (what === 'replies' || what === 'reply' ? missing : undefined));
    expect(w.writer.messages.size).toBe(1);
    expect(w.writer.count('replies')).toBe(1);
    expect(w.jobs.jobs.get('d-1')?.shownSeq).toBe(failedIn('stage', '').seq);
  });
});

test('a channel that refuses the bot is told to who asked, and tried again later', async () => {
  const w = world();
  const reporter = await w.start();
  w.writer.fail = () => ({ error: new SlackFailure('refused', 'not_in_channel') });
  const shown = reporter.show(submit(w));
  shown.catch(() => undefined);
  await w.clock.pass(100);
  await expect(shown).rejects.toThrow('not_in_channel');
  expect(w.writer.count('post')).toBe(1);
  w.writer.fail = () => undefined;
  w.jobs.push(succeeded());
  await w.clock.pass(60_000);
  expect(text(only(w.writer))).toContain('Deployed');
});

test('Slack away for an hour: nothing is posted twice and the end arrives', async () => {
  const w = world();
  const reporter = await w.start();
  void reporter.show(submit(w));
  await w.clock.pass(3_000);
  w.writer.fail = () => ({ error: new SlackFailure('unclear', 'ECONNREFUSED') });
  w.jobs.push(runningIn('stage'));
  await w.clock.pass(1_800_000);
  w.jobs.push(succeeded());
  await w.clock.pass(1_800_000);
  const calls = w.writer.calls.length;
  expect(calls).toBeLessThan(100);
  w.writer.fail = () => undefined;
  await w.clock.pass(61_000);
  expect(w.writer.messages.size).toBe(1);
  expect(text(only(w.writer))).toContain('Deployed');
});

test('twenty runs in one channel keep the pace of the channel', async () => {
  const w = world();
  const reporter = await w.start();
  for (let i = 1; i <= 20; i += 1) void reporter.show(submit(w, `d-${i}`));
  await w.clock.pass(30_000);
  expect(w.writer.messages.size).toBe(20);
  const posts = w.writer.calls.map(({ at }) => at);
  for (let i = 1; i < posts.length; i += 1)
    expect((posts[i] ?? 0) - (posts[i - 1] ?? 0)).toBeGreaterThanOrEqual(1100);
});

test('many channels together keep within what Slack allows the workspace, and ends do not wait for the rest', async () => {
  const w = world();
  const reporter = await w.start();
  const runs = Array.from({ length: 40 }, (_, i) => submit(w, `d-${i}`, `site-${i}`));
  for (const run of runs) void reporter.show(run);
  await w.clock.pass(30_000);
  expect(w.writer.messages.size).toBe(40);
  const ofSteps = STEP_IDS.map((step) => runs.map((run) => runningIn(step, run)));
  for (const states of ofSteps) {
    for (const state of states) w.jobs.push(state);
    await w.clock.pass(10_000);
  }
  const running = w.writer.calls.filter(({ what }) => what === 'update').map(({ at }) => at);
  for (const [i, state] of ofSteps.at(-1)?.entries() ?? []) if (i % 10 === 0) w.jobs.push(succeeded(state));
  await w.clock.pass(2_000);
  const ends = [...w.writer.messages.values()].filter((shown) => text(shown).includes('Deployed'));
  expect(ends).toHaveLength(4);
  expect(running.length).toBeGreaterThan(40);
  const rates = new Rates();
  for (const { what, at } of w.writer.calls) if (what === 'update') rates.note('chat.update', '', at);
  expect(rates.exceeded()).toEqual([]);
});
