import type { App, BlockAction, ButtonAction } from '@slack/bolt';
import { audited } from '../commands/audited.ts';
import type { CommandContext, Reply } from '../commands/command.ts';
import { commandSchema, commands } from '../commands/registry.ts';
import { OpsError, problemOf } from '../core/errors.ts';
import { sha256 } from '../core/file.ts';
import type { Caller } from '../core/request.ts';
import { CHOICE_ACTION } from './blocks/choices.ts';
import { type CommandParts, deliver } from './deliver.ts';
import { REPLAY_SEC } from './receiver.ts';
import { whisper } from './whisper.ts';

/** A second click of the same person within this time, in seconds, is the first one's echo. */
const DOUBLE_CLICK_SEC = 10;

/**
 * Makes the app carry out the commands that buttons hold: as the person who clicked, with that person's rights at that
 * moment, answered to that person alone.
 */
export function listenToChoices(app: App, parts: CommandParts): void {
  app.action<BlockAction<ButtonAction>>(CHOICE_ACTION, async ({ ack, body, action, respond }) => {
    await ack();
    // Through a socket Slack may deliver again what was lost on its way, also after the time of an echo.
    if (!(await parts.once.first(`trigger-${body.trigger_id}`, REPLAY_SEC))) return;
    const channel = body.channel?.id ?? '';
    // The value is part of it: the same button may mean another plan a moment later.
    const meant = sha256(action.value ?? '').slice(0, 16);
    const click = `click-${channel}-${body.message?.ts ?? body.trigger_id}-${action.action_id}-${meant}-${body.user.id}`;
    if (!(await parts.once.first(click, DOUBLE_CLICK_SEC))) return;
    await parts.groups?.refresh();
    const { id } = body.user;
    const caller: Caller = { id, name: body.user.username || body.user.name || id, via: 'slack' };
    const { jobs, directory, now } = parts;
    const reply = await carriedOut(action.value ?? '', { caller, jobs, directory, now });
    const asked = { channel_id: channel, user_id: id };
    // A button of the Home tab stands in no channel and comes without a place to answer to.
    const answerTo = body.response_url === undefined ? whisper(parts, asked) : respond;
    await deliver(asked, answerTo, reply, parts);
  });
}

async function carriedOut(value: string, context: CommandContext): Promise<Reply> {
  try {
    const { command: name, input } = commandSchema.parse(JSON.parse(value));
    const command = commands.find((known) => known.name === name);
    if (command === undefined) throw new OpsError('usage.command', `there is no command ${name}`);
    return await audited(command.prepare(input), context);
  } catch (error) {
    if (error instanceof OpsError) return { kind: 'problem', problem: problemOf(error) };
    const stale = new OpsError('usage.command', 'this button is from another version of the bot', {
      next: 'Type the command instead; `/jaws help` lists them.',
    });
    return { kind: 'problem', problem: stale.problem };
  }
}
