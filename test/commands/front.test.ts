import { expect, test } from 'vitest';
import { inWordsOf } from '../../src/commands/front.ts';
import { renderText } from '../../src/commands/render-text.ts';
import { ERRORS } from '../../src/core/errors.ts';

test.each([
  ['Type `/jaws help` for it.', 'Type `jaws-ops help` for it.'],
  ['/jaws status', 'jaws-ops status'],
  ['Example: /jaws deploy dev aws\n/jaws jobs', 'Example: jaws-ops deploy dev aws\njaws-ops jobs'],
  ['look below /jaws/install and /opt/jaws x', 'look below /jaws/install and /opt/jaws x'],
])('%j is typed at a terminal as %j', (slack, terminal) => {
  expect(inWordsOf('jaws-ops', slack)).toBe(terminal);
  expect(inWordsOf('/jaws', slack)).toBe(slack);
});

test('no remedy sends a reader of the terminal to Slack', () => {
  for (const { remedy } of Object.values(ERRORS))
    expect(inWordsOf('jaws-ops', remedy)).not.toContain('/jaws ');
});

test('the advice of an answer is in the words of its reader, the output of a site as it is', () => {
  const report = { title: 'logs', text: 'ran /jaws status', next: 'Type `/jaws doctor aws`.' };
  const text = renderText({ kind: 'report', report }, 0, 'jaws-ops');
  expect(text).toContain('ran /jaws status');
  expect(text).toContain('Type `jaws-ops doctor aws`.');
});
