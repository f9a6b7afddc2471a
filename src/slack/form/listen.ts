import type { App, BlockAction, ViewOutput, ViewSubmitAction } from '@slack/bolt';
import { audited } from '../../commands/audited.ts';
import type { CommandContext, Reply } from '../../commands/command.ts';
import { fieldAtFault, inputOf } from '../../commands/form.ts';
import { previewOf } from '../../commands/preview.ts';
import { renderText } from '../../commands/render-text.ts';
import { problemOf } from '../../core/errors.ts';
import type { Report } from '../../core/look.ts';
import type { Caller } from '../../core/request.ts';
import { type Asked, type CommandParts, deliver } from '../deliver.ts';
import { failureOf } from '../failure.ts';
import { REPLAY_SEC } from '../receiver.ts';
import { whisper } from '../whisper.ts';
import { type Form, firstPreview, formOf, modelOf } from './model.ts';
import { type Entered, enteredIn, type FormMemory, memoryOf } from './state.ts';
import { createTurns, type Turn } from './turns.ts';
import { blockIdOf, COMMAND_KEY, FORM, formView, INPUT_ACTION, MORE_ACTION } from './view.ts';

/** Slack waits three seconds for what becomes of a form; a command that takes longer is answered in the channel. */
const SETTLE_MS = 1_500;
/** How long the rights may be asked for before a form is shown with those that are known, in milliseconds. */
const RIGHTS_MS = 1_000;
/** Previews that are kept, so that a change of nothing of theirs does not ask the site again. */
const KEPT_PREVIEWS = 50;

const EMPTY: Entered = { command: undefined, filled: {}, typed: [] };

/** Shows forms and carries out what is filled in, as whoever fills it in. */
export interface Forms {
  /** Opens a form; false when there is nothing to offer or Slack does not open it. */
  open(triggerId: string, asked: Asked, caller: Caller): Promise<boolean>;
}

