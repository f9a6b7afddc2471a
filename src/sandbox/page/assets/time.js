// Points in time as the reader's own clock and calendar have them, in the formats of Slack's dates.

const DAY_MS = 86_400_000;

/** `today` and its neighbours, or undefined for any other day. */
function near(date) {
  const midnight = (each) => new Date(each.getFullYear(), each.getMonth(), each.getDate()).getTime();
  const days = Math.round((midnight(date) - midnight(new Date())) / DAY_MS);
  return { '-1': 'yesterday', 0: 'today', 1: 'tomorrow' }[days];
}

const day = (options) => (date) => date.toLocaleDateString(undefined, options);
const SHORT = { month: 'short', day: 'numeric', year: 'numeric' };
const USUAL = { month: 'long', day: 'numeric', year: 'numeric' };
const LONG = { weekday: 'long', ...USUAL };
const pretty = (options) => (date) => near(date) ?? day(options)(date);

const TOKENS = {
  date_num: (date) =>
    [date.getFullYear(), date.getMonth() + 1, date.getDate()]
      .map((n) => String(n).padStart(2, '0'))
      .join('-'),
  date: day(USUAL),
  date_short: day(SHORT),
  date_long: day(LONG),
  date_pretty: pretty(USUAL),
  date_short_pretty: pretty(SHORT),
  date_long_pretty: pretty(LONG),
  time: (date) => date.toLocaleTimeString(undefined, { hour: 'numeric', minute: '2-digit' }),
  time_secs: (date) => date.toLocaleTimeString(),
};

/** Writes every time below an element; one with a token that is not known keeps what stands there. */
export function writeTimes(within) {
  for (const time of within.querySelectorAll('time')) {
    const date = new Date(time.dateTime);
    const tokens = [...time.dataset.format.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    if (tokens.some((name) => !Object.hasOwn(TOKENS, name))) continue;
    time.textContent = time.dataset.format.replace(/\{(\w+)\}/g, (_, name) => TOKENS[name](date));
    time.title = date.toLocaleString();
  }
}
