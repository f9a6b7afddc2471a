import { z } from 'zod';

/**
 * Composition objects, interactive elements and rich text of Block Kit, as strict as Slack: unknown keys, wrong
 * types and excess lengths are errors. Source: Slack's Block Kit reference and the types of @slack/types.
 */
const text = (max: number) => z.string().min(1).max(max);
const id = z.string().min(1).max(255);

export const plain = (max: number) =>
  z.strictObject({ type: z.literal('plain_text'), text: text(max), emoji: z.boolean().optional() });

export const mrkdwn = (max: number) =>
  z.strictObject({ type: z.literal('mrkdwn'), text: text(max), verbatim: z.boolean().optional() });

export const anyText = (max: number) => z.discriminatedUnion('type', [plain(max), mrkdwn(max)]);

const confirm = z.strictObject({
  title: plain(100),
  text: anyText(300),
  confirm: plain(30),
  deny: plain(30),
  style: z.enum(['primary', 'danger']).optional(),
});

const option = z.strictObject({
  text: anyText(75),
  value: z.string().max(150),
  description: anyText(75).optional(),
  url: z.string().max(3000).optional(),
});

export const button = z.strictObject({
  type: z.literal('button'),
  text: plain(75),
  action_id: id.optional(),
  url: z.string().max(3000).optional(),
  value: z.string().max(2000).optional(),
  style: z.enum(['primary', 'danger']).optional(),
  confirm: confirm.optional(),
  accessibility_label: z.string().max(75).optional(),
});

export const image = z.strictObject({
  type: z.literal('image'),
  alt_text: text(2000),
  image_url: text(3000),
});

const select = {
  action_id: id.optional(),
  placeholder: plain(150).optional(),
  confirm: confirm.optional(),
  focus_on_load: z.boolean().optional(),
};
const staticSelect = z.strictObject({
  type: z.literal('static_select'),
  ...select,
  options: z.array(option).min(1).max(100),
  initial_option: option.optional(),
});
const usersSelect = z.strictObject({
  type: z.literal('users_select'),
  ...select,
  initial_user: id.optional(),
});
const overflow = z.strictObject({
  type: z.literal('overflow'),
  action_id: id.optional(),
  options: z.array(option).min(1).max(5),
  confirm: confirm.optional(),
});
const checkboxes = z.strictObject({
  type: z.literal('checkboxes'),
  action_id: id.optional(),
  options: z.array(option).min(1).max(10),
  initial_options: z.array(option).min(1).max(10).optional(),
});
const textInput = z.strictObject({
  type: z.literal('plain_text_input'),
  action_id: id.optional(),
  placeholder: plain(150).optional(),
  initial_value: z.string().optional(),
  multiline: z.boolean().optional(),
  min_length: z.int().min(0).max(3000).optional(),
  max_length: z.int().min(1).max(3000).optional(),
});

export const action = z.discriminatedUnion('type', [button, staticSelect, usersSelect, overflow, checkboxes]);
export const inputElement = z.discriminatedUnion('type', [textInput, staticSelect, usersSelect, checkboxes]);
export const accessory = z.discriminatedUnion('type', [button, staticSelect, usersSelect, overflow, image]);

const style = z
  .strictObject({
    bold: z.boolean().optional(),
    italic: z.boolean().optional(),
    strike: z.boolean().optional(),
    code: z.boolean().optional(),
  })
  .optional();
const richText = z.strictObject({ type: z.literal('text'), text: z.string().min(1), style });
const richLink = z.strictObject({
  type: z.literal('link'),
  url: text(3000),
  text: z.string().optional(),
  unsafe: z.boolean().optional(),
  style,
});
const richPart = z.discriminatedUnion('type', [
  richText,
  richLink,
  z.strictObject({ type: z.literal('emoji'), name: text(100), unicode: z.string().optional(), style }),
  z.strictObject({ type: z.literal('user'), user_id: id, style }),
  z.strictObject({ type: z.literal('usergroup'), usergroup_id: id, style }),
  z.strictObject({ type: z.literal('channel'), channel_id: id, style }),
  z.strictObject({
    type: z.literal('date'),
    timestamp: z.int(),
    format: text(200),
    url: z.string().optional(),
    fallback: z.string().optional(),
    style,
  }),
]);
const border = z.union([z.literal(0), z.literal(1)]).optional();
const richSection = z.strictObject({ type: z.literal('rich_text_section'), elements: z.array(richPart) });

export const richTextBlock = z.strictObject({
  type: z.literal('rich_text'),
  block_id: id.optional(),
  elements: z
    .array(
      z.discriminatedUnion('type', [
        richSection,
        z.strictObject({
          type: z.literal('rich_text_list'),
          style: z.enum(['bullet', 'ordered']),
          elements: z.array(richSection).min(1),
          indent: z.int().min(0).max(8).optional(),
          offset: z.int().optional(),
          border,
        }),
        z.strictObject({ type: z.literal('rich_text_quote'), elements: z.array(richPart), border }),
        z.strictObject({
          type: z.literal('rich_text_preformatted'),
          elements: z.array(z.discriminatedUnion('type', [richText, richLink])),
          language: z.string().optional(),
          border,
        }),
      ]),
    )
    .min(1),
});
