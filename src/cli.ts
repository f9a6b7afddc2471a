#!/usr/bin/env node
import { reportFailure } from './cli/output.ts';
import { createProgram } from './cli/program.ts';

/** Entry of `jaws-ops`. The exit code is part of the contract: 0 done, 1 failed, 2 usage, 3 refused, 4 unreachable. */
async function main(argv: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync([...argv]);
  } catch (error) {
    process.exitCode = reportFailure(error, argv.includes('--json'));
  }
}

await main(process.argv);
