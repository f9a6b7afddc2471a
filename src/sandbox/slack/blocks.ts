import { z } from 'zod';
import { accessory, action, anyText, image, inputElement, mrkdwn, plain, richTextBlock } from './elements.ts';

const blockId = z.string().min(1).max(255).optional();

const taskCard = z.strictObject({
  type: z.literal('task_card'),
  block_id: blockId,
  task_id: z.string().min(1).max(255),
  title: z.string().min(1).max(256),
  details: richTextBlock.optional(),
  output: richTextBlock.optional(),
  sources: z.array(z.strictObject({ type: z.literal('url'), url: z.string(), text: z.string() })).optional(),
  status: z.enum(['pending', 'in_progress', 'complete', 'error']),
});

const cell = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('raw_text'), text: z.string().min(1) }),
  z.strictObject({ type: z.literal('raw_number'), value: z.number(), text: z.string().optional() }),
  richTextBlock,
]);

const table = z
  .strictObject({
    type: z.literal('table'),
    block_id: blockId,
    rows: z.array(z.array(cell).min(1).max(20)).min(1).max(100),
    column_settings: z
      .array(
        z.strictObject({
          align: z.enum(['left', 'center', 'right']).optional(),
          is_wrapped: z.boolean().optional(),
        }),
      )
      .max(20)
      .optional(),
  })
  .refine((block) => block.rows.every((row) => row.length === block.rows[0]?.length), {
    message: 'all rows of a table must have the same number of cells',
  });

const section = z
  .strictObject({
    type: z.literal('section'),
    block_id: blockId,
    text: anyText(3000).optional(),
    fields: z.array(anyText(2000)).min(1).max(10).optional(),
    accessory: accessory.optional(),
    expand: z.boolean().optional(),
  })
  .refine((block) => block.text !== undefined || block.fields !== undefined, {
    message: 'a section needs text or fields',
  });

const unique = (ids: readonly string[]) => new Set(ids).size === ids.length;

const plan = z
  .strictObject({
    type: z.literal('plan'),
    block_id: blockId,
    title: z.string().min(1).max(256),
    tasks: z.array(taskCard).max(50).optional(),
  })
  .refine((block) => unique((block.tasks ?? []).map((task) => task.task_id)), {
    message: 'every task_id of a plan must be unique',
  });

const everywhere = [
  section,
  z.strictObject({ type: z.literal('header'), block_id: blockId, text: plain(150) }),
  z.strictObject({ type: z.literal('divider'), block_id: blockId }),
  z.strictObject({
    type: z.literal('context'),
    block_id: blockId,
    elements: z
      .array(z.discriminatedUnion('type', [plain(3000), mrkdwn(3000), image]))
      .min(1)
      .max(10),
  }),
  z
    .strictObject({ type: z.literal('actions'), block_id: blockId, elements: z.array(action).min(1).max(25) })
    .refine(({ elements }) => unique(elements.flatMap((each) => each.action_id ?? [])), {
      message: 'every action_id of a block must be unique',
    }),
  z.strictObject({
    type: z.literal('image'),
    block_id: blockId,
    alt_text: z.string().min(1).max(2000),
    image_url: z.string().min(1).max(3000),
    title: plain(2000).optional(),
  }),
  richTextBlock,
] as const;

const messageOnly = [
  z.strictObject({ type: z.literal('markdown'), block_id: blockId, text: z.string().min(1).max(12_000) }),
  table,
  taskCard,
  plan,
] as const;

const viewOnly = [
  z.strictObject({
    type: z.literal('input'),
    block_id: blockId,
    label: plain(2000),
    hint: plain(2000).optional(),
    optional: z.boolean().optional(),
    dispatch_action: z.boolean().optional(),
    element: inputElement,
  }),
  z.strictObject({
    type: z.literal('alert'),
    block_id: blockId,
    text: anyText(3000),
    level: z.enum(['default', 'info', 'warning', 'error', 'success']).optional(),
  }),
] as const;

/** Where blocks are used; some exist only in messages and some only in modals. */
export type Surface = 'message' | 'view';

const SURFACES = {
  message: { most: 50, block: z.discriminatedUnion('type', [...everywhere, ...messageOnly]) },
  view: { most: 100, block: z.discriminatedUnion('type', [...everywhere, ...viewOnly]) },
} as const;

/** Where `msg_blocks_too_long` has been seen to begin, in characters over all texts of a message. */
const MAX_TEXT = 13_200;

/** Why Slack refuses blocks: the error code and one line per fault. */
export interface Refusal {
  readonly error: 'invalid_blocks' | 'invalid_blocks_format' | 'msg_blocks_too_long';
  readonly messages: readonly string[];
}

/**
 * Checks blocks as strictly as Slack does.
 * @param blocks parsed JSON
 * @returns undefined when Slack takes them
 */
export function refusalOf(
  blocks: unknown,
  surface: Surface,
  known: (type: string) => boolean = () => true,
): Refusal | undefined {
  if (!Array.isArray(blocks)) return { error: 'invalid_blocks_format', messages: ['blocks is not an array'] };
  const { most, block: schema } = SURFACES[surface];
  const messages = blocks.flatMap((block: unknown, i) => {
    const result = schema.safeParse(block);
    if (!result.success) {
      return result.error.issues.map((issue) => `/blocks/${i}/${issue.path.join('/')}: ${issue.message}`);
    }
    return known(result.data.type) ? [] : [`/blocks/${i}: unsupported type ${result.data.type}`];
  });
  if (blocks.length > most) messages.push(`no more than ${most} blocks, got ${blocks.length}`);
  const ids = blocks.map(idOf).filter((id) => id !== undefined);
  if (!unique(ids)) messages.push('block_id is not unique');
  if (blocks.filter((block) => typeOf(block) === 'table').length > 1) messages.push('only_one_table_allowed');
  if (messages.length > 0) return { error: 'invalid_blocks', messages };
  const length = textLength(blocks);
  return length <= MAX_TEXT
    ? undefined
    : { error: 'msg_blocks_too_long', messages: [`${length} characters over all blocks`] };
}

function idOf(block: unknown): string | undefined {
  return property(block, 'block_id');
}

function typeOf(block: unknown): string | undefined {
  return property(block, 'type');
}

function property(value: unknown, key: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const found: unknown = Reflect.get(value, key);
  return typeof found === 'string' ? found : undefined;
}

function textLength(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + textLength(item), 0);
  if (typeof value !== 'object' || value === null) return 0;
  return Object.entries(value).reduce<number>(
    (sum, [key, item]) =>
      sum +
      (typeof item === 'string' ? (key === 'text' || key === 'title' ? item.length : 0) : textLength(item)),
    0,
  );
}
