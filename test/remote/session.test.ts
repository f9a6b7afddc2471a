import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { raw, sh } from '../../src/core/script.ts';
import { END_SESSION } from '../../src/remote/session.ts';
import { runHere, shellcheck } from '../fixtures/shell.ts';
import { aMark } from '../fixtures/site.ts';

/** A session of its own that does not hear TERM. */
async function stubborn(): Promise<number> {
  const child = spawn('sh', ['-c', `trap '' TERM; echo ready; exec sleep ${aMark()}`], { detached: true });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child.pid ?? 0;
}

it('gives a session its grace in seconds, however long each look at a busy host takes', async () => {
  // A second for each look: ten of them, were the grace of ten tenths counted in looks.
  const slow = raw(`looks=0
sleep() {
  looks=$((looks + 1))
  command sleep 1
}`);
  const { code, stdout } = runHere(sh`${END_SESSION}
${slow}
end_session ${await stubborn()} 10 && echo "$looks"`);
  expect(code).toBe(0);
  expect(Number(stdout)).toBeLessThan(10);
});

it('passes shellcheck', () => {
  expect(
    shellcheck(sh`${END_SESSION}
end_session 1 2`),
  ).toBe('');
});
