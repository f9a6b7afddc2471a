import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { outcomeOf } from './audit-outcome.ts';

/**
 * Asks the registry for known vulnerabilities of what is installed in production, and says in one line what came of
 * it. Ends with 1 for one of level high or critical. Without the registry nothing is known, which is said and is no
 * failure: the state of the network is not the state of this tree.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const answer = await new Promise<string>((resolve) => {
  execFile(
    'npm',
    ['audit', '--omit=dev', '--json', '--fetch-retries=0', '--fetch-timeout=15000'],
    { cwd: root, timeout: 60_000, maxBuffer: 64 * 1024 * 1024 },
    (_error, stdout) => resolve(stdout),
  );
});
const { line, failed } = outcomeOf(answer);
console.log(`audit: ${line}`);
process.exitCode = failed ? 1 : 0;
