// The demo's channel: shows what the workspace holds for one person in one channel, and sends what that person does.
(() => {
  const byId = (id) => document.getElementById(id);
  const [user, messages, composer, text, note, channels] = [
    'user',
    'messages',
    'composer',
    'text',
    'note',
    'channels',
  ].map(byId);
  const seen = {};
  let channel = channels.querySelector('[aria-current]').dataset.channel;
  let events;

  const atEnd = () => messages.scrollHeight - messages.scrollTop - messages.clientHeight < 80;

  /** Makes the list hold exactly these elements in this order; those that stay are not touched. */
  function arrange(ids) {
    for (const item of [...messages.children]) if (!ids.includes(item.id)) item.remove();
    ids.forEach((id, i) => {
      const item = byId(id) ?? Object.assign(document.createElement('li'), { id });
      if (messages.children[i] !== item) messages.insertBefore(item, messages.children[i] ?? null);
    });
  }

  /** Draws a message anew; the button that had the focus has it again. */
  function draw(item, content) {
    const focused = item.contains(document.activeElement) ? document.activeElement.dataset.action : undefined;
    const folded = [...item.querySelectorAll('details:not([open])')].map(({ id }) => id);
    item.innerHTML = content;
    for (const id of folded) byId(id)?.removeAttribute('open');
    if (focused) item.querySelector(`[data-action="${CSS.escape(focused)}"]`)?.focus();
    for (const time of item.querySelectorAll('time'))
      time.textContent = new Date(time.dateTime).toLocaleTimeString();
  }

  /** Marks channels with messages that were not looked at. @param text `name=3 other=0` */
  function count(text) {
    const counts = Object.fromEntries(
      text
        .split(' ')
        .filter(Boolean)
        .map((pair) => pair.split('='))
        .map(([name, value]) => [name, Number(value)]),
    );
    for (const button of channels.querySelectorAll('[data-channel]')) {
      const name = button.dataset.channel;
      if (name === channel) seen[name] = counts[name];
      const unread = (counts[name] ?? 0) - (seen[name] ?? 0);
      const badge = button.querySelector('.unread');
      badge.hidden = unread <= 0;
      badge.textContent = unread > 0 ? `${unread} new` : '';
    }
  }

  function connect() {
    events?.close();
    messages.replaceChildren();
    events = new EventSource(`events?${new URLSearchParams({ user: user.value, channel })}`);
    events.onopen = () => {
      note.textContent = '';
    };
    events.onerror = () => {
      note.textContent = 'The demo does not answer; it may have ended. Trying again …';
    };
    events.onmessage = ({ data }) => {
      const { order, counts, ...items } = JSON.parse(data);
      const follow = atEnd();
      if (order !== undefined) arrange(order.split(' ').filter(Boolean));
      for (const [id, content] of Object.entries(items)) {
        const item = byId(id);
        if (item) draw(item, content);
      }
      if (counts !== undefined) count(counts);
      if (follow) messages.scrollTop = messages.scrollHeight;
    };
  }

  async function send(path, body) {
    note.textContent = '';
    try {
      const response = await fetch(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ user: user.value, channel, ...body }),
      });
      const { note: said } = await response.json();
      note.textContent = said ?? '';
      return response.ok && said === undefined;
    } catch {
      note.textContent = 'The demo does not answer; it may have ended.';
      return false;
    }
  }

  composer.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (await send('command', { text: text.value })) text.value = '';
    text.focus();
  });
  byId('examples').addEventListener('click', ({ target }) => {
    if (target.dataset.example === undefined) return;
    text.value = target.dataset.example;
    text.focus();
  });
  messages.addEventListener('click', async ({ target }) => {
    const button = target.closest('[data-action]');
    if (!button) return;
    if (button.dataset.confirm && !window.confirm(button.dataset.confirm)) return;
    button.disabled = true;
    const { action: actionId, value } = button.dataset;
    const message = target.closest('[data-message]')?.dataset.message ?? target.closest('li[id^="m-"]').id;
    await send('press', { message, actionId, value });
    button.disabled = false;
  });
  channels.addEventListener('click', ({ target }) => {
    const button = target.closest('[data-channel]');
    if (!button) return;
    channels.querySelector('[aria-current]')?.removeAttribute('aria-current');
    button.setAttribute('aria-current', 'true');
    channel = button.dataset.channel;
    byId('title').textContent = `#${channel}`;
    connect();
  });
  user.addEventListener('change', connect);
  connect();
})();
