// The modal that somebody has before the eyes: drawn block by block, and keeping what stands in its inputs.
import { keepOpen, sameAs } from './menu.js';
import { writeTimes } from './time.js';

const byId = (id) => document.getElementById(id);

/** @param parts send(path, body, sayAt), confirmed(button), drawList(list, order, tag, changed, draw) */
export function createModal({ send, confirmed, drawList }) {
  const [dialog, form, blocks, title, foot, note] = [
    'modal',
    'modal-form',
    'modal-blocks',
    'modal-title',
    'modal-foot',
    'modal-note',
  ].map(byId);
  let view = '';
  let contents = {};
  let sending = 0;

  const inputs = (within = blocks) => [...within.querySelectorAll('[data-input]')];
  const boxes = (input) => [...input.querySelectorAll('[type=checkbox]')];

  function valuesOf(input) {
    if (input.dataset.kind === 'checkboxes')
      return boxes(input)
        .filter(({ checked }) => checked)
        .map(({ value }) => value);
    return input.value === '' ? [] : [input.value];
  }

  function put(input, values) {
    if (input.dataset.kind !== 'checkboxes') input.value = values[0] ?? '';
    for (const box of boxes(input)) box.checked = values.includes(box.value);
  }

  /** Draws a block anew. An input that was there keeps what stands in it; a new one takes what the view says. */
  function draw(item) {
    const kept = Object.fromEntries(inputs(item).map((input) => [input.dataset.input, valuesOf(input)]));
    const active = item.contains(document.activeElement) ? document.activeElement : undefined;
    const [focused, start, end] = [active?.id, active?.selectionStart, active?.selectionEnd];
    const pressed = active && sameAs(active);
    const openAgain = keepOpen(item);
    item.innerHTML = contents[item.id] ?? '';
    openAgain();
    const given = JSON.parse(contents['modal-values'] ?? '{}');
    for (const input of inputs(item))
      put(input, kept[input.dataset.input] ?? given[input.dataset.input] ?? []);
    const again = (focused && byId(focused)) || (pressed && item.querySelector(pressed));
    again?.focus?.();
    if (typeof start === 'number' && again?.setSelectionRange) again.setSelectionRange(start, end);
    writeTimes(item);
  }

  const everything = () =>
    Object.fromEntries(inputs().map((input) => [input.dataset.input, valuesOf(input)]));

  /** While something is on its way to the bot, the form says so; only its buttons wait. */
  async function deliver(path, body) {
    sending += 1;
    dialog.setAttribute('aria-busy', 'true');
    await send(path, { view, values: everything(), ...body }, note);
    sending -= 1;
    if (sending === 0) dialog.removeAttribute('aria-busy');
  }

  function close() {
    view = '';
    blocks.replaceChildren();
    note.textContent = '';
    if (dialog.open) dialog.close();
  }

  async function submit() {
    const button = foot.querySelector('[type=submit]');
    if (!button || button.disabled) return;
    button.disabled = true;
    await deliver('view-submit', {});
    button.disabled = false;
    inputs()
      .find((input) => input.getAttribute('aria-invalid') === 'true')
      ?.focus();
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void submit();
  });
  form.addEventListener('change', ({ target }) => {
    const input = target.closest('[data-dispatch]');
    if (input && input.dataset.kind !== 'plain_text_input')
      void deliver('view-enter', { input: input.dataset.input });
  });
  form.addEventListener('keydown', (event) => {
    const input = event.target.closest('[data-dispatch][data-kind=plain_text_input]');
    if (event.key !== 'Enter' || !input || input.tagName === 'TEXTAREA') return;
    event.preventDefault();
    void deliver('view-enter', { input: input.dataset.input });
  });
  form.addEventListener('click', async ({ target }) => {
    if (target.closest('[data-close]')) return void send('view-close', {}, note);
    const button = target.closest('[data-action]');
    if (!button || !(await confirmed(button))) return;
    const { action: actionId, value } = button.dataset;
    await deliver('view-press', { actionId, value });
  });
  dialog.addEventListener('cancel', (event) => {
    event.preventDefault();
    void send('view-close', {}, note);
  });

  return {
    close,
    isOpen: () => dialog.open,
    /** @param changed what is new, by element; @param all what is known */
    show(changed, all) {
      if (changed.modal === '') return close();
      contents = all;
      if (changed.modal !== undefined && changed.modal !== view) {
        view = changed.modal;
        blocks.replaceChildren();
      }
      if (view === '') return;
      if (changed['modal-title'] !== undefined) title.innerHTML = changed['modal-title'];
      if (changed['modal-foot'] !== undefined) foot.innerHTML = changed['modal-foot'];
      const order = blocks.childElementCount === 0 ? all['modal-order'] : changed['modal-order'];
      drawList(blocks, order, 'div', changed, draw);
      if (dialog.open) return;
      dialog.showModal();
      inputs()[0]?.focus();
    },
  };
}
