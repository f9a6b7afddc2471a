import { describe, expect, test } from 'vitest';
import { formCommands } from '../../../src/commands/form.ts';
import { commands } from '../../../src/commands/registry.ts';
import { homeHtml, modalRegions } from '../../../src/sandbox/page/view.ts';
import { drawnView } from '../../../src/sandbox/slack/shown-view.ts';
import { formOf, modelOf } from '../../../src/slack/form/model.ts';
import { formView } from '../../../src/slack/form/view.ts';
import { alice, directory } from '../../fixtures/directory.ts';
import { FakeJobs } from '../../fixtures/jobs.ts';

const KNOWN = {
  people: new Map([['U1', 'ada']]),
  channels: new Map<string, string>(),
  groups: new Map<string, string>(),
};
const plain = (text: string) => ({ type: 'plain_text', text });
const option = (value: string) => ({ text: plain(value), value });
const field = (block_id: string, element: object, more: object = {}) => ({
  type: 'input',
  block_id,
  label: plain(`Label of ${block_id}`),
  hint: plain('a hint'),
  element: { action_id: 'a', ...element },
  ...more,
});

function shown(blocks: readonly object[], errors: Readonly<Record<string, string>> = {}) {
  const payload = { type: 'modal', title: plain('A <form>'), submit: plain('Go'), blocks };
  const view = { ...drawnView(payload, { id: 'V1', userId: 'U1', state: {} }, 'h'), errors };
  const regions = modalRegions(view, KNOWN);
  return (id: string) => regions.get(id)?.text ?? '';
}

describe('a modal', () => {
  test('is drawn with every kind of input, what stands in them apart', () => {
    const options = [option('x'), option('y')];
    const region = shown([
      field('text', { type: 'plain_text_input', initial_value: 'v <b>' }),
      field('long', { type: 'plain_text_input', multiline: true }),
      field(
        'one',
        { type: 'static_select', options, initial_option: option('y') },
        { dispatch_action: true },
      ),
      field('who', { type: 'users_select', initial_user: 'U1' }, { optional: true }),
      field('some', { type: 'checkboxes', options, initial_options: [option('x')] }),
    ]);
    expect(region('modal-title')).toBe('A &lt;form&gt;');
    expect(region('modal-order')).toBe('b-text b-long b-one b-who b-some ');
    expect(JSON.parse(region('modal-values'))).toEqual({
      '["text","a"]': ['v <b>'],
      '["long","a"]': [],
      '["one","a"]': ['y'],
      '["who","a"]': ['U1'],
      '["some","a"]': ['x'],
    });
    expect(region('b-text')).not.toContain('v &lt;b');
    expect(region('b-long')).toContain('<textarea');
    expect(region('b-one')).toContain('data-dispatch');
    expect(region('b-who')).toContain('@ada');
    expect(region('b-who')).not.toContain('aria-required');
    expect(region('b-some')).toContain('type="checkbox"');
    for (const id of ['text', 'long', 'one', 'who', 'some']) {
      expect(region(`b-${id}`)).toContain(`Label of ${id}`);
      expect(region(`b-${id}`)).not.toContain('undrawn');
    }
  });

  test('says what is wrong with an input at that input, for every reader', () => {
    const region = shown([field('text', { type: 'plain_text_input' })], { text: 'not <this>' });
    expect(region('b-text')).toContain('aria-describedby="in-text-a-fault in-text-a-hint"');
    expect(region('b-text')).toContain('aria-invalid="true"');
    expect(region('b-text')).toContain('id="in-text-a-fault" role="alert">not &lt;this&gt;<');
  });

  test('that is closed is told as none', () => {
    expect([...modalRegions(undefined, KNOWN)].map(([id, { text }]) => [id, text])).toEqual([['modal', '']]);
  });

  test.each(formCommands(commands, alice, directory).map(({ name }) => name))(
    'of the command %s is drawn whole',
    async (command) => {
      const jobs = new FakeJobs();
      const context = { caller: alice, jobs, directory, now: () => 0 };
      const filled = { site: 'aws', deployment: 'prod' };
      const form = await formOf(context, { command, filled, typed: [] }, { channel: '', more: true });
      if (form === undefined) throw new Error(`there is no form of ${command}`);
      const reports = [{ title: 'Plan', text: '1. Check', next: 'Look.' }];
      const { blocks } = formView(modelOf(form, { kind: 'shown', reports }));
      const region = shown(blocks);
      const ids = region('modal-order').trim().split(' ');
      expect(ids).toHaveLength(blocks.length);
      for (const id of ids) expect(region(id)).not.toMatch(/undrawn|^$/);
    },
  );
});

test('a Home tab that is not there yet is waited for', () => {
  expect(homeHtml(undefined, KNOWN).text).toContain('on its way');
});
