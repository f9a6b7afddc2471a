import { z } from 'zod';
import { type Content, type Html, html } from '../../web/html.ts';
import { controlHtml, inputElement, pressable, pressableHtml, textHtml, textObject } from './elements.ts';
import { markdownHtml } from './markdown.ts';
import type { Known } from './mrkdwn.ts';
import { richHtml, richTextSchema } from './rich.ts';

const blockId = z.string().optional();

const task = z.strictObject({
  type: z.literal('task_card'),
  block_id: blockId,
  task_id: z.string(),
  title: z.string(),
  status: z.enum(['pending', 'in_progress', 'complete', 'error']),
  details: richTextSchema.optional(),
  output: richTextSchema.optional(),
});

const image = z.strictObject({ type: z.literal('image'), image_url: z.string(), alt_text: z.string() });

const block = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('header'), block_id: blockId, text: textObject }),
  z.strictObject({
    type: z.literal('section'),
    block_id: blockId,
    text: textObject.optional(),
    fields: z.array(textObject).optional(),
    accessory: pressable.optional(),
    expand: z.boolean().optional(),
  }),
  z.strictObject({
    type: z.literal('context'),
    block_id: blockId,
    elements: z.array(z.union([textObject, image])),
  }),
  z.strictObject({ type: z.literal('divider'), block_id: blockId }),
  z.strictObject({ type: z.literal('actions'), block_id: blockId, elements: z.array(pressable) }),
  z.strictObject({ type: z.literal('markdown'), block_id: blockId, text: z.string() }),
  z.strictObject({
    type: z.literal('plan'),
    block_id: blockId,
    title: z.string(),
    tasks: z.array(task).default([]),
  }),
  z.strictObject({
    type: z.literal('table'),
    block_id: blockId,
    rows: z.array(z.array(z.union([textObject, richTextSchema]))),
    column_settings: z.array(z.unknown()).optional(),
  }),
  z.strictObject({
    type: z.literal('input'),
    block_id: z.string(),
    label: textObject,
    hint: textObject.optional(),
    optional: z.boolean().optional(),
    dispatch_action: z.boolean().optional(),
    element: inputElement,
  }),
  z.strictObject({
    type: z.literal('alert'),
    block_id: blockId,
    text: textObject,
    level: z.enum(['default', 'info', 'warning', 'error', 'success']).default('default'),
  }),
  task,
  richTextSchema,
]);
type Block = z.output<typeof block>;

/** Draws blocks. One that it does not know, wholly or in part, is drawn as an error that nobody can overlook. */
export function blocksHtml(blocks: readonly unknown[], known: Known): Html {
  return html`${blocks.map((given) => blockHtml(given, known))}`;
}

/** Draws one block. @param fault what is wrong with the input in it */
export function blockHtml(given: unknown, known: Known, fault?: string): Html {
  const parsed = block.safeParse(given);
  return parsed.success ? html`${drawn(parsed.data, known, fault)}` : unknownHtml(given, parsed.error);
}

function unknownHtml(given: unknown, error: z.ZodError): Html {
  const type = z.object({ type: z.string() }).safeParse(given).data?.type ?? 'without a type';
  const [issue] = error.issues;
  const where = issue === undefined ? '' : `${issue.path.join('.')} ${issue.message}`;
  return html`<p class="undrawn" role="alert">This page cannot draw a block of type ${type}: ${where}</p>`;
}

function drawn(given: Block, known: Known, fault: string | undefined): Content {
  const text = (object: z.output<typeof textObject>) => textHtml(object, known);
  switch (given.type) {
    case 'header':
      return html`<h3>${text(given.text)}</h3>`;
    case 'section':
      return html`<div class="section">${given.text && html`<div>${text(given.text)}</div>`}${given.fields && html`<div class="fields">${given.fields.map((field) => html`<div>${text(field)}</div>`)}</div>`}${given.accessory && pressableHtml(given.accessory, known)}</div>`;
    case 'context':
      return html`<div class="context">${given.elements.map((element) => html`<span>${element.type === 'image' ? html`<em>${element.alt_text}</em>` : text(element)}</span>`)}</div>`;
    case 'divider':
      return html`<hr>`;
    case 'actions':
      return html`<div class="actions">${given.elements.map((each) => pressableHtml(each, known))}</div>`;
    case 'markdown':
      return html`<div class="markdown">${markdownHtml(given.text)}</div>`;
    case 'plan':
      return html`<div class="plan"><p class="plan-title">${given.title}</p><ol>${given.tasks.map((card) => html`<li>${taskHtml(card, known)}</li>`)}</ol></div>`;
    case 'task_card':
      return taskHtml(given, known);
    case 'table':
      return tableHtml(
        given.rows.map((row) =>
          row.map((cell) => (cell.type === 'rich_text' ? richHtml(cell, known) : text(cell))),
        ),
      );
    case 'input':
      return fieldHtml(given, known, fault);
    case 'alert':
      return html`<div class="alert is-${given.level}" role="note">${text(given.text)}</div>`;
    case 'rich_text':
      return html`<div class="rich">${richHtml(given, known)}</div>`;
  }
}

/** An input with its label, hint and what is wrong with it. */
function fieldHtml(
  {
    block_id,
    label,
    hint,
    optional = false,
    dispatch_action = false,
    element,
  }: Extract<Block, { type: 'input' }>,
  known: Known,
  fault: string | undefined,
): Html {
  const id = `in-${idPart(`${block_id}-${element.action_id}`)}`;
  const around = {
    id,
    name: JSON.stringify([block_id, element.action_id]),
    describedBy: [fault && `${id}-fault`, hint && `${id}-hint`].filter(Boolean).join(' '),
    required: !optional,
    faulty: fault !== undefined,
    dispatch: dispatch_action,
  };
  const words = html`${label.text}${optional && html` <span class="quiet">(optional)</span>`}`;
  return html`<div class="field">${
    element.type === 'checkboxes'
      ? html`<p class="label" id="${id}-label">${words}</p>`
      : html`<label class="label" for="${id}">${words}</label>`
  }${controlHtml(element, around, known)}${fault && html`<p class="fault" id="${id}-fault" role="alert">${fault}</p>`}${hint && html`<p class="quiet" id="${id}-hint">${hint.text}</p>`}</div>`;
}

/** A text as a part of an element's id. */
export function idPart(text: string): string {
  return text.replace(/[^\w]/g, '-');
}

const TASK_MARKS = { pending: '○', in_progress: '◐', complete: '✓', error: '✗' } as const;
const TASK_WORDS = {
  pending: 'waiting',
  in_progress: 'under way',
  complete: 'done',
  error: 'failed',
} as const;

function taskHtml({ title, status, details, output }: z.output<typeof task>, known: Known): Html {
  return html`<div class="task is-${status}"><span class="mark" role="img" aria-label="${TASK_WORDS[status]}">${TASK_MARKS[status]}</span><div><p>${title}</p>${details && html`<div class="details">${richHtml(details, known)}</div>`}${output && html`<div class="output">${richHtml(output, known)}</div>`}</div></div>`;
}

function tableHtml([head = [], ...rows]: readonly (readonly Content[])[]): Html {
  return html`<div class="scroll" tabindex="0" role="group" aria-label="Table"><table><thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead><tbody>${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody></table></div>`;
}
