import { z } from 'zod';
import { type Content, type Html, html } from '../../web/html.ts';
import { type Known, mention, moment } from './mrkdwn.ts';

const style = z
  .strictObject({
    bold: z.boolean().optional(),
    italic: z.boolean().optional(),
    strike: z.boolean().optional(),
    code: z.boolean().optional(),
  })
  .optional();

const part = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string(), style }),
  z.strictObject({ type: z.literal('link'), url: z.string(), text: z.string().optional(), style }),
  z.strictObject({ type: z.literal('emoji'), name: z.string(), unicode: z.string().optional(), style }),
  z.strictObject({ type: z.literal('user'), user_id: z.string(), style }),
  z.strictObject({ type: z.literal('usergroup'), usergroup_id: z.string(), style }),
  z.strictObject({ type: z.literal('channel'), channel_id: z.string(), style }),
  z.strictObject({
    type: z.literal('date'),
    timestamp: z.number(),
    format: z.string(),
    fallback: z.string().optional(),
    style,
  }),
]);
const parts = z.array(part);
const border = z.number().optional();

const element = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('rich_text_section'), elements: parts }),
  z.strictObject({ type: z.literal('rich_text_quote'), elements: parts, border }),
  z.strictObject({ type: z.literal('rich_text_preformatted'), elements: parts, border }),
  z.strictObject({
    type: z.literal('rich_text_list'),
    style: z.enum(['bullet', 'ordered']),
    elements: z.array(z.strictObject({ type: z.literal('rich_text_section'), elements: parts })),
    border,
  }),
]);

/** A block of rich text, as far as it is drawn. */
export const richTextSchema = z.strictObject({
  type: z.literal('rich_text'),
  block_id: z.string().optional(),
  elements: z.array(element),
});
export type RichText = z.output<typeof richTextSchema>;

export function richHtml(block: RichText, known: Known): Html {
  return html`${block.elements.map((item) => elementHtml(item, known))}`;
}

function elementHtml(item: z.output<typeof element>, known: Known): Content {
  switch (item.type) {
    case 'rich_text_section':
      return html`<p>${partsHtml(item.elements, known)}</p>`;
    case 'rich_text_quote':
      return html`<blockquote>${partsHtml(item.elements, known)}</blockquote>`;
    case 'rich_text_preformatted':
      return html`<pre tabindex="0">${partsHtml(item.elements, known)}</pre>`;
    case 'rich_text_list': {
      const items = item.elements.map(({ elements }) => html`<li>${partsHtml(elements, known)}</li>`);
      return item.style === 'ordered' ? html`<ol>${items}</ol>` : html`<ul>${items}</ul>`;
    }
  }
}

const partsHtml = (all: z.output<typeof parts>, known: Known): Content =>
  all.map((item) => partHtml(item, known));

function partHtml(item: z.output<typeof part>, { people, channels, groups }: Known): Content {
  switch (item.type) {
    case 'text':
      return styled(item.text, item.style);
    case 'link':
      return /^https?:/.test(item.url)
        ? html`<a href="${item.url}" rel="noreferrer">${item.text ?? item.url}</a>`
        : (item.text ?? item.url);
    case 'emoji':
      return item.unicode === undefined
        ? `:${item.name}:`
        : String.fromCodePoint(...item.unicode.split('-').map((code) => Number.parseInt(code, 16)));
    case 'user':
      return mention('@', item.user_id, people);
    case 'usergroup':
      return mention('@', item.usergroup_id, groups);
    case 'channel':
      return mention('#', item.channel_id, channels);
    case 'date':
      return moment(item.timestamp, item.format, item.fallback);
  }
}

function styled(text: string, wish: z.output<typeof style>): Content {
  const { bold, italic, strike, code } = wish ?? {};
  let made: Content = text;
  if (code === true) made = html`<code>${made}</code>`;
  if (strike === true) made = html`<s>${made}</s>`;
  if (italic === true) made = html`<em>${made}</em>`;
  if (bold === true) made = html`<strong>${made}</strong>`;
  return made;
}
