import type { App, RespondFn, SlashCommand } from '@slack/bolt';
import type { KnownBlock } from '@slack/types';
import type { Logger } from 'pino';
import type { CommandContext, Directory, Reply } from '../commands/command.ts';
import { answer } from '../commands/parse.ts';
import { OpsError, problemOf } from '../core/errors.ts';
import type { Report } from '../core/look.ts';
import type { Caller } from '../core/request.ts';
import type { Jobs } from '../queue/api.ts';
import type { Once } from '../queue/once.ts';
import { isCut, reportBlocks } from './blocks/report.ts';
import { unescaped } from './blocks/text.ts';
import type { Clients } from './clients.ts';
import { failureOf } from './failure.ts';
import type { Groups } from './groups.ts';
import { REPLAY_SEC } from './receiver.ts';
import type { Reporter } from './reporter.ts';
import { type MessageView, replyMessage, textFile } from './views.ts';
import type { ChannelWriter } from './writer.ts';

export interface SlashParts {
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

/** Makes the app answer `/jaws`: acknowledged before anything else is done, answered to the caller alone. */
export function listenToSlash(app: App, parts: SlashParts): void {
  app.command('/jaws', async ({ ack, command, respond }) => {
    await ack();
    if (!(await parts.once.first(`trigger-${command.trigger_id}`, REPLAY_SEC))) return;
    await carryOut(command, respond, parts);
  });
}

async function carryOut(command: SlashCommand, respond: RespondFn, parts: SlashParts): Promise<void> {
  const { jobs, directory } = parts;
  const caller: Caller = { id: command.user_id, name: command.user_name || command.user_id, via: 'slack' };
  await parts.groups?.refresh();
  const context: CommandContext = { caller, directory, jobs, now: parts.now };
  await deliver(command, respond, await answer(unescaped(command.text ?? ''), context), parts);
}

/** Who is answered, and where. */
export type Asked = Pick<SlashCommand, 'channel_id' | 'user_id'>;

/** Gives a caller the answer, and a run its message in the channel of its site. */
export async function deliver(
  asked: Asked,
  respond: RespondFn,
  reply: Reply,
  parts: SlashParts,
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
}

/** A text of which the answer shows a part follows as a file, to the caller alone like the answer. */
async function sendWhole(asked: Asked, respond: RespondFn, report: Report, parts: SlashParts): Promise<void> {
  if (report.text === undefined || !isCut(reportBlocks(report, 'section'))) return;
  const { writer, logger } = parts;
  try {
    const channel = await writer.direct(asked.user_id);
    await writer.upload({ channel }, textFile(report.title, report.text));
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
  respond: RespondFn,
  reply: Reply,
  { clients, logger, now }: SlashParts,
): Promise<void> {
  const plain = replyMessage(reply, 'section', now());
  const forms: MessageView[] = [replyMessage(reply, 'plan', now()), plain, { text: plain.text, blocks: [] }];
  for (const form of forms) {
    try {
      await respond({ response_type: 'ephemeral', replace_original: false, ...content(form) });
      return;
    } catch (error) {
      logger.warn({ reason: problemOf(error).message }, 'the answer could not be given in this form');
    }
  }
  try {
    await clients.interactive.chat.postEphemeral({
      channel: asked.channel_id,
      user: asked.user_id,
      text: plain.text,
    });
  } catch (error) {
    logger.error({ caller: asked.user_id, reason: failureOf(error).message }, 'the caller got no answer');
  }
}

function content(form: MessageView): { text: string; blocks?: KnownBlock[] } {
  return form.blocks.length === 0 ? { text: form.text } : form;
}
