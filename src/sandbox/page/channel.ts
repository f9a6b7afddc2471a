import { type Content, type Html, html } from '../../web/html.ts';
import type { Regions } from '../../web/live.ts';
import { BOT, type SlackEmulator } from '../slack/emulator.ts';
import type { SentMessage } from '../slack/record.ts';
import { blocksHtml } from './blocks.ts';
import { type Known, moment, mrkdwn } from './mrkdwn.ts';

/** Who looks, and at which channel; both by name. */
export interface Viewer {
  readonly user: string;
  readonly channel: string;
}

/** Everything the page shows to one viewer, read from the workspace itself, in the order in which it is to be drawn. */
export function regionsFor(slack: SlackEmulator, { user, channel }: Viewer): Regions {
  const known = knownOf(slack);
  const id = slack.channels[channel] ?? channel;
  const messages = [...slack.messages(channel), ...slack.record.whispers(id, slack.users[user] ?? user)].sort(
    (a, b) => whenOf(a) - whenOf(b),
  );
  const regions = new Map<string, Html>();
  regions.set('order', html`${messages.map((message) => `${elementId(message)} `)}`);
  for (const message of messages) regions.set(elementId(message), messageHtml(message, slack, known));
  const counts = Object.keys(slack.channels).map((name) => `${name}=${slack.messages(name).length} `);
  return regions.set('counts', html`${counts}`);
}

/** The message of a viewer's page that has this element. */
export function messageOf(slack: SlackEmulator, viewer: Viewer, element: string): SentMessage | undefined {
  const id = slack.channels[viewer.channel] ?? viewer.channel;
  const whispers = slack.record.whispers(id, slack.users[viewer.user] ?? viewer.user);
  const open = slack.record.all().filter(({ channel }) => channel === id);
  return [...open, ...whispers].find((message) => elementId(message) === element);
}

function knownOf({ users, channels }: SlackEmulator): Known {
  const byId = (names: Readonly<Record<string, string>>) =>
    new Map(Object.entries(names).map(([name, id]) => [id, name]));
  return { people: byId(users), channels: byId(channels) };
}

function elementId({ ts }: SentMessage): string {
  return `m-${ts.replace(/[^\w]/g, '-')}`;
}

/** Seconds since the epoch; an uploaded file has no time of its own and stands at the end. */
function whenOf({ ts }: SentMessage): number {
  return Number.parseFloat(ts) || Number.POSITIVE_INFINITY;
}

function messageHtml(message: SentMessage, slack: SlackEmulator, known: Known): Html {
  const when = whenOf(message);
  const asked = 'asked' in message && typeof message.asked === 'string' ? message.asked : undefined;
  const body: Content =
    message.blocks.length > 0
      ? blocksHtml(message.blocks, known)
      : html`<div class="section">${mrkdwn(message.text, known)}</div>`;
  const replies = 'onlyFor' in message ? [] : slack.thread(message);
  return html`<div class="message${'onlyFor' in message && ' whisper'}">
<span class="avatar" aria-hidden="true">J</span>
<div class="body">
<p class="who"><strong>${BOT}</strong> <span class="app">APP</span> ${Number.isFinite(when) && moment(when)}${'onlyFor' in message && html` <span class="quiet">only visible to you</span>`}${asked !== undefined && html` <code>${asked}</code>`}</p>
${body}
${message.file !== undefined && html`<p class="file">📄 ${message.file}</p>`}
${message.edits > 0 && html`<p class="quiet edits">edited ${message.edits} ${message.edits === 1 ? 'time' : 'times'}</p>`}
${replies.length > 0 && html`<details open id="thread-${elementId(message)}"><summary>${replies.length} ${replies.length === 1 ? 'reply' : 'replies'}</summary>${replies.map((reply) => html`<div class="reply" data-message="${elementId(reply)}">${messageHtml(reply, slack, known)}</div>`)}</details>`}
</div></div>`;
}
