import { z } from 'zod';
import type { ShownView } from './shown-view.ts';

const inputSchema = z.object({
  type: z.literal('input'),
  block_id: z.string(),
  label: z.object({ text: z.string() }),
  optional: z.boolean().optional(),
  dispatch_action: z.boolean().optional(),
  element: z.object({
    type: z.string(),
    action_id: z.string(),
    options: z.array(z.looseObject({ text: z.object({ text: z.string() }), value: z.string() })).optional(),
  }),
});
export type Input = z.output<typeof inputSchema>;

/** The inputs of a view. */
export function inputsOf({ blocks }: Pick<ShownView, 'blocks'>): readonly Input[] {
  return blocks.flatMap((block) => inputSchema.safeParse(block).data ?? []);
}

/** An input of a view by its own names. */
export interface Place {
  readonly blockId: string;
  readonly actionId: string;
}

/** What stands in an input, in the form in which Slack sends it. @throws RangeError for a choice that is none */
export function sentValue(
  { label, element }: Input,
  values: readonly string[],
): Readonly<Record<string, unknown>> {
  const { type, options = [] } = element;
  const [first = ''] = values;
  if (type === 'plain_text_input') return { type, value: first === '' ? null : first };
  if (type === 'users_select') return { type, selected_user: first === '' ? null : first };
  const chosen = values.map((value) => {
    const found = options.find((option) => option.value === value);
    if (found === undefined) throw new RangeError(`${label.text} does not offer ${value}`);
    return found;
  });
  return type === 'checkboxes'
    ? { type, selected_options: chosen }
    : { type, selected_option: chosen[0] ?? null };
}

/** Whether nothing stands in an input; no box of several need be ticked. */
export function isEmpty(value: Readonly<Record<string, unknown>>): boolean {
  const { value: typed, selected_option: option, selected_user: user, selected_options: several } = value;
  return (typed ?? option ?? user ?? null) === null && several === undefined;
}
