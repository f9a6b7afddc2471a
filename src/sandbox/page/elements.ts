import { z } from 'zod';
import { type Html, html } from '../../web/html.ts';
import { type Known, mrkdwn } from './mrkdwn.ts';

/** Texts and interactive elements of Block Kit, as far as the page draws them; what it does not know is an error. */
export const textObject = z.strictObject({
  type: z.enum(['plain_text', 'mrkdwn', 'raw_text']),
  text: z.string(),
  emoji: z.boolean().optional(),
  verbatim: z.boolean().optional(),
});
export type TextObject = z.output<typeof textObject>;

const confirm = z.strictObject({
  title: textObject,
  text: textObject,
  confirm: textObject,
  deny: textObject,
  style: z.enum(['primary', 'danger']).optional(),
});

const button = z.strictObject({
  type: z.literal('button'),
  text: textObject,
  action_id: z.string().default(''),
  value: z.string().default(''),
  style: z.enum(['primary', 'danger']).optional(),
  accessibility_label: z.string().optional(),
  confirm: confirm.optional(),
});

const option = z.strictObject({ text: textObject, value: z.string(), description: textObject.optional() });

const overflow = z.strictObject({
  type: z.literal('overflow'),
  action_id: z.string().default(''),
  options: z.array(option).min(1),
  confirm: confirm.optional(),
});

/** What can be pressed: a button, or the options of an overflow menu. */
export const pressable = z.discriminatedUnion('type', [button, overflow]);

const named = { action_id: z.string(), placeholder: textObject.optional() };

/** What stands in an input block. */
export const inputElement = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('plain_text_input'),
    ...named,
    initial_value: z.string().optional(),
    multiline: z.boolean().optional(),
    min_length: z.number().optional(),
    max_length: z.number().optional(),
    focus_on_load: z.boolean().optional(),
  }),
  z.strictObject({
    type: z.literal('static_select'),
    ...named,
    options: z.array(option),
    initial_option: option.optional(),
    focus_on_load: z.boolean().optional(),
  }),
  z.strictObject({
    type: z.literal('users_select'),
    ...named,
    initial_user: z.string().optional(),
    focus_on_load: z.boolean().optional(),
  }),
  z.strictObject({
    type: z.literal('checkboxes'),
    action_id: z.string(),
    options: z.array(option),
    initial_options: z.array(option).optional(),
  }),
]);
type InputElement = z.output<typeof inputElement>;

/** A text as it is read: mrkdwn with its marks, anything else literally. */
export function textHtml({ type, text }: TextObject, known: Known): Html {
  return type === 'mrkdwn' ? mrkdwn(text, known) : html`${text}`;
}

/** What can be pressed in a message or view. */
export function pressableHtml(given: z.output<typeof pressable>, known: Known): Html {
  return given.type === 'button' ? buttonHtml(given, known) : overflowHtml(given, known);
}

function buttonHtml(
  {
    text,
    action_id,
    value,
    style,
    confirm: asked,
    accessibility_label: label,
  }: Omit<z.output<typeof button>, 'type'>,
  known: Known,
): Html {
  const words = asked && {
    title: asked.title.text,
    text: textHtml(asked.text, known).text,
    confirm: asked.confirm.text,
    deny: asked.deny.text,
    style: asked.style ?? 'plain',
  };
  return html`<button type="button" class="${style ?? 'plain'}" data-action="${action_id}" data-value="${value}"${label !== undefined && html` aria-label="${label}"`}${words && html` data-confirm="${JSON.stringify(words)}"`}>${text.text}</button>`;
}

/** A menu that a keyboard opens with Enter and walks with Tab; Escape closes it. */
function overflowHtml({ action_id, options, confirm: asked }: z.output<typeof overflow>, known: Known): Html {
  const items = options.map(
    ({ text, value, description }) =>
      html`<li>${buttonHtml({ text, action_id, value, confirm: asked }, known)}${description && html`<span class="quiet">${textHtml(description, known)}</span>`}</li>`,
  );
  return html`<details class="overflow" data-menu="${action_id}"><summary aria-label="More actions">⋯</summary><ul>${items}</ul></details>`;
}

/** What is told of an input beside its element. */
export interface Around {
  readonly id: string;
  /** `block_id` and `action_id`, by which its value is sent. */
  readonly name: string;
  /** Ids of the elements that describe it. */
  readonly describedBy: string;
  readonly required: boolean;
  readonly faulty: boolean;
  /** Whether the app hears of each change. */
  readonly dispatch: boolean;
}

/** The control of an input, empty: what stands in it is put there by the script, which keeps it from then on. */
export function controlHtml(element: InputElement, around: Around, known: Known): Html {
  const { id, name, describedBy, required, faulty, dispatch } = around;
  const shared = html`data-input="${name}" data-kind="${element.type}"${dispatch && html` data-dispatch="true"`}${describedBy !== '' && html` aria-describedby="${describedBy}"`}${faulty && html` aria-invalid="true"`}${required && html` aria-required="true"`}`;
  const placeholder = 'placeholder' in element ? (element.placeholder?.text ?? '') : '';
  switch (element.type) {
    case 'plain_text_input': {
      const rest = html`id="${id}" ${shared} placeholder="${placeholder}" maxlength="${element.max_length ?? 3000}" autocomplete="off"`;
      return element.multiline === true
        ? html`<textarea rows="3" ${rest}></textarea>`
        : html`<input type="text" spellcheck="false" ${rest}>`;
    }
    case 'static_select':
      return selectHtml(
        id,
        shared,
        placeholder,
        element.options.map(({ value, text }) => [value, text.text]),
      );
    case 'users_select':
      return selectHtml(
        id,
        shared,
        placeholder,
        [...known.people].map(([value, person]) => [value, `@${person}`]),
      );
    case 'checkboxes':
      return html`<div role="group" id="${id}" aria-labelledby="${id}-label" ${shared}>${element.options.map(
        ({ value, text, description }) =>
          html`<label class="tick"><input type="checkbox" value="${value}"><span>${textHtml(text, known)}${description && html`<span class="quiet"> ${textHtml(description, known)}</span>`}</span></label>`,
      )}</div>`;
  }
}

function selectHtml(
  id: string,
  shared: Html,
  placeholder: string,
  options: readonly (readonly [value: string, text: string])[],
): Html {
  return html`<select id="${id}" ${shared}><option value="">${placeholder || 'Choose …'}</option>${options.map(
    ([value, text]) => html`<option value="${value}">${text}</option>`,
  )}</select>`;
}
