import { createHash } from 'node:crypto';
import type {
  ActionsBlock,
  InputBlock,
  ModalView,
  PlainTextOption as Option,
  PlainTextElement,
} from '@slack/types';
import type { Command } from '../../commands/command.ts';
import type { Field, Filled } from '../../commands/form.ts';
import { cut, printable } from '../blocks/text.ts';
import { type Approving, approvalBlocks, type Preview, previewBlocks } from './preview-blocks.ts';

/** `callback_id` of the form. */
export const FORM = 'command-form';
/** What the inputs are called: `form-KEY`, and `typed-KEY` for a word beside the suggested ones. */
export const INPUT_ACTION = /^(?:form|typed)-/;
/** Key of the choice of the command itself; no command has a word of this name. */
export const COMMAND_KEY = 'command';
/** The button that shows or hides the rarer options. */
export const MORE_ACTION = 'form-more-options';
/** Options of a choice that are no value: to leave it out, and to type another one. */
export const LEFT_OUT = '-';
export const ANOTHER = '+';
/** Options that are always shown, the others on demand. */
const USUAL = ['reason'];
const MOST_OPTIONS = 100;
const MAX_INPUT = 2000;

/** Everything the form shows. */
export interface FormModel {
  readonly commands: readonly Command[];
  readonly command: Command;
  readonly fields: readonly Field[];
  readonly filled: Filled;
  /** Keys whose word is typed although others are suggested. */
  readonly typed: readonly string[];
  readonly more: boolean;
  readonly preview: Preview;
  /** Set when a second person has to approve it. */
  readonly approval?: Approving;
  /** What comes back with every action and is not shown. */
  readonly metadata: string;
}

/** The form of a command. Pure: the same model gives the same view. */
export function formView(model: FormModel): ModalView {
  const { command, commands, fields, filled } = model;
  const shown = fields.filter((field) => isShown(field, model));
  return {
    type: 'modal',
    callback_id: FORM,
    private_metadata: model.metadata,
    title: plain('JAWS', 24),
    submit: plain(model.approval === undefined ? titled(command.name) : 'Ask for approval', 24),
    close: plain('Close', 24),
    blocks: [
      choice({
        key: COMMAND_KEY,
        label: 'Action',
        about: command.summary,
        options: commands.map(({ name }) => option(name, name)),
        value: command.name,
        scope: '',
        required: true,
      }),
      ...shown.flatMap((field) => inputs(field, model)),
      ...(fields.some((field) => isRare(field, command) && !isSet(filled[field.key]))
        ? [moreButton(model)]
        : []),
      ...approvalBlocks(model.approval, command.name),
      ...previewBlocks(model.preview),
    ],
  };
}

/** `block_id` of a field: another one where its options are others, so that a client forgets what it held. */
export function blockIdOf(field: Field, command: Pick<Command, 'name'>): string {
  return `${field.key}-${scopeOf(field, command)}`;
}

function scopeOf({ options, kind }: Field, { name }: Pick<Command, 'name'>): string {
  return createHash('sha256')
    .update(JSON.stringify([name, kind, options]))
    .digest('hex')
    .slice(0, 12);
}

function isRare({ key }: Field, { flags }: Command): boolean {
  return flags.some((flag) => flag.key === key) && !USUAL.includes(key);
}

function isSet(value: string | boolean | undefined): boolean {
  return value !== undefined && value !== '' && value !== false;
}

function isShown(field: Field, { command, filled, more }: FormModel): boolean {
  return more || !isRare(field, command) || isSet(filled[field.key]);
}

function inputs(field: Field, { command, filled, typed }: FormModel): InputBlock[] {
  const { key, label, about, required, kind, options } = field;
  const value = filled[key];
  const text = typeof value === 'string' ? value : '';
  const scope = scopeOf(field, command);
  if (kind === 'switch') return [checkbox(field, value === true, scope)];
  const isTyped = typed.includes(key);
  if (kind === 'text' && options.length === 0)
    return [written(field, label, about, text, `form-${key}`, scope)];
  const left = required ? [] : [option(LEFT_OUT, kind === 'text' ? 'as configured' : 'not given')];
  const another = kind === 'text' ? [option(ANOTHER, 'another one …')] : [];
  const select = choice({
    key,
    label,
    about,
    options: [...left, ...options.map((name) => option(name, name)).slice(0, MOST_OPTIONS - 2), ...another],
    value: isTyped ? ANOTHER : text,
    scope,
    required,
  });
  return isTyped
    ? [
        select,
        written(
          field,
          `Another ${label.toLowerCase()}`,
          'press Enter for its plan',
          text,
          `typed-${key}`,
          scope,
        ),
      ]
    : [select];
}

function choice(field: {
  readonly key: string;
  readonly label: string;
  readonly about: string;
  readonly options: readonly Option[];
  readonly value: string;
  readonly scope: string;
  readonly required: boolean;
}): InputBlock {
  const { key, label, about, options, value, scope, required } = field;
  const initial = options.find((each) => each.value === value);
  return {
    type: 'input',
    block_id: scope === '' ? key : `${key}-${scope}`,
    label: plain(label, 200),
    hint: plain(about, 500),
    optional: !required,
    dispatch_action: true,
    element: {
      type: 'static_select',
      action_id: `form-${key}`,
      // Slack takes no choice without options.
      options: options.length === 0 ? [option(LEFT_OUT, 'nothing you may choose')] : [...options],
      ...(initial === undefined ? {} : { initial_option: initial }),
    },
  };
}

function written(
  { key, required }: Field,
  label: string,
  about: string,
  text: string,
  actionId: string,
  scope: string,
): InputBlock {
  return {
    type: 'input',
    block_id: actionId.startsWith('typed-') ? `typed-${key}-${scope}` : `${key}-${scope}`,
    label: plain(label, 200),
    hint: plain(about, 500),
    optional: !required,
    dispatch_action: true,
    element: {
      type: 'plain_text_input',
      action_id: actionId,
      max_length: MAX_INPUT,
      ...(text === '' ? {} : { initial_value: cut(text, MAX_INPUT) }),
    },
  };
}

function checkbox({ key, label, about }: Field, on: boolean, scope: string): InputBlock {
  const yes = option('yes', 'Yes');
  return {
    type: 'input',
    block_id: `${key}-${scope}`,
    label: plain(label, 200),
    hint: plain(about, 500),
    optional: true,
    element: {
      type: 'checkboxes',
      action_id: `form-${key}`,
      options: [yes],
      ...(on ? { initial_options: [yes] } : {}),
    },
  };
}

function moreButton({ more }: FormModel): ActionsBlock {
  return {
    type: 'actions',
    block_id: 'more-options',
    elements: [
      {
        type: 'button',
        action_id: MORE_ACTION,
        text: plain(more ? 'Fewer options' : 'More options', 75),
        value: more ? 'fewer' : 'more',
      },
    ],
  };
}

function option(value: string, text: string): Option {
  return { text: plain(text, 75), value: cut(value, 150) };
}

function plain(text: string, most: number): PlainTextElement {
  return { type: 'plain_text', text: cut(printable(text), most), emoji: false };
}

function titled(name: string): string {
  const words = name.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
