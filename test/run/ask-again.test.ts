import { expect, test } from 'vitest';
import { OpsError } from '../../src/core/errors.ts';
import type { RunResult } from '../../src/core/transport.ts';
import { askAgain } from '../../src/run/ask-again.ts';

const done: RunResult = { exit: { kind: 'exit', code: 0 }, stdout: 'fine', stderr: '' };
const lost: RunResult = { exit: { kind: 'lost', reason: 'the channel closed' }, stdout: '', stderr: '' };
const away = new OpsError('site.unreachable', 'aws: no connection');

/** Answers in turn; the last one for ever. */
function asks(...answers: readonly (RunResult | Error)[]) {
  let asked = 0;
  return {
    get asked() {
      return asked;
    },
    async ask(): Promise<RunResult> {
      const answer = answers[Math.min(asked++, answers.length - 1)];
      if (answer === undefined || answer instanceof Error) throw answer;
      return answer;
    },
  };
}

const { signal } = new AbortController();
const fresh = { answered: false, limitMs: 10_000, signal };

test('a look that lost its connection is asked again, also while the site is out of reach', async () => {
  const site = asks(lost, away, done);
  expect(await askAgain(site.ask, fresh)).toBe(done);
  expect(site.asked).toBe(3);
});

test('a site that has never answered is not waited for, one that has is', async () => {
  const site = asks(away, done);
  await expect(askAgain(site.ask, fresh)).rejects.toBe(away);
  expect(site.asked).toBe(1);
  expect(await askAgain(asks(away, done).ask, { ...fresh, answered: true })).toBe(done);
});

test('any other answer stands', async () => {
  const denied = new OpsError('site.sudo', 'aws: permission denied');
  await expect(askAgain(asks(lost, denied).ask, fresh)).rejects.toBe(denied);
});

test('after its time it is lost, or the site out of reach', async () => {
  const soon = { ...fresh, limitMs: 0 };
  expect(await askAgain(asks(lost).ask, soon)).toBe(lost);
  await expect(askAgain(asks(lost, away).ask, { ...soon, limitMs: 150 })).rejects.toBe(away);
});

test('an abort ends the waiting with its reason', async () => {
  const controller = new AbortController();
  const reason = new Error('shutdown');
  const site = {
    async ask() {
      controller.abort(reason);
      return lost;
    },
  };
  await expect(askAgain(site.ask, { ...fresh, signal: controller.signal })).rejects.toBe(reason);
});
