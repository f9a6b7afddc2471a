import { expect, test } from 'vitest';
import { isSame, pressableIn, pressablesIn } from '../../../src/sandbox/slack/buttons.ts';

const text = (words: string) => ({ type: 'plain_text', text: words });
const BLOCKS = [
  { type: 'section', text: text('no button') },
  {
    type: 'section',
    text: text('a menu'),
    accessory: {
      type: 'overflow',
      action_id: 'more',
      options: [
        { text: text('Look'), value: 'look' },
        { text: text('Stop'), value: 'stop' },
      ],
    },
  },
  {
    type: 'actions',
    block_id: 'choices',
    elements: [
      { type: 'static_select', action_id: 'site', options: [] },
      { type: 'button', action_id: 'go', text: text('Go'), value: 'now', style: 'primary' },
    ],
  },
];

test('buttons and options of menus are found wherever they stand', () => {
  expect(pressablesIn(BLOCKS).map(({ label }) => label)).toEqual(['Look', 'Stop', 'Go']);
});

test('an option is sent as the choice of its menu, a button as itself', () => {
  expect(pressableIn(BLOCKS, isSame({ actionId: 'more', value: 'stop' }), 'more').sent).toEqual({
    type: 'overflow',
    action_id: 'more',
    block_id: 'sandbox',
    selected_option: { text: text('Stop'), value: 'stop' },
  });
  expect(pressableIn(BLOCKS, isSame({ actionId: 'go', value: 'now' }), 'go').sent).toEqual({
    type: 'button',
    action_id: 'go',
    block_id: 'choices',
    text: text('Go'),
    value: 'now',
  });
});

test('what is not there cannot be pressed, and the answer lists what can', () => {
  expect(() => pressableIn(BLOCKS, isSame({ actionId: 'go', value: 'later' }), 'go')).toThrow(
    'no button "go", there is Look, Stop, Go',
  );
});
