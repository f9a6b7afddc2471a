import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addCompletion } from './completion.ts';
import { addConfiguration } from './configuration.ts';
import { addOperations } from './operate.ts';
import { reportFailure } from './output.ts';
import { addProcesses } from './processes.ts';
import { addSlash } from './slash.ts';

/**
 * Runs `jaws-ops` with its words, those of `process.argv`. The exit code, which it sets, is part of the contract:
 * 0 done, 1 failed, 2 usage, 3 refused, 4 unreachable.
 */
export async function runProgram(argv: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync([...argv]);
  } catch (error) {
    process.exitCode = reportFailure(error, argv.includes('--json'));
  }
}

/** The command line. Subcommands of `/jaws` come from the commands' registry, the others are its own. */
export function createProgram(): Command {
  const program = new Command('jaws-ops')
    .description('Deploys and operates JAWS on its sites')
    .version(packageVersion())
    // After a subcommand `--version` is the subcommand's: the version of JAWS Site.
    .enablePositionalOptions()
    .exitOverride()
    // What is wrong with the words is told like every other problem, by the one who calls.
    .configureOutput({ outputError: () => undefined });
  addConfiguration(program);
  addOperations(program);
  addSlash(program);
  addProcesses(program);
  addCompletion(program);
  // Commander hands exitOverride to subcommands only when they are made by it after the call.
  for (const command of program.commands) inheritExit(command);
  return program;
}

function inheritExit(command: Command): void {
  command.exitOverride();
  for (const sub of command.commands) inheritExit(sub);
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
