import type { CommandContext } from '../../commands/command.ts';
import { type Field, type Filled, fieldsOf, formCommands, inputOf } from '../../commands/form.ts';
import { knownVersions } from '../../commands/known-versions.ts';
import { actionOf, hasPreview, previewName } from '../../commands/preview.ts';
import { commands } from '../../commands/registry.ts';
import type { Preview } from './preview-blocks.ts';
import { type Entered, type FormMemory, markOf } from './state.ts';
import type { FormModel } from './view.ts';

/** How long Redis may take over suggestions before the form is shown without them, in milliseconds. */
const SUGGEST_MS = 500;

/** A form as far as it is known without its preview. */
export interface Form extends Omit<FormModel, 'preview' | 'metadata'> {
  readonly memory: FormMemory;
  /** What is filled in, once it is whole and sound. */
  readonly input?: Readonly<Record<string, string | boolean>>;
  /** Mark of that input for its preview; absent where there is none to be had. */
  readonly mark?: string;
}

/**
 * The form of what somebody has entered, with that person's rights; undefined when there is nothing to offer.
 * What does not fit any more, such as a site on which the newly chosen command is not allowed, falls away.
 */
export async function formOf(
  context: CommandContext,
  { command: name, filled, typed }: Entered,
  memory: FormMemory,
): Promise<Form | undefined> {
  const { caller, directory } = context;
  const offered = formCommands(commands, caller, directory);
  const command = offered.find((each) => each.name === name) ?? offered[0];
  if (command === undefined) return undefined;
  const { site } = filled;
  const versions = command.slots.some((slot) => slot.name === 'version')
    ? await inTime(knownVersions(context, typeof site === 'string' ? site : undefined), SUGGEST_MS, [])
    : [];
  const fields = fieldsOf(command, filled, caller, directory, { version: versions });
  const kept = fitting(fields, filled);
  const suggested = fields.flatMap(({ key, kind, options }) =>
    kind === 'text' && options.length > 0 ? [key] : [],
  );
  // A word that was typed before there were suggestions, or that is none of them, stays as typed.
  const beside = suggested.filter(
    (key) => typed.includes(key) || (kept[key] !== undefined && !isOption(fields, key, kept[key])),
  );
  const checked = inputOf(fields, kept);
  const input = 'input' in checked ? checked.input : undefined;
  const action = input === undefined ? undefined : actionOf(command, input);
  const within = action === undefined ? undefined : directory.approvalWithin(action);
  return {
    commands: offered,
    command,
    fields,
    filled: kept,
    typed: beside,
    more: memory.more,
    memory,
    ...(input === undefined ? {} : { input }),
    ...(action === undefined || within === undefined
      ? {}
      : { approval: { within, channel: directory.channel(action.site) } }),
    ...(input === undefined || !hasPreview(command)
      ? {}
      : { mark: markOf(previewName(command.name, input)) }),
  };
}

function isOption(fields: readonly Field[], key: string, value: string | boolean): boolean {
  return fields.some(
    (field) => field.key === key && typeof value === 'string' && field.options.includes(value),
  );
}

/** What is filled in without what no field takes. */
function fitting(fields: readonly Field[], filled: Filled): Filled {
  return Object.fromEntries(
    fields.flatMap(({ key, kind, options }) => {
      const value = filled[key];
      if (value === undefined || (typeof value === 'boolean') !== (kind === 'switch')) return [];
      return kind === 'choice' && !options.includes(String(value)) ? [] : [[key, value]];
    }),
  );
}

/** What the form can say of its plan before anybody was asked. */
export function firstPreview({ command, mark, filled }: Form): Preview {
  if (mark !== undefined) return { kind: 'asked', where: String(filled['site'] ?? 'the site') };
  const why = hasPreview(command)
    ? 'Its plan is shown here once everything that is needed is filled in.'
    : '';
  return { kind: 'none', why };
}

/** The model of a form with its preview. */
export function modelOf(form: Form, preview: Preview): FormModel {
  const { memory, mark, input: _input, ...rest } = form;
  const { planned: _planned, ...kept } = memory;
  const shown = preview.kind === 'shown' && mark !== undefined ? { planned: mark } : {};
  return { ...rest, preview, metadata: JSON.stringify({ ...kept, ...shown }) };
}

async function inTime<T>(attempt: Promise<T>, ms: number, otherwise: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(otherwise), ms);
  });
  try {
    return await Promise.race([attempt.catch(() => otherwise), late]);
  } finally {
    clearTimeout(timer);
  }
}
