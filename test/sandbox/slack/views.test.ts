import { beforeEach, describe, expect, test } from 'vitest';
import { Person } from '../../../src/sandbox/slack/person.ts';
import { Views } from '../../../src/sandbox/slack/views.ts';
import type { Saying } from '../../../src/sandbox/slack/ways.ts';

const plain = (text: string) => ({ type: 'plain_text', text });
const option = (value: string) => ({ text: plain(value.toUpperCase()), value });
const input = (block_id: string, element: object, more: object = {}) => ({
  type: 'input',
  block_id,
  label: plain(block_id),
  element: { action_id: 'a', ...element },
  ...more,
});
const modal = (title: string, ...blocks: object[]) => ({
  type: 'modal',
  title: plain(title),
  submit: plain('Go'),
  blocks,
});

let views: Views;
let ada: Person;
let sent: Saying[];
/** What the app says to a submission. */
let acknowledgement: object | undefined;

beforeEach(() => {
  views = new Views();
  sent = [];
  acknowledgement = undefined;
  const way = async (saying: Saying) => {
    sent.push(saying);
    return { status: 200, body: acknowledgement === undefined ? '' : JSON.stringify(acknowledgement) };
  };
  ada = new Person(views, 'secret', () => way, { id: 'U1', name: 'ada' });
});

function open(method: 'views.open' | 'views.push', view: object) {
  return views.answer({ method, args: { trigger_id: views.trigger('U1'), view } });
}

describe('modals that stand on each other', () => {
  test('come back one by one', () => {
    open('views.open', modal('first'));
    const first = ada.modal.id;
    expect(open('views.push', modal('second'))).toMatchObject({
      ok: true,
      view: { previous_view_id: first },
    });
    expect(ada.modal.title).toBe('second');
    ada.dismiss();
    expect(ada.modal.title).toBe('first');
  });

  test('are three at most, and none stands on nothing', () => {
    expect(open('views.push', modal('none'))).toEqual({ ok: false, error: 'view_not_found' });
    open('views.open', modal('first'));
    open('views.push', modal('second'));
    open('views.push', modal('third'));
    expect(open('views.push', modal('fourth'))).toEqual({ ok: false, error: 'push_limit_reached' });
  });

  test.each([
    [{ response_action: 'clear' }, undefined],
    [undefined, 'first'],
    [{ response_action: 'push', view: modal('third') }, 'third'],
    [{ response_action: 'update', view: modal('other') }, 'other'],
  ])('become what the acknowledgement of a submission says: %j', async (answer, shown) => {
    open('views.open', modal('first'));
    open('views.push', modal('second'));
    acknowledgement = answer;
    await ada.submit();
    expect(views.modal('U1')?.title).toBe(shown);
  });

  test('are not made of an acknowledgement that carries no view', async () => {
    open('views.open', modal('first'));
    acknowledgement = { response_action: 'update', view: { type: 'modal' } };
    await expect(ada.submit()).rejects.toThrow('carries a view that is none');
  });
});

describe('what is entered', () => {
  const options = { options: [option('a'), option('b')] };
  const FILLED = modal(
    'form',
    input('text', { type: 'plain_text_input', initial_value: 'x' }),
    input(
      'one',
      { type: 'static_select', ...options, initial_option: option('a') },
      { dispatch_action: true },
    ),
    input('who', { type: 'users_select', initial_user: 'U1' }),
    input('some', { type: 'checkboxes', ...options }),
  );

  test('is sent in the form of its kind, and the app is told where it asked for that', async () => {
    expect(open('views.open', FILLED)).toMatchObject({ ok: true });
    const { id } = ada.modal;
    await ada.enter(id, { blockId: 'text', actionId: 'a' }, ['y'], true);
    await ada.enter(id, { blockId: 'who', actionId: 'a' }, ['U2'], true);
    await ada.enter(id, { blockId: 'some', actionId: 'a' }, ['a', 'b'], true);
    expect(sent).toEqual([]);
    await ada.enter(id, { blockId: 'one', actionId: 'a' }, ['b'], true);
    expect(sent).toMatchObject([
      { payload: { type: 'block_actions', actions: [{ block_id: 'one', selected_option: { value: 'b' } }] } },
    ]);
    expect(ada.modal.state).toMatchObject({
      text: { a: { value: 'y' } },
      who: { a: { selected_user: 'U2' } },
      some: { a: { selected_options: [{ value: 'a' }, { value: 'b' }] } },
    });
  });

  test('is refused where it is not offered or not asked for', async () => {
    open('views.open', FILLED);
    const { id } = ada.modal;
    await expect(ada.enter(id, { blockId: 'one', actionId: 'a' }, ['c'], true)).rejects.toThrow(
      'does not offer c',
    );
    await expect(ada.enter(id, { blockId: 'two', actionId: 'a' }, ['c'], true)).rejects.toThrow(
      'no input two',
    );
    const bob = new Person(views, 'secret', () => async () => ({ status: 200, body: '' }), {
      id: 'U2',
      name: 'bob',
    });
    await expect(bob.enter(id, { blockId: 'one', actionId: 'a' }, ['b'], true)).rejects.toThrow('is closed');
  });

  test('is asked for at its field when it is needed and missing, and the app hears nothing', async () => {
    open(
      'views.open',
      modal(
        'form',
        input('text', { type: 'plain_text_input' }),
        input('some', { type: 'checkboxes', ...options }),
        input('free', { type: 'plain_text_input' }, { optional: true }),
      ),
    );
    expect(await ada.submit()).toMatchObject({ status: 0 });
    expect(Object.keys(ada.modal.errors)).toEqual(['text']);
    expect(sent).toEqual([]);
  });
});
