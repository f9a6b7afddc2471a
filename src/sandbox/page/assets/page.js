// The demo's workspace: shows what it holds for one person in one place, and sends what that person does.
import { keepOpen, sameAs } from './menu.js';
import { createModal } from './modal.js';
import { writeTimes } from './time.js';

const HOME = '@home';
const AWAY = 'The demo does not answer; it may have ended. Trying again …';
const byId = (id) => document.getElementById(id);
const [user, messages, composer, text, note, places] = [
  'user',
  'messages',
  'composer',
  'text',
  'note',
  'places',
].map(byId);
/** How many messages of a place somebody has seen, by person and place. */
const seen = {};
/** The last content of each element: one that went and comes again is not sent anew. */
let contents = {};
let place = places.querySelector('[aria-current]').dataset.place;
let events;

/** Whether the reader is at the end and wants to stay there, also when more comes or the window changes. */
let following = true;

function follow() {
  if (following && place !== HOME) messages.scrollTop = messages.scrollHeight;
}

/** Makes a list hold exactly these elements in this order; those that stay are not touched. Gives the new ones. */
function arrange(list, ids, tag) {
  const made = [];
  for (const item of [...list.children]) if (!ids.includes(item.id)) item.remove();
  ids.forEach((id, i) => {
    let item = byId(id);
    if (item === null) {
      item = Object.assign(document.createElement(tag), { id });
      made.push(item);
    }
    if (list.children[i] !== item) list.insertBefore(item, list.children[i] ?? null);
  });
  return made;
}

/** Draws an element anew; the button that had the focus has it again. */
function draw(item) {
  const focused = item.contains(document.activeElement) ? sameAs(document.activeElement) : undefined;
  const openAgain = keepOpen(item);
  item.innerHTML = contents[item.id] ?? '';
  openAgain();
  if (focused) item.querySelector(focused)?.focus();
  writeTimes(item);
}

/** Draws those elements of a list that are new to it or have changed. */
function drawList(list, order, tag, changed, drawn) {
  const made =
    order === undefined ? [] : arrange(list, order.split(' ').filter(Boolean), tag).map(({ id }) => id);
  for (const item of list.children) if (made.includes(item.id) || item.id in changed) drawn(item);
}

/** Marks places with messages that were not looked at. @param counts `name=3 other=0` */
function count(counts) {
  const now = Object.fromEntries(
    counts
      .split(' ')
      .filter(Boolean)
      .map((pair) => pair.split('='))
      .map(([name, value]) => [name, Number(value)]),
  );
  seen[user.value] ??= {};
  const mine = seen[user.value];
  for (const button of places.querySelectorAll('[data-place]')) {
    const name = button.dataset.place;
    if (name === place) mine[name] = now[name];
    const unread = (now[name] ?? 0) - (mine[name] ?? 0);
    const badge = button.querySelector('.unread');
    badge.hidden = unread <= 0;
    badge.textContent = unread > 0 ? `${unread} new` : '';
  }
}

/** Sends what somebody does. Gives whether it went well; what is to be known is said where it was done. */
async function send(path, body, say = note) {
  say.textContent = '';
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user: user.value, place, ...body }),
    });
    const { note: said } = await response.json();
    say.textContent = said ?? '';
    return response.ok && said === undefined;
  } catch {
    say.textContent = 'The demo does not answer; it may have ended.';
    return false;
  }
}

const modal = createModal({ send, confirmed, drawList });

/** Asks once more where a button wants that. */
async function confirmed({ dataset }) {
  if (!dataset.confirm) return true;
  const { title, text: question, confirm, deny, style } = JSON.parse(dataset.confirm);
  const dialog = byId('confirm');
  byId('confirm-title').textContent = title;
  byId('confirm-text').innerHTML = question;
  byId('confirm-no').textContent = deny;
  Object.assign(byId('confirm-yes'), { textContent: confirm, className: style });
  dialog.returnValue = '';
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener('close', resolve, { once: true }));
  return dialog.returnValue === 'yes';
}

function connect() {
  events?.close();
  contents = {};
  following = true;
  messages.replaceChildren();
  modal.close();
  note.textContent = '';
  events = new EventSource(`events?${new URLSearchParams({ user: user.value, place })}`);
  // What was said meanwhile of something else is still to be read.
  events.onopen = () => {
    if (note.textContent === AWAY) note.textContent = '';
  };
  events.onerror = () => {
    note.textContent = AWAY;
  };
  events.onmessage = ({ data }) => {
    const changed = JSON.parse(data);
    Object.assign(contents, changed);
    drawList(messages, changed.order, 'li', changed, draw);
    modal.show(changed, contents);
    if (changed.counts !== undefined) count(changed.counts);
    follow();
  };
  if (place === HOME) void send('home', {});
}

composer.addEventListener('submit', async (event) => {
  event.preventDefault();
  following = true;
  if (await send('command', { text: text.value })) text.value = '';
  if (!modal.isOpen()) text.focus();
});
byId('examples').addEventListener('click', ({ target }) => {
  if (target.dataset.example === undefined) return;
  text.value = target.dataset.example;
  text.focus();
});
messages.addEventListener('click', async ({ target }) => {
  const button = target.closest('[data-action]');
  if (!button || !(await confirmed(button))) return;
  button.disabled = true;
  const { action: actionId, value } = button.dataset;
  const view = target.closest('[data-view]')?.dataset.view;
  if (view) await send('view-press', { view, actionId, value });
  else {
    const message = target.closest('[data-message]')?.dataset.message ?? target.closest('li[id^="m-"]').id;
    await send('press', { message, actionId, value });
  }
  button.disabled = false;
});
places.addEventListener('click', ({ target }) => {
  const button = target.closest('[data-place]');
  if (!button) return;
  places.querySelector('[aria-current]')?.removeAttribute('aria-current');
  button.setAttribute('aria-current', 'true');
  place = button.dataset.place;
  byId('title').textContent = button.dataset.title;
  composer.hidden = place === HOME;
  connect();
});
messages.addEventListener('scroll', () => {
  following = messages.scrollHeight - messages.scrollTop - messages.clientHeight < 80;
});
new ResizeObserver(follow).observe(messages);
user.addEventListener('change', connect);
connect();
