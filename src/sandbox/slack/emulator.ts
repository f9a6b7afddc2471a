import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createEmulator } from 'emulate';
import { handleOf } from './api.ts';
import { isSame, type Pressable, type Pressed, pressableIn } from './buttons.ts';
import { bodyOf } from './call.ts';
import { type Delivered, Driver } from './driver.ts';
import { Faults } from './faults.ts';
import { idsOf } from './ids.ts';
import { Person } from './person.ts';
import { serveApi } from './proxy.ts';
import { Rates } from './rates.ts';
import { type MessageEvent, MessageRecord, type SentMessage } from './record.ts';
import { BOT_SCOPES } from './scopes.ts';
import { SocketMode } from './socket.ts';
import { Views } from './views.ts';
import { overHttp, overSocket, type Way } from './ways.ts';

export interface SlackOptions {
  /** Names of the people. */
  readonly users: readonly string[];
  /** Names of the channels, with or without `#`. */
  readonly channels: readonly string[];
  /** User groups by id, with the names of their members; without it the workspace has no user groups. */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  /** A free one on loopback when absent. */
  readonly port?: number;
  /** How long a trigger opens a view, in milliseconds; as long as Slack's own when absent. */
  readonly triggerMs?: number;
}

/** A Slack workspace on loopback. Stands in for Slack's servers; nothing leaves the machine. */
export interface SlackEmulator {
  readonly url: string;
  /** What was given to {@link connect}. */
  readonly botUrl: string | undefined;
  /** What SLACK_API_URL has to be. */
  readonly apiUrl: string;
  readonly botToken: string;
  readonly signingSecret: string;
  /** User ids by name. */
  readonly users: Readonly<Record<string, string>>;
  /** Channel ids by name without `#`. */
  readonly channels: Readonly<Record<string, string>>;
  readonly faults: Faults;
  /** How fast it was called, and what of that Slack itself would have refused. */
  readonly rates: Rates;
  readonly record: MessageRecord;
  /** Modals and Home tabs. */
  readonly views: Views;
  /** Somebody (a name) before a modal or the Home tab. */
  person(user: string): Person;
  /** Block types that the workspace refuses from now on. */
  readonly unsupported: Set<string>;
  /** For a bot that comes through a socket: commands and clicks go there until `connect` names a place. */
  readonly socket: SocketMode;
  /** Where the bot listens, e.g. `http://127.0.0.1:3000`. */
  connect(botUrl: string): void;
  /** Sends `/jaws TEXT`; resolves at the acknowledgement. User and channel are names. */
  command(command: { text: string; user?: string; channel?: string }): Promise<Delivered>;
  /** Clicks the button of a message that has this text; resolves at the acknowledgement. `user` is a name. */
  click(message: SentMessage, label: string, user?: string): Promise<Delivered>;
  /** Deletes a message of the bot, as somebody in the channel may. */
  remove(message: SentMessage): Promise<void>;
  /** Handles of the user groups by id. */
  readonly handles: Readonly<Record<string, string>>;
  /** Id of the channel of the bot's direct messages with a person (a name); it is opened when it is not there yet. */
  directChannel(user: string): Promise<string>;
  /** Direct messages of the bot to a person (a name) in their present form. */
  direct(user: string): SentMessage[];
  /** Presses one button of a message, as {@link click} does, by its own names. @throws RangeError when there is none */
  press(message: SentMessage, button: Pressed, user: string): Promise<Delivered>;
  /** Messages of a channel (a name, with or without `#`) in their present form. */
  messages(channel: string): SentMessage[];
  /** Replies in the thread of a message. */
  thread(message: SentMessage): SentMessage[];
  /** Calls back for each message posted, changed or deleted, until the returned function is called. */
  onMessage(listener: (event: MessageEvent) => void): () => void;
  close(): Promise<void>;
}

/** How Slack calls every channel of direct messages. */
const DIRECT = 'directmessage';
/** Name of the app's own user. */
export const BOT = 'jaws-ops';

