import type { Action } from '../../core/request.ts';
import { cleanup } from './cleanup.ts';
import { command } from './command.ts';
import { installCron } from './install-cron.ts';
import type { Operation } from './operation.ts';
import { startRunner } from './start-runner.ts';

/** Every operation. A new one is a file beside this one, its line here and its name in ACTIONS. */
const operations: readonly Operation[] = [cleanup, command, installCron, startRunner];

/** The operation behind an action; undefined for those on the services themselves. */
export function operationOf(action: Action): Operation | undefined {
  return operations.find((operation) => operation.action === action);
}
