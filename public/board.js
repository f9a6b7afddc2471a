// Keeps a page up to date: takes new content for its regions from a stream of events, and writes times as ages.
(() => {
  const source = document.body.dataset.live;
  const connection = document.getElementById('connection');

  /** `12 s ago`, `in 3 h`: coarse on purpose, a board is read from afar. */
  function relative(ms) {
    const size = Math.abs(ms) / 1000;
    const [value, unit] =
      size < 60
        ? [size, 's']
        : size < 3600
          ? [size / 60, 'min']
          : size < 172800
            ? [size / 3600, 'h']
            : [size / 86400, 'd'];
    const text = `${Math.floor(value)} ${unit}`;
    return ms >= 0 ? `${text} ago` : `in ${text}`;
  }

  function writeAges(within) {
    for (const time of within.querySelectorAll('time[data-relative]')) {
      const text = relative(Date.now() - Date.parse(time.dateTime));
      if (time.textContent !== text) time.textContent = text;
      if (!time.title) time.title = new Date(time.dateTime).toLocaleString();
    }
  }

  /** Content as the browser itself writes it, to be compared. */
  function normal(content) {
    const template = document.createElement('template');
    template.innerHTML = content;
    return template.innerHTML;
  }

  /** Replaces what an element holds; what was unfolded stays so, and the focus where it was. */
  function replace(element, content) {
    const next = normal(content);
    if (shown.get(element.id) === next) return;
    shown.set(element.id, next);
    const open = [...element.querySelectorAll('details[open][id]')].map(({ id }) => id);
    const focused = element.contains(document.activeElement) ? document.activeElement : undefined;
    const focusedIn = focused?.closest('[id]')?.id;
    element.innerHTML = content;
    for (const id of open) document.getElementById(id)?.setAttribute('open', '');
    if (focusedIn && focusedIn !== element.id) {
      const place = document.getElementById(focusedIn);
      (place?.matches('a,button,input') ? place : place?.querySelector('summary,a,button'))?.focus();
    }
    writeAges(element);
  }

  // Before the ages are written: what the page came with need not be replaced by the same.
  const shown = new Map([...document.querySelectorAll('[id]')].map(({ id, innerHTML }) => [id, innerHTML]));
  writeAges(document);
  setInterval(() => writeAges(document), 1000);

  const events = new EventSource(source);
  events.onopen = () => {
    connection.textContent = '';
  };
  events.onerror = () => {
    connection.textContent = 'The connection to the bot is lost; what stands here may be old. Trying again …';
  };
  events.onmessage = ({ data }) => {
    for (const [id, content] of Object.entries(JSON.parse(data))) {
      const element = document.getElementById(id);
      if (element) replace(element, content);
    }
  };
})();
