import type { KnownBlock } from '@slack/types';
import type { Asked, CommandParts } from './deliver.ts';
import { failureOf } from './failure.ts';

/** What is said to one person. */
export interface Whispered {
  readonly text: string;
  readonly blocks?: KnownBlock[];
}

/**
 * Answers a person who has no `response_url`, as after a form: in the channel, for that person alone; where the bot
 * cannot speak there, as a direct message.
 */
export function whisper(
  { clients, writer }: Pick<CommandParts, 'clients' | 'writer'>,
  { channel_id: channel, user_id: user }: Asked,
): (message: Whispered) => Promise<void> {
  return async ({ text, blocks = [] }) => {
    const content = { text, ...(blocks.length === 0 ? {} : { blocks }) };
    try {
      if (channel !== '') {
        await clients.interactive.chat.postEphemeral({ channel, user, ...content });
        return;
      }
    } catch (error) {
      const { kind } = failureOf(error);
      if (kind !== 'channel' && kind !== 'refused') throw error;
    }
    await clients.interactive.chat.postMessage({ channel: await writer.direct(user), ...content });
  };
}
