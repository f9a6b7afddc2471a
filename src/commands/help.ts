import { z } from 'zod';
import type { Command, Flag, Slot } from './command.ts';
import { defineCommand } from './define.ts';
import { offered, refusal } from './rights.ts';

/** Makes `help` for the other commands. It offers only what the caller may do somewhere. */
export function helpFor(commands: readonly Command[]): Command {
  const help: Command = defineCommand({
    name: 'help',
    summary: 'the commands you may use, or the details of one',
    slots: [
      {
        name: 'command',
        required: false,
        about: 'a command',
        choices: () => [...commands.map((command) => command.name), 'help'],
      },
    ],
    flags: [],
    examples: ['help', 'help deploy'],
    schema: z.strictObject({ command: z.string().exactOptional() }),
    async run(wish, context) {
      const { caller, directory } = context;
      const all = [...commands, help].filter((command) => offered(command, caller, directory));
      if (wish.command === undefined) return { kind: 'help', entries: all.map(entryOf) };
      const command = all.find(({ name }) => name === wish.command);
      if (command === undefined) {
        const right = commands.find(({ name }) => name === wish.command)?.right ?? 'read';
        throw refusal(context, right, { ...directory, where: `any target, which ${wish.command} takes` });
      }
      return {
        kind: 'help',
        entries: [entryOf(command)],
        details: [
          ...command.slots.map((slot) => slotLine(slot, slot.choices?.(directory) ?? [])),
          ...command.flags.map(flagLine),
          ...command.examples.map((example) => `Example: /jaws ${example}`),
        ],
      };
    },
  });
  return help;
}

function entryOf(command: Command): { usage: string; summary: string } {
  return { usage: `/jaws ${command.usage}`, summary: command.summary };
}

function slotLine(slot: Slot, choices: readonly string[]): string {
  const list = choices.length === 0 ? '' : ` (${choices.join(', ')})`;
  return `${slot.name.toUpperCase()}: ${slot.about}${list}`;
}

function flagLine(flag: Flag): string {
  const choices = flag.choices === undefined ? '' : ` (${flag.choices.join(', ')})`;
  return `--${flag.name}: ${flag.about}${choices}`;
}
