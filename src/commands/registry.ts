import { z } from 'zod';
import { approve, reject } from './approve.ts';
import { cancel } from './cancel.ts';
import { cleanup } from './cleanup.ts';
import type { Command } from './command.ts';
import { deploy } from './deploy.ts';
import { helpFor } from './help.ts';
import { history } from './history.ts';
import { jobs } from './jobs.ts';
import { lock, unlock } from './lock.ts';
import { logs } from './logs.ts';
import { maintenance } from './maintenance.ts';
import { recover } from './recover.ts';
import { retry } from './retry.ts';
import { rollback } from './rollback.ts';
import { runbook } from './runbook.ts';
import { restart, start, stop } from './services.ts';
import { diff, doctor, queueWait } from './site-looks.ts';
import { status } from './status.ts';
import { cron, runner } from './upkeep.ts';

const operations: readonly Command[] = [
  deploy,
  start,
  stop,
  restart,
  rollback,
  status,
  logs,
  history,
  diff,
  doctor,
  queueWait,
  runner,
  cron,
  cleanup,
  maintenance,
  lock,
  unlock,
  recover,
  runbook,
  jobs,
  cancel,
  approve,
  reject,
  retry,
];

/** Every subcommand. A new one is a file beside this one and its name in the list above. */
export const commands: readonly Command[] = [...operations, helpFor(operations)];

/** Any command's input under its name, e.g. `{command: 'deploy', input: {…}}`: what a Slack button may carry. */
export const commandSchema = z.union(
  commands.map((command) => z.strictObject({ command: z.literal(command.name), input: command.schema })),
);
