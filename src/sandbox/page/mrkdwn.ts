import { type Content, type Html, html } from '../../web/html.ts';

/** Names of people, channels and user groups by id, for mentions. */
export interface Known {
  readonly people: ReadonlyMap<string, string>;
  readonly channels: ReadonlyMap<string, string>;
  readonly groups: ReadonlyMap<string, string>;
}

/** One mark of mrkdwn at a time, whichever begins first. Marks around nothing or inside words are none. */
const MARKS = [
  /```\n?([\s\S]+?)\n?```/,
  /`([^`\n]+)`/,
  /<([^>\n]+)>/,
  /(?<![\w*])\*(?!\s)([^*\n]+?)(?<!\s)\*(?![\w*])/,
  /(?<![\w_])_(?!\s)([^_\n]+?)(?<!\s)_(?![\w_])/,
  /(?<![\w~])~(?!\s)([^~\n]+?)(?<!\s)~(?![\w~])/,
] as const;

/** Slack's mrkdwn as HTML. Whatever it holds, nothing but the marks becomes markup. */
export function mrkdwn(text: string, known: Known): Html {
  const found = MARKS.map((mark, kind) => ({ kind, match: mark.exec(text) }))
    .flatMap(({ kind, match }) => (match === null ? [] : [{ kind, match }]))
    .sort((a, b) => a.match.index - b.match.index || a.kind - b.kind)[0];
  if (found === undefined) return lines(entities(text));
  const { kind, match } = found;
  const [whole, inner = ''] = match;
  const before = lines(entities(text.slice(0, match.index)));
  const after = mrkdwn(text.slice(match.index + whole.length), known);
  return html`${before}${marked(kind, inner, known)}${after}`;
}

function marked(kind: number, inner: string, known: Known): Content {
  switch (kind) {
    case 0:
      return html`<pre tabindex="0">${entities(inner)}</pre>`;
    case 1:
      return html`<code>${entities(inner)}</code>`;
    case 2:
      return angled(inner, known);
    case 3:
      return html`<strong>${mrkdwn(inner, known)}</strong>`;
    case 4:
      return html`<em>${mrkdwn(inner, known)}</em>`;
    default:
      return html`<s>${mrkdwn(inner, known)}</s>`;
  }
}

/** What stands in angle brackets: a person, a channel, a user group, a date, a call to all, a link. */
function angled(inner: string, known: Known): Content {
  const [target = '', label] = inner.split('|');
  if (target.startsWith('@')) return mention('@', target.slice(1), known.people);
  if (target.startsWith('#')) return mention('#', target.slice(1), known.channels);
  const [, group] = /^!subteam\^(\w+)/.exec(target) ?? [];
  if (group !== undefined) return mention('@', group, known.groups);
  const [, seconds, format] = /^!date\^(\d+)\^([^^]+)/.exec(target) ?? [];
  if (seconds !== undefined) return moment(Number(seconds), entities(format ?? ''), entities(label ?? ''));
  if (target.startsWith('!')) return html`<span class="mention is-loud">@${target.slice(1)}</span>`;
  if (/^https?:\/\//.test(target))
    return html`<a href="${entities(target)}" rel="noreferrer">${entities(label ?? target)}</a>`;
  return entities(label ?? target);
}

export function mention(sign: '@' | '#', id: string, names: ReadonlyMap<string, string>): Html {
  return html`<span class="mention">${sign}${names.get(id) ?? id}</span>`;
}

/**
 * A point in time, written as each reader's own clock and calendar have it once the script has seen it.
 * @param seconds since the epoch
 * @param format with Slack's tokens, e.g. `{date_short_pretty} {time}`
 * @param fallback what is read where no script runs; the time of day in UTC when empty
 */
export function moment(seconds: number, format = '{time}', fallback = ''): Html {
  const iso = new Date(seconds * 1000).toISOString();
  return html`<time datetime="${iso}" data-format="${format}">${fallback || `${iso.slice(11, 19)} UTC`}</time>`;
}

/** A text as it is meant, without the three entities that Slack wants in it. */
export function entities(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

function lines(text: string): Html {
  return html`${text.split('\n').map((part, i) => (i === 0 ? part : html`<br>${part}`))}`;
}
