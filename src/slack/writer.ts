import type { WebClient } from '@slack/web-api';
import type { MessageRef } from '../queue/message-ref.ts';
import { failureOf, SlackFailure } from './failure.ts';
import type { Pace, PacedMethod } from './pace.ts';
import type { MessageView, TextFile } from './views.ts';

/** How run messages are marked, so that they can be found again. */
const EVENT_TYPE = 'jaws_run';
/** Pages of a channel's history that are looked through. */
const MAX_PAGES = 5;

/** What the reporter needs of Slack. Every method rejects with {@link SlackFailure} and nothing else. */
export interface ChannelWriter {
  /** @param channel id, or name with `#` */
  post(channel: string, view: MessageView, jobId: string): Promise<MessageRef>;
  update(message: MessageRef, view: MessageView): Promise<void>;
  /**
   * The run message of a job, posted since the given time (milliseconds since the epoch).
   * @param gone `ts` of messages that are not meant: they cannot be changed any more, but may still be there
   */
  find(
    channel: string,
    jobId: string,
    since: number,
    gone?: ReadonlySet<string>,
  ): Promise<MessageRef | undefined>;
  /** The channel of the direct messages with a person. */
  direct(userId: string): Promise<string>;
  permalink(message: MessageRef): Promise<string | undefined>;
  /** Texts in the thread of a message, the message itself left out. */
  replies(message: MessageRef): Promise<readonly string[]>;
  reply(message: MessageRef, text: string): Promise<void>;
  /** A file in a channel, or in the thread of a message. */
  upload(to: { readonly channel: string; readonly ts?: string }, file: TextFile): Promise<void>;
}

/**
 * @param client must reject rate-limited calls and must not retry by itself
 * @param pace waited for by all but `post` and `update`, which the caller chooses among many
 */
export function createWriter(
  client: WebClient,
  pace: Pick<Pace, 'take'> = { take: async () => undefined },
): ChannelWriter {
  const paced = <T>(method: PacedMethod, call: () => Promise<T>) =>
    attempt(() => pace.take(method).then(call));
  const channels = new Map<string, string>();

  /** History is asked by id; a name is looked up once. */
  async function channelId(channel: string): Promise<string | undefined> {
    if (!channel.startsWith('#')) return channel;
    const known = channels.get(channel);
    if (known !== undefined) return known;
    let cursor: string | undefined;
    do {
      await pace.take('conversations.list');
      const page = await client.conversations.list({
        types: 'public_channel,private_channel',
        exclude_archived: true,
        limit: 1000,
        ...(cursor === undefined ? {} : { cursor }),
      });
      for (const { id, name } of page.channels ?? []) {
        if (id !== undefined && name !== undefined) channels.set(`#${name}`, id);
      }
      cursor = page.response_metadata?.next_cursor || undefined;
    } while (cursor !== undefined && !channels.has(channel));
    return channels.get(channel);
  }

  async function find(
    channel: string,
    jobId: string,
    since: number,
    gone: ReadonlySet<string>,
  ): Promise<MessageRef | undefined> {
    const id = await channelId(channel);
    if (id === undefined) return undefined;
    let cursor: string | undefined;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      await pace.take('conversations.history');
      const history = await client.conversations.history({
        channel: id,
        oldest: String(since / 1000),
        limit: 200,
        include_all_metadata: true,
        ...(cursor === undefined ? {} : { cursor }),
      });
      for (const { ts, metadata } of history.messages ?? []) {
        if (
          ts !== undefined &&
          !gone.has(ts) &&
          metadata?.event_type === EVENT_TYPE &&
          jobIdOf(metadata.event_payload) === jobId
        ) {
          return { channel: id, ts };
        }
      }
      cursor = history.response_metadata?.next_cursor || undefined;
      if (cursor === undefined) return undefined;
    }
    return undefined;
  }

  return {
    post: (channel, view, jobId) =>
      attempt(async () => {
        const posted = await client.chat.postMessage({
          channel,
          text: view.text,
          blocks: view.blocks,
          metadata: { event_type: EVENT_TYPE, event_payload: { job_id: jobId } },
          unfurl_links: false,
          unfurl_media: false,
        });
        if (posted.ts === undefined || posted.channel === undefined) {
          throw new SlackFailure('unclear', 'Slack did not say where the message is');
        }
        if (channel.startsWith('#')) channels.set(channel, posted.channel);
        return { channel: posted.channel, ts: posted.ts };
      }),
    update: (message, view) =>
      attempt(async () => {
        await client.chat.update({
          channel: message.channel,
          ts: message.ts,
          text: view.text,
          blocks: view.blocks,
        });
      }),
    find: (channel, jobId, since, gone = new Set()) => attempt(() => find(channel, jobId, since, gone)),
    direct: (userId) =>
      paced('conversations.open', async () => {
        const { channel } = await client.conversations.open({ users: userId });
        if (channel?.id === undefined) {
          throw new SlackFailure('unclear', 'Slack did not say where direct messages go');
        }
        return channel.id;
      }),
    permalink: (message) =>
      paced('chat.getPermalink', async () => {
        const link = await client.chat.getPermalink({ channel: message.channel, message_ts: message.ts });
        return link.permalink;
      }),
    replies: (message) =>
      paced('conversations.replies', async () => {
        const thread = await client.conversations.replies({
          channel: message.channel,
          ts: message.ts,
          limit: 200,
        });
        return (thread.messages ?? []).filter(({ ts }) => ts !== message.ts).map(({ text }) => text ?? '');
      }),
    reply: (message, text) =>
      paced('chat.postMessage', async () => {
        await client.chat.postMessage({
          channel: message.channel,
          thread_ts: message.ts,
          text,
          unfurl_links: false,
          unfurl_media: false,
        });
      }),
    upload: (to, file) =>
      paced('files.getUploadURLExternal', async () => {
        const common = { ...file, channel_id: to.channel, initial_comment: file.title };
        await client.filesUploadV2(to.ts === undefined ? common : { ...common, thread_ts: to.ts });
      }),
  };
}

function jobIdOf(payload: unknown): unknown {
  return typeof payload === 'object' && payload !== null ? Reflect.get(payload, 'job_id') : undefined;
}

async function attempt<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw failureOf(error);
  }
}
