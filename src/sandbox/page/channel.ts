import { type Content, type Html, html } from '../../web/html.ts';
import type { Regions } from '../../web/live.ts';
import { BOT, type SlackEmulator } from '../slack/emulator.ts';
import type { SentMessage } from '../slack/record.ts';
import { blocksHtml, idPart } from './blocks.ts';
import { type Known, moment, mrkdwn } from './mrkdwn.ts';
import { homeHtml, modalRegions } from './view.ts';

/** Places beside the channels: the bot's Home tab, and its direct messages. No channel can be called so. */
export const HOME = '@home';
export const DIRECT = '@direct';

/** Who looks, and at what; a channel by name. */
export interface Viewer {
  readonly user: string;
  readonly place: string;
}

/** Everything the page shows to one viewer, read from the workspace itself, in the order in which it is to be drawn. */
export function regionsFor(slack: SlackEmulator, viewer: Viewer): Regions {
  const known = knownOf(slack);
  const userId = slack.users[viewer.user] ?? viewer.user;
  const regions = new Map<string, Html>(modalRegions(slack.views.modal(userId), known));
  if (viewer.place === HOME) {
    regions.set('order', html`home`);
    regions.set('home', homeHtml(slack.views.home(userId), known));
  } else {
    const messages = [...messagesAt(slack, viewer)].sort((a, b) => whenOf(a) - whenOf(b));
    regions.set('order', html`${messages.map((message) => `${elementId(message)} `)}`);
    for (const message of messages) regions.set(elementId(message), messageHtml(message, slack, known));
  }
  const counts = [...Object.keys(slack.channels), DIRECT].map(
    (place) => `${place}=${messagesAt(slack, { ...viewer, place }).length} `,
  );
  return regions.set('counts', html`${counts}`);
}

/** The message of a viewer's page that has this element. */
export function messageOf(slack: SlackEmulator, viewer: Viewer, element: string): SentMessage | undefined {
  const messages = messagesAt(slack, viewer);
  return [...messages, ...messages.flatMap((message) => slack.thread(message))].find(
    (message) => elementId(message) === element,
  );
}

/** What stands in a place for a viewer, without what stands in threads: the messages, then what only they see. */
function messagesAt(slack: SlackEmulator, { user, place }: Viewer): readonly SentMessage[] {
  const userId = slack.users[user] ?? user;
  const id = place === DIRECT ? slack.record.directChannel(userId) : slack.channels[place];
  if (id === undefined) return [];
  return [...slack.record.inChannel(id), ...slack.record.whispers(id, userId)];
}

function knownOf({ users, channels, handles }: SlackEmulator): Known {
  const byId = (names: Readonly<Record<string, string>>) =>
    new Map(Object.entries(names).map(([name, id]) => [id, name]));
  return {
    people: byId(users),
    channels: byId(channels),
    groups: new Map(Object.entries(handles)),
  };
}

function elementId({ ts }: SentMessage): string {
  return `m-${idPart(ts)}`;
}

/** Seconds since the epoch; an uploaded file has no time of its own and stands at the end. */
function whenOf({ ts }: SentMessage): number {
  return Number.parseFloat(ts) || Number.POSITIVE_INFINITY;
}

function messageHtml(message: SentMessage, slack: SlackEmulator, known: Known): Html {
  const when = whenOf(message);
  const isWhisper = 'onlyFor' in message;
  const asked = 'asked' in message && typeof message.asked === 'string' ? message.asked : undefined;
  const body: Content =
    message.blocks.length > 0
      ? blocksHtml(message.blocks, known)
      : html`<div class="section"><div>${mrkdwn(message.text, known)}</div></div>`;
  const replies = isWhisper ? [] : slack.thread(message);
  return html`<div class="message${isWhisper && ' whisper'}">
<span class="avatar" aria-hidden="true">J</span>
<div class="body">
${isWhisper && html`<p class="quiet only">only visible to you</p>`}
<p class="who"><strong>${BOT}</strong> <span class="app">APP</span> ${Number.isFinite(when) && moment(when)}${asked !== undefined && html` <span class="quiet">to</span> <code>${asked}</code>`}</p>
${body}
${message.file !== undefined && html`<details class="file"><summary>${message.file}</summary><pre tabindex="0">${message.content ?? ''}</pre></details>`}
${message.edits > 0 && html`<p class="quiet edits">(edited)</p>`}
${replies.length > 0 && html`<details open class="thread" id="thread-${elementId(message)}"><summary>${replies.length} ${replies.length === 1 ? 'reply' : 'replies'}</summary>${replies.map((reply) => html`<div class="reply" data-message="${elementId(reply)}">${messageHtml(reply, slack, known)}</div>`)}</details>`}
</div></div>`;
}