/** Makes the app answer to forms. */
export function listenToForms(app: App, parts: CommandParts): Forms {
  const { clients, logger, jobs, directory, now } = parts;
  const turns = createTurns((args) => clients.interactive.views.update(args));
  const previews = new Map<string, Promise<readonly Report[]>>();
  const contextOf = (caller: Caller): CommandContext => ({ caller, jobs, directory, now });

  async function freshRights(): Promise<void> {
    await Promise.race([parts.groups?.refresh(), after(RIGHTS_MS)]);
  }

  function previewFor(viewId: string, form: Form, caller: Caller): Promise<readonly Report[]> {
    const name = `${viewId} ${form.mark ?? ''}`;
    const known = previews.get(name);
    if (known !== undefined) return known;
    const asked = previewOf(form.command, form.input ?? {}, contextOf(caller));
    previews.set(name, asked);
    const [oldest] = previews.keys();
    if (previews.size > KEPT_PREVIEWS && oldest !== undefined) previews.delete(oldest);
    return asked;
  }

  /** Shows a form at once, and its plan as soon as there is one, unless something later was done meanwhile. */
  async function show(viewId: string, turn: Turn, form: Form, caller: Caller): Promise<void> {
    const shown = await turn.show(formView(modelOf(form, firstPreview(form))));
    if (shown && form.mark !== undefined) await showPlan(viewId, turn, form, caller);
  }

  async function showPlan(viewId: string, turn: Turn, form: Form, caller: Caller): Promise<void> {
    const reports = await previewFor(viewId, form, caller);
    await turn.show(formView(modelOf(form, { kind: 'shown', reports })));
  }

  async function changed(
    { view, user }: BlockAction,
    at: number,
    memory: (before: FormMemory) => FormMemory,
  ): Promise<void> {
    if (view === undefined) return;
    const turn = turns.take(view.id, { at, hash: view.hash });
    const caller = callerOf(user);
    const before = memoryOf(view.private_metadata);
    const form = await formOf(contextOf(caller), enteredIn(view.state.values), memory(before));
    if (form !== undefined) await show(view.id, turn, form, caller);
  }

  app.action<BlockAction>(
    { action_id: INPUT_ACTION, type: 'block_actions' },
    async ({ ack, body, action }) => {
      await ack();
      const isMore = action.action_id === MORE_ACTION;
      await changed(body, Number(action.action_ts), (before) =>
        isMore ? { ...before, more: !before.more } : before,
      );
    },
  );

  app.view<ViewSubmitAction>(FORM, async ({ ack, body, view }) => {
    if (!(await parts.once.first(`trigger-${body.trigger_id}`, REPLAY_SEC))) return ack();
    const caller = callerOf(body.user);
    const context = contextOf(caller);
    await freshRights();
    const memory = memoryOf(view.private_metadata);
    const entered = enteredIn(view.state.values);
    const form = await formOf(context, entered, memory);
    if (form === undefined || form.command.name !== entered.command) {
      await ack({ response_action: 'errors', errors: { [COMMAND_KEY]: 'you may not do this any more' } });
      return;
    }
    const { command, fields } = form;
    const checked = inputOf(fields, form.filled);
    if ('faults' in checked) {
      const errors = fields.flatMap((field) => {
        const fault = checked.faults[field.key];
        return fault === undefined ? [] : [[inputBlock(form, field.key, view), fault]];
      });
      await ack({ response_action: 'errors', errors: Object.fromEntries(errors) });
      return;
    }
    if (form.mark !== undefined && form.mark !== memory.planned) {
      // What is carried out is what was shown: a plan that nobody has seen yet is shown first.
      const turn = turns.take(view.id);
      turns.changed(view.id);
      await ack({ response_action: 'update', view: formView(modelOf(form, firstPreview(form))) });
      await showPlan(view.id, turn, form, caller);
      return;
    }
    const running = carriedOut(() => audited(command.prepare(checked.input), context));
    const settled = await Promise.race([running, after(SETTLE_MS)]);
    const asked: Asked = { channel_id: memory.channel, user_id: caller.id };
    const respond = whisper(parts, asked);
    if (settled !== undefined && (settled.kind === 'problem' || settled.kind === 'busy')) {
      const message = renderText(settled, now());
      const key = fieldAtFault(fields, message, command) ?? COMMAND_KEY;
      await ack({ response_action: 'errors', errors: { [inputBlock(form, key, view)]: message } });
      // What may be done about it are buttons, which a field has no room for.
      if (settled.kind === 'problem' && (settled.choices ?? []).length > 0)
        await deliver(asked, respond, settled, parts);
      return;
    }
    await ack({ response_action: 'clear' });
    await deliver(asked, respond, settled ?? (await running), parts);
  });

  return {
    async open(triggerId, asked, caller) {
      await freshRights();
      const form = await formOf(contextOf(caller), EMPTY, { channel: asked.channel_id, more: false });
      if (form === undefined) return false;
      try {
        await clients.interactive.views.open({
          trigger_id: triggerId,
          view: formView(modelOf(form, firstPreview(form))),
        });
        return true;
      } catch (error) {
        logger.warn({ caller: caller.id, reason: failureOf(error).message }, 'a form could not be opened');
        return false;
      }
    },
  };
}

/** The block of a field that is on show, else that of the command: Slack takes errors for shown inputs only. */
function inputBlock({ command, fields }: Form, key: string, { blocks }: ViewOutput): string {
  const field = fields.find((each) => each.key === key);
  const id = field === undefined ? COMMAND_KEY : blockIdOf(field, command);
  const ids = blocks.map((block) => block.block_id);
  return [`typed-${id}`, id].find((each) => ids.includes(each)) ?? COMMAND_KEY;
}

function callerOf(user: { readonly id: string; readonly name?: string; readonly username?: string }): Caller {
  return { id: user.id, name: user.username || user.name || user.id, via: 'slack' };
}

async function carriedOut(run: () => Promise<Reply>): Promise<Reply> {
  try {
    return await run();
  } catch (error) {
    return { kind: 'problem', problem: problemOf(error) };
  }
}

function after(ms: number): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms, undefined).unref();
  });
}
