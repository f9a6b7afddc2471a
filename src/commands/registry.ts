import { z } from 'zod';
import { cancel } from './cancel.ts';
import type { Command } from './command.ts';
import { deploy } from './deploy.ts';
import { helpFor } from './help.ts';
import { jobs } from './jobs.ts';
import { logs } from './logs.ts';
import { restart, start, stop } from './services.ts';
import { status } from './status.ts';

const operations: readonly Command[] = [deploy, start, stop, restart, status, logs, jobs, cancel];

/** Every subcommand. A new one is a file beside this one and its name in the list above. */
export const commands: readonly Command[] = [...operations, helpFor(operations)];

/** Any command's input under its name, e.g. `{command: 'deploy', input: {…}}`: what a Slack button may carry. */
export const commandSchema = z.union(
  commands.map((command) => z.strictObject({ command: z.literal(command.name), input: command.schema })),
);
