import { z } from 'zod';
import { stringOf } from './call.ts';

/** Something that was pressed, by its `action_id` and `value`. */
export interface Pressed {
  readonly actionId: string;
  readonly value: string;
}

/** Something that can be pressed: a button, or one option of an overflow menu. */
export interface Pressable extends Pressed {
  /** What is read on it. */
  readonly label: string;
  /** The action as Slack sends it, but for its time. */
  readonly sent: Readonly<Record<string, unknown>>;
}

const label = z.looseObject({ text: z.string() });
const element = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('button'),
    action_id: z.string().default(''),
    value: z.string().optional(),
    text: label,
  }),
  z.object({
    type: z.literal('overflow'),
    action_id: z.string().default(''),
    options: z.array(z.looseObject({ text: label, value: z.string() })),
  }),
]);
const block = z.discriminatedUnion('type', [
  z.object({ type: z.literal('actions'), block_id: z.string().optional(), elements: z.array(z.unknown()) }),
  z.object({ type: z.literal('section'), block_id: z.string().optional(), accessory: z.unknown() }),
]);

/** What can be pressed in the blocks of a message or view, in their order. */
export function pressablesIn(blocks: readonly unknown[]): readonly Pressable[] {
  return blocks.flatMap((given) => {
    const { data } = block.safeParse(given);
    if (data === undefined) return [];
    const elements = data.type === 'actions' ? data.elements : [data.accessory];
    // Slack names a block that the app did not name.
    return elements.flatMap((each) => pressablesOf(each, data.block_id ?? 'sandbox'));
  });
}

function pressablesOf(given: unknown, block_id: string): readonly Pressable[] {
  const { data } = element.safeParse(given);
  if (data === undefined) return [];
  const { type, action_id } = data;
  const common = { type, action_id, block_id };
  if (data.type === 'button') {
    const { text, value } = data;
    const sent = { ...common, text, ...(value === undefined ? {} : { value }) };
    return [{ actionId: action_id, value: stringOf(value), label: text.text, sent }];
  }
  return data.options.map((option) => ({
    actionId: action_id,
    value: option.value,
    label: option.text.text,
    sent: { ...common, selected_option: option },
  }));
}

/** The button or option that is meant. @throws RangeError when there is none */
export function pressableIn(
  blocks: readonly unknown[],
  meant: (each: Pressable) => boolean,
  name: string,
): Pressable {
  const all = pressablesIn(blocks);
  const found = all.find(meant);
  if (found !== undefined) return found;
  throw new RangeError(`no button "${name}", there is ${all.map((each) => each.label).join(', ')}`);
}

/** Whether it is the one with these names. */
export function isSame({ actionId, value }: Pressed): (each: Pressable) => boolean {
  return (each) => each.actionId === actionId && each.value === value;
}
