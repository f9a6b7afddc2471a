import { randomUUID } from 'node:crypto';
import { refusalOf } from './blocks.ts';
import { arrayOf, parsed, recordOf, stringOf } from './call.ts';
import type { EphemeralReply, MessageRecord, SentMessage } from './record.ts';
import { formOf, type Saying, type SignedRequest, signed, type Way } from './ways.ts';

/** A `response_url` works this often. Source: Slack's reference on interactivity. */
const RESPONSE_USES = 5;

/** A slash command that the bot has acknowledged. */
export interface Delivered {
  readonly status: number;
  /** Time until the acknowledgement. */
  readonly ms: number;
  /** Body of the acknowledgement. */
  readonly body: string;
  /** The replies so far; grows while the bot answers. */
  readonly replies: readonly EphemeralReply[];
  /** Resolves with the first reply, or with what the acknowledgement itself said. */
  readonly first: Promise<EphemeralReply>;
  /** What was sent, to be sent again by a test of replays. */
  readonly request: SignedRequest;
}

/** A click on a button, or on an option of a menu, of a message. */
export interface Click {
  readonly message: SentMessage;
  /** The action as Slack sends it, but for its time. */
  readonly action: Readonly<Record<string, unknown>>;
  readonly userId: string;
  readonly userName: string;
  readonly channelName: string;
}

export interface SlashCommand {
  readonly text: string;
  /** User id. */
  readonly userId: string;
  readonly userName: string;
  /** Channel id. */
  readonly channelId: string;
  readonly channelName: string;
}

/** Who asked, where, and with which words. */
interface Asker {
  readonly userId: string;
  readonly channelId: string;
  readonly asked?: string;
}

interface Pending {
  uses: number;
  readonly asker: Asker;
  readonly replies: EphemeralReply[];
  arrive(reply: EphemeralReply): void;
}

/** The asking side of Slack: sends slash commands and takes what comes to their `response_url`. */
export class Driver {
  readonly #pending = new Map<string, Pending>();
  readonly #ownUrl: string;
  readonly #secret: string;
  readonly #record: MessageRecord;
  readonly #trigger: (userId: string) => string;

  constructor(ownUrl: string, secret: string, record: MessageRecord, trigger: (userId: string) => string) {
    this.#trigger = trigger;
    this.#ownUrl = ownUrl;
    this.#secret = secret;
    this.#record = record;
  }

  /** Sends a command to the bot; resolves at its acknowledgement. */
  async send(way: Way, command: SlashCommand): Promise<Delivered> {
    const asker = { ...command, asked: `/jaws ${command.text}`.trim() };
    return this.#ask(way, asker, (id) => this.#commandOf(command, id));
  }

  /** Sends a click to the bot; resolves at its acknowledgement. */
  async click(way: Way, click: Click): Promise<Delivered> {
    const asker = { userId: click.userId, channelId: click.message.channel };
    return this.#ask(way, asker, (id) => this.#clickOf(click, id));
  }

  #commandOf(command: SlashCommand, id: string): Saying {
    const payload = {
      token: 'unused',
      team_id: 'T000000001',
      team_domain: 'emulate',
      channel_id: command.channelId,
      channel_name: command.channelName,
      user_id: command.userId,
      user_name: command.userName,
      command: '/jaws',
      text: command.text,
      api_app_id: 'A000000001',
      is_enterprise_install: 'false',
      response_url: `${this.#ownUrl}/response/${id}`,
      trigger_id: this.#trigger(command.userId),
    };
    return { type: 'slash_commands', payload };
  }

  #clickOf(click: Click, id: string): Saying {
    const { message, action, userId, userName, channelName } = click;
    const ephemeral = 'onlyFor' in message;
    const payload = {
      type: 'block_actions',
      team: { id: 'T000000001', domain: 'emulate' },
      user: { id: userId, username: userName, name: userName, team_id: 'T000000001' },
      api_app_id: 'A000000001',
      token: 'unused',
      container: {
        type: 'message',
        message_ts: message.ts,
        channel_id: message.channel,
        is_ephemeral: ephemeral,
      },
      trigger_id: this.#trigger(userId),
      channel: { id: message.channel, name: channelName },
      message: { type: 'message', ts: message.ts, text: message.text, blocks: message.blocks },
      is_enterprise_install: false,
      response_url: `${this.#ownUrl}/response/${id}`,
      actions: [{ ...action, action_ts: String(Date.now() / 1000) }],
    };
    return { type: 'interactive', payload };
  }

  async #ask(way: Way, asker: Asker, sayingOf: (id: string) => Saying): Promise<Delivered> {
    const id = randomUUID();
    const saying = sayingOf(id);
    const request = signed(formOf(saying).toString(), this.#secret, Math.floor(Date.now() / 1000));
    const replies: EphemeralReply[] = [];
    let arrive: (reply: EphemeralReply) => void = () => {};
    const first = new Promise<EphemeralReply>((resolve) => {
      arrive = resolve;
    });
    this.#pending.set(id, { uses: 0, asker, replies, arrive });
    const begun = performance.now();
    const { status, body } = await way(saying, request);
    const ms = performance.now() - begun;
    if (status === 200 && body !== '') this.#arrived(id, replyOf(parsed(body)));
    return { status, ms, body, replies, first, request };
  }

  /** Serves `/response/ID`. Returns the HTTP status and body. */
  respond(id: string, body: string): { status: number; body: string } {
    const pending = this.#pending.get(id);
    if (pending === undefined || pending.uses >= RESPONSE_USES) return { status: 404, body: 'used_url' };
    this.#record.note(`response_url ${body}`);
    pending.uses += 1;
    const content = recordOf(parsed(body));
    const refusal = content['blocks'] === undefined ? undefined : refusalOf(content['blocks'], 'message');
    if (refusal !== undefined)
      return { status: 400, body: `${refusal.error}: ${refusal.messages.join('; ')}` };
    this.#arrived(id, replyOf(content));
    return { status: 200, body: 'ok' };
  }

  #arrived(id: string, reply: EphemeralReply): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    pending.replies.push(reply);
    pending.arrive(reply);
    const { userId, channelId, asked } = pending.asker;
    this.#record.whispered({
      ...reply,
      channel: channelId,
      ts: tsNow(),
      edits: 0,
      onlyFor: userId,
      ...(asked === undefined ? {} : { asked }),
    });
  }
}

/** The time as Slack names messages by it: seconds with six digits after the point. */
export function tsNow(): string {
  return (Date.now() / 1000).toFixed(6);
}

function replyOf(value: unknown): EphemeralReply {
  if (typeof value === 'string') return { text: value, blocks: [] };
  const content = recordOf(value);
  return { text: stringOf(content['text']), blocks: arrayOf(content['blocks']) };
}
