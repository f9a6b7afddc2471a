import { expect, test } from 'vitest';
import type { Notice } from '../../src/core/notice.ts';
import { createMemoryOnce } from '../../src/queue/once.ts';
import { refusalOf } from '../../src/sandbox/slack/blocks.ts';
import { SlackFailure } from '../../src/slack/failure.ts';
import { createNotices } from '../../src/slack/notices.ts';
import type { MessageView } from '../../src/slack/views.ts';
import type { ChannelWriter } from '../../src/slack/writer.ts';
import { quietLogger } from '../fixtures/queue.ts';

/** A channel that outlives the bots that write to it. */
function aChannel() {
  const posted = new Map<string, MessageView>();
  let posts = 0;
  const channels: string[] = [];
  const failures: SlackFailure[] = [];
  const never = () => Promise.reject(new Error('a notice needs none of this'));
  const writer: ChannelWriter = {
    async post(channel, view, id) {
      posts += 1;
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      posted.set(id, view);
      channels.push(channel);
      return { channel, ts: String(posts) };
    },
    find: async (channel, id) => (posted.has(id) ? { channel, ts: '1' } : undefined),
    update: never,
    direct: never,
    permalink: never,
    replies: never,
    reply: never,
    upload: never,
  };
  /** A bot just started: what it claimed in an earlier life has run out. */
  const aBot = (once = createMemoryOnce(() => 0)) =>
    createNotices({
      writer,
      pace: { take: async () => undefined },
      once,
      channel: (site, topic) => `#${site}-${topic}`,
      logger: quietLogger,
      now: () => 0,
    });
  return { posted, channels, failures, aBot, posts: () => posts };
}

const notice: Notice = {
  id: 'w/1/start',
  site: 'aws',
  topic: 'reminders',
  since: 0,
  report: { title: 'Down at aws', tables: [{ head: ['A'], rows: [['<!here> b']] }], next: 'Choose.' },
  choices: [
    { label: 'Start', line: 'start dev aws', command: 'start', input: { site: 'aws' }, style: 'primary' },
  ],
};

test('a bot that was killed after it posted finds its notice, and does not post it again', async () => {
  const { aBot, posts } = aChannel();
  expect(await aBot()(notice)).toBe(true);
  expect(await aBot()(notice)).toBe(true);
  expect(posts()).toBe(1);
});

test('of two bots one posts; the other leaves it alone and does not call it said', async () => {
  const { aBot, posts } = aChannel();
  const once = createMemoryOnce(() => 0);
  expect(await Promise.all([aBot(once)(notice), aBot(once)(notice)])).toEqual([true, false]);
  expect(posts()).toBe(1);
});

test('a failure of Slack is the caller’s to try again', async () => {
  const { aBot, failures, posted } = aChannel();
  failures.push(new SlackFailure('rate-limited', 'slow down'));
  await expect(aBot()(notice)).rejects.toThrow('slow down');
  expect(await aBot()(notice)).toBe(true);
  expect(posted.size).toBe(1);
});

test('refused blocks give way to plainer ones and in the end to text with the commands', async () => {
  const { aBot, failures, posted } = aChannel();
  failures.push(new SlackFailure('blocks', 'invalid_blocks'), new SlackFailure('blocks', 'invalid_blocks'));
  expect(await aBot()(notice)).toBe(true);
  expect(posted.get(notice.id)).toMatchObject({ blocks: [] });
  expect(posted.get(notice.id)?.text).toContain('Start: /jaws start dev aws');
  expect(posted.get(notice.id)?.text).not.toContain('<!here>');
});

test('Slack takes the blocks, and the button holds the command', async () => {
  const { aBot, posted } = aChannel();
  await aBot()(notice);
  const blocks = posted.get(notice.id)?.blocks ?? [];
  expect(refusalOf(blocks, 'message')).toBeUndefined();
  expect(JSON.stringify(blocks)).toContain(
    JSON.stringify(JSON.stringify({ command: 'start', input: { site: 'aws' } })).slice(1, -1),
  );
});

test('each topic is said in its channel', async () => {
  const { aBot, channels } = aChannel();
  await aBot()(notice);
  await aBot()({ ...notice, id: 'drift', topic: 'drift' });
  expect(channels).toEqual(['#aws-reminders', '#aws-drift']);
});

test('whom it concerns are called, in every form', async () => {
  const { aBot, posted } = aChannel();
  const who = { id: 'U0ALICE', name: 'alice', via: 'slack' } as const;
  await aBot()({ ...notice, concerns: [who] });
  const view = posted.get(notice.id);
  expect(view?.text).toMatch(/^<@U0ALICE>: Down at aws/);
  expect(JSON.stringify(view?.blocks)).toContain('<@U0ALICE>');
  expect(refusalOf(view?.blocks ?? [], 'message')).toBeUndefined();
});
