import { z } from 'zod';

/** A button by its `action_id` and `value`. */
export interface Pressed {
  readonly actionId: string;
  readonly value: string;
}

const buttonsSchema = z.object({
  type: z.literal('actions'),
  elements: z.array(
    z.object({
      type: z.literal('button'),
      action_id: z.string(),
      value: z.string(),
      text: z.object({ text: z.string() }),
    }),
  ),
});

export type Button = z.output<typeof buttonsSchema>['elements'][number];

/** The button that is meant. @throws RangeError when there is none */
export function buttonIn(
  blocks: readonly unknown[],
  meant: (button: Button) => boolean,
  name: string,
): Pressed {
  const buttons = blocks.flatMap((block) => buttonsSchema.safeParse(block).data?.elements ?? []);
  const found = buttons.find(meant);
  if (found === undefined)
    throw new RangeError(`no button "${name}", there is ${buttons.map(({ text }) => text.text).join(', ')}`);
  return { actionId: found.action_id, value: found.value };
}
