import type { ModalView } from '@slack/types';
import { expect, test } from 'vitest';
import { createTurns } from '../../../src/slack/form/turns.ts';

interface Sent {
  readonly title: string;
  readonly hash: string | undefined;
  answer(hash: string): void;
  refuse(error: string): void;
}

function view(title: string): ModalView {
  return { type: 'modal', title: { type: 'plain_text', text: title }, blocks: [] };
}

/** Turns over a Slack that answers when the test says so. */
function aSlack() {
  const sent: Sent[] = [];
  const turns = createTurns(
    ({ view: drawn, hash }) =>
      new Promise((resolve, reject) => {
        sent.push({
          title: drawn.title.text,
          hash,
          answer: (next) => resolve({ view: { hash: next } }),
          refuse: (error) => reject(new Error(error)),
        });
      }),
  );
  const arrives = (count: number) => expect.poll(() => sent.length).toBe(count);
  return { sent, turns, arrives };
}

test('what was done later is not replaced by what was done earlier and is known later', async () => {
  const { sent, turns, arrives } = aSlack();
  const earlier = turns.take('V1', { at: 1, hash: 'h0' });
  const later = turns.take('V1', { at: 2, hash: 'h0' });
  const shown = later.show(view('later'));
  await arrives(1);
  sent[0]?.answer('h1');
  expect(await shown).toBe(true);
  expect(await earlier.show(view('earlier'))).toBe(false);
  expect(sent).toHaveLength(1);
});

test('what was done earlier and arrives later is not shown', async () => {
  const { sent, turns } = aSlack();
  turns.take('V1', { at: 2 });
  expect(await turns.take('V1', { at: 1 }).show(view('earlier'))).toBe(false);
  expect(sent).toEqual([]);
});

test('an update waits for the one before it, and names the view as that one left it', async () => {
  const { sent, turns, arrives } = aSlack();
  const first = turns.take('V1', { at: 1, hash: 'h0' }).show(view('first'));
  await arrives(1);
  const second = turns.take('V1', { at: 2, hash: 'h0' }).show(view('second'));
  const other = turns.take('V2', { at: 1, hash: 'x0' }).show(view('of another view'));
  await arrives(2);
  expect(sent[1]).toMatchObject({ title: 'of another view', hash: 'x0' });
  sent[0]?.answer('h1');
  await arrives(3);
  expect(sent[2]).toMatchObject({ title: 'second', hash: 'h1' });
  for (const each of sent) each.answer('h2');
  expect(await Promise.all([first, second, other])).toEqual([true, true, true]);
});

test.each(['hash_conflict', 'not_found'])(
  'a view that is another one by now (%s) is left alone',
  async (error) => {
    const { sent, turns, arrives } = aSlack();
    const shown = turns.take('V1', { at: 1, hash: 'h0' }).show(view('mine'));
    await arrives(1);
    sent[0]?.refuse(error);
    expect(await shown).toBe(false);
  },
);

test('another failure is told, and keeps nothing back', async () => {
  const { sent, turns, arrives } = aSlack();
  const turn = turns.take('V1', { at: 1, hash: 'h0' });
  const failed = turn.show(view('mine'));
  await arrives(1);
  sent[0]?.refuse('internal_error');
  await expect(failed).rejects.toThrow('internal_error');
  const again = turn.show(view('again'));
  await arrives(2);
  sent[1]?.answer('h1');
  expect(await again).toBe(true);
});

test('after an acknowledgement that changed the view nobody knows its hash', async () => {
  const { sent, turns, arrives } = aSlack();
  turns.take('V1', { at: 1, hash: 'h0' });
  const submitted = turns.take('V1');
  turns.changed('V1');
  const shown = submitted.show(view('plan'));
  await arrives(1);
  expect(sent[0]?.hash).toBeUndefined();
  sent[0]?.answer('h1');
  expect(await shown).toBe(true);
});
