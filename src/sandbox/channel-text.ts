import { z } from 'zod';
import { table } from '../commands/text.ts';

/** User names by id, for mentions. */
export type Names = ReadonlyMap<string, string>;

/**
 * Blocks of a message as a terminal shows them. Knows exactly the blocks the bot sends, so that a new one that
 * nobody taught the terminal fails instead of vanishing.
 */
export function channelText(blocks: readonly unknown[], names: Names = new Map()): string {
  return blocks
    .map((block) =>
      blockText(known.parse(block)).replace(
        /@([UW][A-Z0-9]{5,})/g,
        (at, id) => `@${names.get(id) ?? at.slice(1)}`,
      ),
    )
    .filter((text) => text !== '')
    .join('\n');
}

const textObject = z.object({ type: z.enum(['plain_text', 'mrkdwn', 'raw_text']), text: z.string() });

type RichElement = {
  type: string;
  text?: string | undefined;
  user_id?: string | undefined;
  elements?: RichElement[] | undefined;
};
const richElement: z.ZodType<RichElement> = z.lazy(() =>
  z.object({
    type: z.string(),
    text: z.string().optional(),
    user_id: z.string().optional(),
    elements: z.array(richElement).optional(),
  }),
);
const richText = z.object({ type: z.literal('rich_text'), elements: z.array(richElement) });

const task = z.object({
  type: z.literal('task_card'),
  title: z.string(),
  status: z.enum(['pending', 'in_progress', 'complete', 'error']),
  details: richText.optional(),
  output: richText.optional(),
});

const button = z.object({ type: z.literal('button'), text: textObject });

const known = z.discriminatedUnion('type', [
  z.object({ type: z.literal('header'), text: textObject }),
  z.object({
    type: z.literal('section'),
    text: textObject.optional(),
    fields: z.array(textObject).optional(),
  }),
  z.object({ type: z.literal('context'), elements: z.array(textObject) }),
  z.object({ type: z.literal('divider') }),
  z.object({
    type: z.literal('input'),
    label: textObject,
    element: z.object({
      options: z.array(z.object({ text: textObject })).optional(),
      initial_option: z.object({ text: textObject }).optional(),
      initial_value: z.string().optional(),
    }),
  }),
  z.object({ type: z.literal('actions'), elements: z.array(button) }),
  z.object({ type: z.literal('plan'), title: z.string(), tasks: z.array(task) }),
  z.object({ type: z.literal('table'), rows: z.array(z.array(z.union([textObject, richText]))) }),
  richText,
]);

const TASK_MARK = { pending: '·', in_progress: '…', complete: '✔', error: '✘' } as const;

function blockText(block: z.output<typeof known>): string {
  switch (block.type) {
    case 'header':
      return block.text.text;
    case 'section':
      return [block.text, ...(block.fields ?? [])]
        .map((text) => (text === undefined ? '' : plain(text.text)))
        .join('\n');
    case 'context':
      return block.elements.map((element) => plain(element.text)).join('  ');
    case 'divider':
      return '────';
    case 'input':
      return `${block.label.text}: ${inputText(block.element)}`;
    case 'actions':
      return block.elements.map((element) => `[ ${element.text.text} ]`).join(' ');
    case 'plan':
      return [block.title, ...block.tasks.map(taskText)].join('\n');
    case 'table':
      return tableText(
        block.rows.map((row) =>
          row.map((cell) => ('elements' in cell ? richLine(cell.elements) : cell.text)),
        ),
      );
    case 'rich_text':
      return richLine(block.elements);
  }
}

function inputText(element: Extract<z.output<typeof known>, { type: 'input' }>['element']): string {
  const { options, initial_option: chosen, initial_value: typed } = element;
  const open = options === undefined ? '…' : `one of ${options.map(({ text }) => text.text).join(', ')}`;
  return `[ ${chosen?.text.text ?? typed ?? open} ]`;
}

function taskText(card: z.output<typeof task>): string {
  const details = card.details === undefined ? '' : `\n      ${richLine(card.details.elements)}`;
  const output = card.output === undefined ? '' : `\n${indented(richLine(card.output.elements))}`;
  return `  ${TASK_MARK[card.status]} ${card.title}${details}${output}`;
}

function tableText(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  return indented(table(head, body), '  ');
}

function indented(text: string, by = '      | '): string {
  return text
    .split('\n')
    .map((line) => `${by}${line}`.trimEnd())
    .join('\n');
}

function richLine(elements: readonly RichElement[]): string {
  return elements
    .map(
      (element) =>
        element.text ??
        (element.user_id === undefined ? richLine(element.elements ?? []) : `@${element.user_id}`),
    )
    .join('');
}

/** mrkdwn without its marks: links by their text, dates by their fallback, entities as characters. */
function plain(text: string): string {
  return text
    .replace(/<!date\^[^|>]*\|([^>]*)>/g, '$1')
    .replace(/<(?:[^|>]*)\|([^>]*)>/g, '$1')
    .replace(/<([^>]*)>/g, '$1')
    .replace(/```\n?/g, '')
    .replace(/(^|\s)[*_`]+|[*_`]+(?=\s|$|[.,:;)])/g, '$1')
    .replaceAll('`', '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
