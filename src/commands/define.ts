import { type ZodType, z } from 'zod';
import type { Right } from '../config/policy.ts';
import { OpsError } from '../core/errors.ts';
import type { Command, CommandContext, Flag, Parsed, Reply, Slot } from './command.ts';
import { interpret } from './line.ts';

/** What the author of a subcommand writes. `I` is its input, as validated by `schema`. */
export interface Definition<I> {
  readonly name: string;
  readonly summary: string;
  readonly slots: readonly Slot[];
  readonly flags: readonly Flag[];
  readonly examples: readonly string[];
  readonly right?: Right;
  /** Input without the command's name. */
  readonly schema: ZodType<I>;
  /** May throw OpsError; the front ends show it as a problem. */
  run(input: I, context: CommandContext): Promise<Reply>;
}

/** Makes a {@link Command} of a definition: grammar, usage line and validation come from the one description. */
export function defineCommand<I extends Record<string, unknown>>(definition: Definition<I>): Command {
  const { name, slots, flags, schema } = definition;
  const prepare = (input: unknown): Parsed => {
    const result = schema.safeParse(input);
    if (!result.success) {
      throw new OpsError('usage.argument', `${name}: ${z.prettifyError(result.error).replaceAll('\n', ' ')}`);
    }
    return {
      command: name,
      input: { ...result.data },
      run: (context) => definition.run(result.data, context),
    };
  };
  return {
    name,
    summary: definition.summary,
    usage: [name, ...slots.map(slotUsage), ...flags.map(flagUsage)].join(' '),
    slots,
    flags,
    examples: definition.examples,
    ...(definition.right === undefined ? {} : { right: definition.right }),
    schema,
    parse: (tokens, directory) => prepare(interpret({ name, slots, flags }, tokens, directory)),
    prepare,
  };
}

function slotUsage(slot: Slot): string {
  const text = [slot.name.toUpperCase(), ...(slot.extra ?? [])].join('|');
  return slot.required ? text : `[${text}]`;
}

function flagUsage(flag: Flag): string {
  const name = flag.short === undefined ? `--${flag.name}` : `-${flag.short}`;
  if (flag.value === undefined) return `[${name}]`;
  return `[${name} ${flag.choices?.join('|') ?? flag.value}]`;
}
