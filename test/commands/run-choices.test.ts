import { expect, test } from 'vitest';
import { runChoices } from '../../src/commands/run-choices.ts';
import { refusalOf } from '../../src/sandbox/slack/blocks.ts';
import { choiceBlocks } from '../../src/slack/blocks/choices.ts';
import { failedIn, queued, runningIn, succeeded } from '../fixtures/runs.ts';

test.each([
  ['waits', queued()],
  ['is under way', runningIn('stage')],
])('a run that %s can be cancelled, after one more question', (_, state) => {
  const choices = runChoices(state);
  expect(choices).toMatchObject([{ command: 'cancel', input: { job: 'd-1' }, style: 'danger' }]);
  expect(choices[0]?.confirm).toContain('aws');
  const blocks = choiceBlocks(choices);
  expect(refusalOf(blocks, 'message')).toBeUndefined();
  expect(blocks).toMatchObject([
    { elements: [{ confirm: { confirm: { text: 'Cancel' }, style: 'danger' } }] },
  ]);
});

test.each([
  ['failed', failedIn('stage', 'no space left')],
  ['done', succeeded()],
])('a run that is %s cannot', (_, state) => {
  expect(runChoices(state).map(({ command }) => command)).not.toContain('cancel');
});