export async function startSlack(options: SlackOptions): Promise<SlackEmulator> {
  const botToken = 'xoxb-sandbox-token';
  const signingSecret = 'sandbox-signing-secret';
  const backend = await createEmulator({
    service: 'slack',
    port: 0,
    hostname: '127.0.0.1',
    seed: {
      tokens: { [botToken]: { login: BOT, scopes: [...BOT_SCOPES] } },
      slack: {
        strict_scopes: true,
        users: [BOT, ...options.users].map((name) => ({ name })),
        channels: options.channels.map((name) => ({ name: plainName(name) })),
        bots: [{ name: BOT }],
        tokens: [{ token: botToken, user: BOT, type: 'bot', scopes: [...BOT_SCOPES] }],
      },
    },
  });
  const upstream = `http://127.0.0.1:${new URL(backend.url).port}`;
  const ids = await idsOf(upstream, botToken);
  const record = new MessageRecord();
  const faults = new Faults();
  const rates = new Rates();
  const views = new Views(options.triggerMs);
  const unsupported = new Set<string>();
  const groups =
    options.groups === undefined
      ? undefined
      : new Map(
          Object.entries(options.groups).map(([id, names]) => [
            id,
            names.map((name) => ids.users[name] ?? name),
          ]),
        );
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500);
      response.end(String(error));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${portOf(server.address())}`;
  const driver = new Driver(url, signingSecret, record, (userId) => views.trigger(userId));
  const socket = new SocketMode(url);
  server.on('upgrade', (request, stream, head) => socket.upgrade(request, stream, head));
  const channelId = (name: string) => ids.channels[plainName(name)] ?? name;
  const parts = {
    upstream,
    advertised: backend.url,
    url,
    faults,
    rates,
    record,
    rules: { groups, unsupported },
    socket,
    views,
    channelId,
  };
  let botUrl: string | undefined;
  const way = (): Way => {
    if (botUrl !== undefined) return overHttp(`${botUrl}/slack/events`);
    if (socket.open > 0) return overSocket(socket);
    throw new Error('no bot is connected: call connect() first');
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const id = /^\/response\/([\w-]+)$/.exec(request.url ?? '')?.[1];
    if (id === undefined) return serveApi(parts, request, response);
    const result = driver.respond(id, (await bodyOf(request)).toString('utf8'));
    response.writeHead(result.status).end(result.body);
  }

  async function callApi(method: string, args: Readonly<Record<string, string>>): Promise<void> {
    await fetch(`${url}/api/${method}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${botToken}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(args).toString(),
    });
  }

  function press(message: SentMessage, { sent: action }: Pressable, user: string): Promise<Delivered> {
    const name = Object.entries(ids.channels).find(([, id]) => id === message.channel)?.[0] ?? DIRECT;
    const who = { userId: ids.users[user] ?? user, userName: user };
    return driver.click(way(), { message, action, ...who, channelName: name });
  }

  return {
    url,
    get botUrl() {
      return botUrl;
    },
    apiUrl: `${url}/api/`,
    botToken,
    signingSecret,
    users: ids.users,
    channels: ids.channels,
    faults,
    rates,
    record,
    views,
    person: (user) => new Person(views, signingSecret, way, { id: ids.users[user] ?? user, name: user }),
    unsupported,
    socket,
    connect(to) {
      botUrl = to;
    },
    command({ text, user = options.users[0] ?? BOT, channel = options.channels[0] ?? 'general' }) {
      return driver.send(way(), {
        text,
        userId: ids.users[user] ?? user,
        userName: user,
        channelId: channelId(channel),
        channelName: channel in ids.channels || channel.startsWith('#') ? plainName(channel) : DIRECT,
      });
    },
    click(message, label, user = options.users[0] ?? BOT) {
      const found = pressableIn(message.blocks, (each) => each.label === label, label);
      return press(message, found, user);
    },
    press(message, pressed, user) {
      return press(message, pressableIn(message.blocks, isSame(pressed), pressed.actionId), user);
    },
    remove: ({ channel, ts }) => callApi('chat.delete', { channel, ts }),
    handles: Object.fromEntries(Object.keys(options.groups ?? {}).map((id) => [id, handleOf(id)])),
    async directChannel(user) {
      const id = ids.users[user] ?? user;
      if (record.directChannel(id) === undefined) await callApi('conversations.open', { users: id });
      const channel = record.directChannel(id);
      if (channel === undefined) throw new RangeError(`${user} has no direct messages`);
      return channel;
    },
    direct: (user) => record.direct(ids.users[user] ?? user),
    messages: (channel) => record.inChannel(channelId(channel)),
    thread: (message) => record.inThread(message.channel, message.ts),
    onMessage: (listener) => record.listen(listener),
    async close() {
      socket.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await backend.close();
    },
  };
}

function plainName(channel: string): string {
  return channel.replace(/^#/, '');
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}
