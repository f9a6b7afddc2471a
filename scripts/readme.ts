/**
 * Follows the README's steps literally in a fresh clone of HEAD, as a newcomer would, and checks what it promises of
 * them: `npm run test:readme`. What stands there for the reader's own (tokens, Redis, the secrets file) is given by a
 * private Redis and the sandbox's Slack. Takes some minutes; the last line is `N passed, N failed`.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { collectOk, until } from '../src/sandbox/process.ts';
import { exported, promptLines, readmeLines } from './readme-lines.ts';
import { startOwn } from './readme-own.ts';
import { aliveBelow, type Place, stepOf } from './readme-steps.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'jaws-ops-readme-'));
const clone = join(dir, 'jaws-chatops');
const count = { passed: 0, failed: 0 };

await collectOk(['git', 'clone', '--quiet', '--no-hardlinks', ROOT, clone], { env: process.env });
const markdown = readFileSync(join(clone, 'README.md'), 'utf8');
const own = await startOwn(dir);
try {
  const env: Record<string, string> = {};
  const done = new Set<string>();
  for (const { at, text } of readmeLines(markdown)) {
    const variables = exported(text);
    if (variables !== undefined) {
      tell('✔', at, text, own.fill(variables, env));
      continue;
    }
    for (const command of text.split(' && ')) {
      const place: Place = { clone, env, typed: promptLines(markdown) };
      const step = stepOf(command);
      // `npm ci` stands before each of two commands, for those who type only one of them.
      if (done.has(command)) continue;
      done.add(command);
      if ('skipped' in step) tell('–', at, command, step.skipped);
      else await checked(at, command, () => step.follow(place));
    }
  }
  await checked(0, 'and leaves no process behind', async () => {
    await until(() => aliveBelow(clone).length === 0, 30_000);
    const left = aliveBelow(clone);
    return left.length === 0 ? undefined : left.join('\n');
  });
} finally {
  await own.close();
  for (const line of aliveBelow(clone)) process.kill(Number(line.split(' ')[0]), 'SIGKILL');
  rmSync(dir, { recursive: true, force: true });
}
console.log(`${count.passed} passed, ${count.failed} failed`);
process.exitCode = count.failed > 0 ? 1 : 0;

async function checked(at: number, text: string, follow: () => Promise<string | undefined>): Promise<void> {
  const began = Date.now();
  const wrong = await follow().catch((error) => String(error));
  const took = `${Math.round((Date.now() - began) / 1000)} s`;
  if (wrong === undefined) count.passed += 1;
  else count.failed += 1;
  tell(wrong === undefined ? '✔' : '✘', at, text, wrong === undefined ? took : `${took}\n${wrong}`);
}

function tell(mark: string, at: number, text: string, more: string): void {
  console.log(`${mark} ${at === 0 ? '' : `README.md:${at}: `}${text}  ${more}`);
}
