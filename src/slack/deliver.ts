import type { SlashCommand } from '@slack/bolt';
import type { KnownBlock } from '@slack/types';
import type { Logger } from 'pino';
import type { Directory, Reply } from '../commands/command.ts';
import { OpsError, problemOf } from '../core/errors.ts';
import type { Report } from '../core/look.ts';
import type { Jobs } from '../queue/api.ts';
import type { Once } from '../queue/once.ts';
import { isCut, reportBlocks } from './blocks/report.ts';
import type { Clients } from './clients.ts';
import { failureOf } from './failure.ts';
import type { Groups } from './groups.ts';
import type { Reporter } from './reporter.ts';
import { jsonFile, type MessageView, replyMessage, type TextFile, textFile } from './views.ts';
import type { ChannelWriter } from './writer.ts';

/** What every way in needs to carry a command out and to answer it. */
export interface CommandParts {
  readonly jobs: Jobs;
  readonly directory: Directory;
  readonly reporter: Reporter;
  readonly clients: Clients;
  readonly writer: ChannelWriter;
  readonly once: Once;
  readonly groups: Groups | undefined;
  readonly logger: Logger;
  now(): number;
}

/** Says something to whoever asked. */
export type Respond = (message: {
  readonly text: string;
  readonly blocks?: KnownBlock[];
  readonly response_type: 'ephemeral';
  readonly replace_original: false;
}) => Promise<unknown>;

/** Who is answered, and where. */
export type Asked = Pick<SlashCommand, 'channel_id' | 'user_id'>;

/** Gives a caller the answer, and a run its message in the channel of its site. */
export async function deliver(
  asked: Asked,
  respond: Respond,
  reply: Reply,
  parts: CommandParts,
): Promise<void> {
  const { reporter, logger } = parts;
  if (reply.kind === 'problem')
    logger.info({ caller: asked.user_id, problem: reply.problem }, 'a command was not run');
  const shown =
    reply.kind === 'run'
      ? reporter.show(reply.state)
      : reply.kind === 'runbook'
        ? reporter.showRunbook(reply.run)
        : undefined;
  shown?.catch((error: unknown) => {
    const reason = problemOf(error).message;
    const problem: Reply = {
      kind: 'problem',
      problem: {
        code: 'slack.api',
        message: `the run goes on, but it cannot be shown in ${'channel' in reply ? reply.channel : ''}: ${reason}`,
        next: 'Invite the app to the channel, or correct the channel in the site file; `/jaws jobs` shows the run.',
      },
    };
    return tell(asked, respond, problem, parts);
  });
  await tell(asked, respond, reply, parts);
  if (reply.kind === 'report' || reply.kind === 'offer') await sendWhole(asked, respond, reply.report, parts);
  if (reply.kind === 'export') await sendFile(asked, respond, jsonFile(reply.title, reply.data), parts);
}

/** A text of which the answer shows a part follows as a file, to the caller alone like the answer. */
async function sendWhole(asked: Asked, respond: Respond, report: Report, parts: CommandParts): Promise<void> {
  if (report.text === undefined || !isCut(reportBlocks(report, 'section'))) return;
  await sendFile(asked, respond, textFile(report.title, report.text), parts);
}

/** Sends a file to the caller alone. */
async function sendFile(asked: Asked, respond: Respond, file: TextFile, parts: CommandParts): Promise<void> {
  const { writer, logger } = parts;
  try {
    const channel = await writer.direct(asked.user_id);
    await writer.upload({ channel }, file);
  } catch (error) {
    const { message } = failureOf(error);
    logger.warn({ caller: asked.user_id, reason: message }, 'the whole text could not be sent');
    const { problem } = new OpsError('slack.api', `the whole text could not be sent as a file: ${message}`, {
      next: '`jaws-ops` with the same words shows all of it.',
    });
    await tell(asked, respond, { kind: 'problem', problem }, parts);
  }
}

/** Answers the caller through the command's own URL; when that fails, as a message only the caller sees. */
async function tell(
  asked: Asked,
  respond: Respond,
  reply: Reply,
  { clients, logger, now }: CommandParts,
): Promise<void> {
  const at = now();
  const plain = () => replyMessage(reply, 'section', at);
  const forms: (() => MessageView)[] = [
    () => replyMessage(reply, 'plan', at),
    plain,
    () => ({ text: plain().text, blocks: [] }),
  ];
  for (const form of forms) {
    try {
      await respond({ response_type: 'ephemeral', replace_original: false, ...content(form()) });
      return;
    } catch (error) {
      logger.warn({ reason: problemOf(error).message }, 'the answer could not be given in this form');
    }
  }
  try {
    await clients.interactive.chat.postEphemeral({
      channel: asked.channel_id,
      user: asked.user_id,
      text: plain().text,
    });
  } catch (error) {
    logger.error({ caller: asked.user_id, reason: failureOf(error).message }, 'the caller got no answer');
  }
}

function content(form: MessageView): { text: string; blocks?: KnownBlock[] } {
  return form.blocks.length === 0 ? { text: form.text } : form;
}
