import type { App, SlashCommand } from '@slack/bolt';
import type { CommandContext } from '../commands/command.ts';
import { answer } from '../commands/parse.ts';
import type { Caller } from '../core/request.ts';
import { unescaped } from './blocks/text.ts';
import { type CommandParts, deliver, type Respond } from './deliver.ts';
import type { Forms } from './form/listen.ts';
import { REPLAY_SEC } from './receiver.ts';

/**
 * Makes the app answer `/jaws`: acknowledged before anything else is done, answered to the caller alone. Without words
 * it opens a form.
 */
export function listenToSlash(app: App, parts: CommandParts, forms: Forms): void {
  app.command('/jaws', async ({ ack, command, respond }) => {
    await ack();
    if (!(await parts.once.first(`trigger-${command.trigger_id}`, REPLAY_SEC))) return;
    const caller: Caller = { id: command.user_id, name: command.user_name || command.user_id, via: 'slack' };
    const wordless = (command.text ?? '').trim() === '';
    if (wordless && (await forms.open(command.trigger_id, command, caller))) return;
    await carryOut(command, caller, respond, parts);
  });
}

async function carryOut(
  command: SlashCommand,
  caller: Caller,
  respond: Respond,
  parts: CommandParts,
): Promise<void> {
  const { jobs, directory } = parts;
  await parts.groups?.refresh();
  const context: CommandContext = { caller, directory, jobs, now: parts.now };
  await deliver(command, respond, await answer(unescaped(command.text ?? ''), context), parts);
}
