import { z } from 'zod';
import { type Content, type Html, html } from '../../web/html.ts';
import { type Known, mrkdwn } from './mrkdwn.ts';
import { richHtml, richTextSchema } from './rich.ts';

const textObject = z.object({ type: z.enum(['plain_text', 'mrkdwn', 'raw_text']), text: z.string() });

const button = z.object({
  type: z.literal('button'),
  text: textObject,
  action_id: z.string().default(''),
  value: z.string().default(''),
  style: z.enum(['primary', 'danger']).optional(),
  confirm: z.object({ title: textObject, text: textObject }).optional(),
});

const task = z.object({
  type: z.literal('task_card'),
  title: z.string(),
  status: z.enum(['pending', 'in_progress', 'complete', 'error']),
  details: richTextSchema.optional(),
  output: richTextSchema.optional(),
});

const block = z.discriminatedUnion('type', [
  z.object({ type: z.literal('header'), text: textObject }),
  z.object({
    type: z.literal('section'),
    text: textObject.optional(),
    fields: z.array(textObject).optional(),
    accessory: button.optional(),
  }),
  z.object({ type: z.literal('context'), elements: z.array(textObject) }),
  z.object({ type: z.literal('divider') }),
  z.object({ type: z.literal('actions'), elements: z.array(button) }),
  z.object({ type: z.literal('plan'), title: z.string(), tasks: z.array(task).default([]) }),
  z.object({ type: z.literal('table'), rows: z.array(z.array(z.union([textObject, richTextSchema]))) }),
  task,
  richTextSchema,
]);

/** Draws the blocks of a message. One that it does not know is drawn as an error that nobody can overlook. */
export function blocksHtml(blocks: readonly unknown[], known: Known): Html {
  return html`${blocks.map((given) => {
    const parsed = block.safeParse(given);
    return parsed.success ? blockHtml(parsed.data, known) : unknownHtml(given, parsed.error);
  })}`;
}

function unknownHtml(given: unknown, error: z.ZodError): Html {
  const type = z.object({ type: z.string() }).safeParse(given).data?.type ?? 'without a type';
  const [issue] = error.issues;
  const where = issue === undefined ? '' : `${issue.path.join('.')} ${issue.message}`;
  return html`<p class="undrawn" role="alert">This page cannot draw a block of type ${type}: ${where}</p>`;
}

function blockHtml(given: z.output<typeof block>, known: Known): Content {
  const text = (object: z.output<typeof textObject>) =>
    object.type === 'mrkdwn' ? mrkdwn(object.text, known) : object.text;
  switch (given.type) {
    case 'header':
      return html`<h3>${text(given.text)}</h3>`;
    case 'section':
      return html`<div class="section">${given.text && html`<div>${text(given.text)}</div>`}${given.fields && html`<div class="fields">${given.fields.map((field) => html`<div>${text(field)}</div>`)}</div>`}${given.accessory && buttonHtml(given.accessory)}</div>`;
    case 'context':
      return html`<div class="context">${given.elements.map((element) => html`<span>${text(element)}</span>`)}</div>`;
    case 'divider':
      return html`<hr>`;
    case 'actions':
      return html`<div class="actions">${given.elements.map(buttonHtml)}</div>`;
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
    case 'rich_text':
      return html`<div class="rich">${richHtml(given, known)}</div>`;
  }
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

function buttonHtml({ text, action_id, value, style, confirm }: z.output<typeof button>): Html {
  return html`<button type="button" class="${style ?? 'plain'}" data-action="${action_id}" data-value="${value}"${confirm && html` data-confirm="${confirm.title.text}: ${confirm.text.text}"`}>${text.text}</button>`;
}
