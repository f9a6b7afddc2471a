import { OpsError } from '../core/errors.ts';
import type { Caller } from '../core/request.ts';
import type { Command, Directory, Flag, Slot } from './command.ts';
import { offered } from './rights.ts';

/** What somebody has filled in so far, by key of the command's input. */
export type Filled = Readonly<Record<string, string | boolean>>;

/** One thing to fill in. */
export interface Field {
  /** Key in the command's input. */
  readonly key: string;
  readonly label: string;
  readonly about: string;
  readonly required: boolean;
  /** `choice`: one of the options; `text`: anything, the options being suggestions; `switch`: yes or no. */
  readonly kind: 'choice' | 'text' | 'switch';
  readonly options: readonly string[];
  /** What the field's word must be; throws OpsError. */
  check?(text: string): void;
}

/** Words of free form that others make sense of only with an id at hand, or that have a grammar of their own. */
const TYPED_ONLY = ['help', 'maintenance', 'runbook'];

/** The commands that a form can ask for and the caller may use somewhere, in the order of the registry. */
export function formCommands(
  commands: readonly Command[],
  caller: Caller,
  directory: Directory,
): readonly Command[] {
  return commands.filter(
    (command) =>
      !TYPED_ONLY.includes(command.name) &&
      command.slots.every(({ required, choices }) => !required || choices !== undefined) &&
      offered(command, caller, directory),
  );
}

/**
 * What a command wants to know, its words before its options. Sites and deployments are those on which the caller has
 * the command's right; a deployment depends on the site that is filled in.
 * @param suggested values for words of free form, by key
 */
export function fieldsOf(
  command: Command,
  filled: Filled,
  caller: Caller,
  directory: Directory,
  suggested: Readonly<Record<string, readonly string[]>> = {},
): readonly Field[] {
  const may = (site: string, deployment: string) =>
    command.right === undefined || directory.may(caller, command.right, site, deployment);
  const { site } = filled;
  const allowed: Readonly<Record<string, (name: string) => boolean>> = {
    site: (name) => directory.deployments.some((deployment) => may(name, deployment)),
    deployment: (name) =>
      typeof site === 'string' && directory.sites.includes(site)
        ? may(site, name)
        : directory.sites.some((each) => may(each, name)),
  };
  return [
    ...command.slots.map((slot) => slotField(slot, directory, allowed[slot.name], suggested[slot.name])),
    ...command.flags.map(flagField),
  ];
}

function slotField(
  slot: Slot,
  directory: Directory,
  allowed: ((name: string) => boolean) | undefined,
  suggested: readonly string[] = [],
): Field {
  const { name, required, about, choices, extra = [], check } = slot;
  const known = choices?.(directory).filter((choice) => allowed?.(choice) ?? true);
  return {
    key: name,
    label: titled(name),
    about,
    required,
    kind: known === undefined ? 'text' : 'choice',
    options: known === undefined ? suggested : [...known, ...extra],
    ...(check === undefined ? {} : { check }),
  };
}

function flagField({ name, key, about, value, choices = [], check }: Flag): Field {
  const kind = value === undefined ? 'switch' : choices.length > 0 ? 'choice' : 'text';
  return {
    key,
    label: titled(name),
    about,
    required: false,
    kind,
    options: choices,
    ...(check === undefined ? {} : { check }),
  };
}

function titled(name: string): string {
  const words = name.replace(/[-|]/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What was filled in as input of the command, or what is wrong with it by key of the field. */
export type FormInput =
  | { readonly input: Readonly<Record<string, string | boolean>> }
  | { readonly faults: Readonly<Record<string, string>> };

/** Checks every field, so that all that is wrong is told at once. What is empty is left out. */
export function inputOf(fields: readonly Field[], filled: Filled): FormInput {
  const input: Record<string, string | boolean> = {};
  const faults: Record<string, string> = {};
  for (const field of fields) {
    const value = filled[field.key];
    const text = typeof value === 'string' ? value.trim() : '';
    if (field.kind === 'switch') {
      if (value === true) input[field.key] = true;
      continue;
    }
    const fault = text === '' ? (field.required ? 'is needed' : undefined) : faultOf(field, text);
    if (fault !== undefined) faults[field.key] = fault;
    else if (text !== '') input[field.key] = text;
  }
  return Object.keys(faults).length > 0 ? { faults } : { input };
}

function faultOf({ kind, options, check }: Field, text: string): string | undefined {
  if (kind === 'choice' && !options.includes(text)) return `expected one of ${options.join(', ')}`;
  try {
    check?.(text);
    return undefined;
  } catch (error) {
    if (error instanceof OpsError) return error.message;
    throw error;
  }
}

/** The field that a refusal is about: one that its message names as it would be typed, else the place, else the first. */
export function fieldAtFault(
  fields: readonly Field[],
  message: string,
  command: Pick<Command, 'flags'>,
): string | undefined {
  const flag = command.flags.find(({ name }) => message.includes(`--${name}`));
  if (flag !== undefined) return flag.key;
  const named = fields.find(({ key }) => message.includes(key.toUpperCase()));
  return (named ?? fields.find(({ key }) => key === 'deployment' || key === 'site') ?? fields[0])?.key;
}
