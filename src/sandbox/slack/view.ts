import { z } from 'zod';
import { type Refusal, refusalOf } from './blocks.ts';
import { plain } from './elements.ts';

const base = {
  blocks: z.array(z.unknown()),
  private_metadata: z.string().max(3000).optional(),
  callback_id: z.string().max(255).optional(),
  external_id: z.string().max(255).optional(),
};

const view = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('modal'),
    title: plain(24),
    submit: plain(24).optional(),
    close: plain(24).optional(),
    clear_on_close: z.boolean().optional(),
    notify_on_close: z.boolean().optional(),
    submit_disabled: z.boolean().optional(),
    ...base,
  }),
  z.strictObject({ type: z.literal('home'), ...base }),
]);

/** Why Slack refuses a modal or a Home tab, or undefined when it takes it. */
export function viewRefusal(
  value: unknown,
): Refusal | { error: 'invalid_arguments'; messages: string[] } | undefined {
  const result = view.safeParse(value);
  if (!result.success) {
    return {
      error: 'invalid_arguments',
      messages: result.error.issues.map((issue) => `/view/${issue.path.join('/')}: ${issue.message}`),
    };
  }
  return refusalOf(result.data.blocks, 'view');
}
