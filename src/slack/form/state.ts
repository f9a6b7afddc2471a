import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Filled } from '../../commands/form.ts';
import { unescaped } from '../blocks/text.ts';
import { ANOTHER, COMMAND_KEY, LEFT_OUT } from './view.ts';

/** What a form carries along and does not show. */
export interface FormMemory {
  /** Channel in which it was asked for. */
  readonly channel: string;
  readonly more: boolean;
  /** Mark of the input whose plan is on show. */
  readonly planned?: string;
}

const memorySchema: z.ZodType<FormMemory> = z.object({
  channel: z.string(),
  more: z.boolean(),
  planned: z.string().exactOptional(),
});

export function memoryOf(metadata: string): FormMemory {
  return memorySchema.parse(JSON.parse(metadata));
}

/** A short mark of a preview's name. */
export function markOf(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 24);
}

/** What a reader has put into the inputs. */
export interface Entered {
  readonly command: string | undefined;
  readonly filled: Filled;
  readonly typed: readonly string[];
}

const valueSchema = z.looseObject({
  type: z.string(),
  value: z.string().nullish(),
  selected_option: z.looseObject({ value: z.string() }).nullish(),
  selected_options: z.array(z.unknown()).optional(),
});

/** @param values `view.state.values` of a request of Slack */
export function enteredIn(values: unknown): Entered {
  const blocks = z.record(z.string(), z.record(z.string(), valueSchema)).parse(values);
  const filled: Record<string, string | boolean> = {};
  const typed: Record<string, string> = {};
  const another: string[] = [];
  for (const [action, value] of Object.values(blocks).flatMap((block) => Object.entries(block))) {
    const [, place = '', key = ''] = /^(form|typed)-(.+)$/.exec(action) ?? [];
    const text = unescaped(value.selected_option?.value ?? value.value ?? '');
    if (place === 'typed') typed[key] = text;
    else if (value.type === 'checkboxes') filled[key] = (value.selected_options ?? []).length > 0;
    else if (text === ANOTHER) another.push(key);
    else if (place === 'form' && text !== LEFT_OUT && text !== '') filled[key] = text;
  }
  for (const key of another) filled[key] = typed[key] ?? '';
  const { [COMMAND_KEY]: command, ...rest } = filled;
  return { command: typeof command === 'string' ? command : undefined, filled: rest, typed: another };
}
