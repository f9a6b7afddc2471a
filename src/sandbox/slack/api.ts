import { type Refusal, refusalOf } from './blocks.ts';
import { type ApiCall, arrayOf, recordOf, stringOf } from './call.ts';
import type { MessageRecord } from './record.ts';

/** User groups by id, with the ids of their members. `undefined` acts as a plan without user groups. */
export type Groups = ReadonlyMap<string, readonly string[]> | undefined;

export interface ApiRules {
  readonly groups: Groups;
  /** Block types that this workspace refuses. */
  readonly unsupported: ReadonlySet<string>;
}

/** Slack's own limit for the text of a message; longer texts are cut. */
const MAX_MESSAGE_TEXT = 40_000;

/** What the underlying emulator lacks: an answer of our own to a call, or undefined to pass it on. */
export function ownAnswer({ method, args }: ApiCall, rules: ApiRules): Record<string, unknown> | undefined {
  if (method.startsWith('usergroups.')) return groupAnswer(method, stringOf(args['usergroup']), rules.groups);
  if (method === 'chat.postMessage' || method === 'chat.update' || method === 'chat.postEphemeral') {
    if (stringOf(args['text']).length > MAX_MESSAGE_TEXT) return { ok: false, error: 'msg_too_long' };
    if (args['metadata'] !== undefined && !soundMetadata(args['metadata'])) {
      return { ok: false, error: 'invalid_metadata_format' };
    }
    if (args['blocks'] !== undefined) {
      return refused(refusalOf(args['blocks'], 'message', (type) => !rules.unsupported.has(type)));
    }
  }
  return undefined;
}

/** The channel argument without `#`, as the emulator underneath expects it. */
export function withPlainChannel(call: ApiCall): ApiCall {
  const channel = stringOf(call.args['channel']);
  return channel.startsWith('#') ? { ...call, args: { ...call.args, channel: channel.slice(1) } } : call;
}

/** An answer of the emulator as real Slack would give it: metadata only on request. */
export function likeSlack(call: ApiCall, answer: Record<string, unknown>): Record<string, unknown> {
  if (!call.method.startsWith('conversations.') || String(call.args['include_all_metadata']) === 'true')
    return answer;
  if (answer['messages'] === undefined) return answer;
  const messages = arrayOf(answer['messages']).map((message) => {
    const { metadata: _, ...rest } = recordOf(message);
    return rest;
  });
  return { ...answer, messages };
}

/** Notes the effect of a call that succeeded. */
export function recordEffect(call: ApiCall, answer: Record<string, unknown>, record: MessageRecord): void {
  const { method, args } = call;
  const channel = stringOf(answer['channel']) || stringOf(args['channel']) || stringOf(args['channel_id']);
  const content = { text: stringOf(args['text']), blocks: arrayOf(args['blocks']) };
  const thread = stringOf(args['thread_ts']);
  const inThread = thread === '' ? {} : { threadTs: thread };
  if (method === 'chat.postMessage') {
    const metadata = args['metadata'] === undefined ? {} : { metadata: args['metadata'] };
    record.posted({ channel, ts: stringOf(answer['ts']), ...content, ...metadata, ...inThread, edits: 0 });
  } else if (method === 'chat.postEphemeral') {
    const ts = stringOf(answer['message_ts']) || stringOf(answer['ts']);
    record.whispered({ channel, ts, ...content, ...inThread, edits: 0, onlyFor: stringOf(args['user']) });
  } else if (method === 'chat.update') {
    record.changed(channel, stringOf(args['ts']), content);
  } else if (method === 'chat.delete') {
    record.deleted(channel, stringOf(args['ts']));
  } else if (method === 'conversations.open') {
    record.opened(stringOf(args['users']), stringOf(recordOf(answer['channel'])['id']));
  } else if (method === 'files.completeUploadExternal') {
    for (const file of arrayOf(answer['files']).map(recordOf)) {
      record.posted({
        channel,
        ts: stringOf(file['id']),
        text: stringOf(args['initial_comment']),
        blocks: [],
        ...inThread,
        edits: 0,
        file: stringOf(file['name']),
        content: record.contentOf(stringOf(file['id'])),
      });
    }
  }
}

/** What people type to mention a user group, made of its id: `operators` of `S000OPERATORS`. */
export function handleOf(id: string): string {
  return id.replace(/^S0*/, '').toLowerCase();
}

function groupAnswer(method: string, group: string, groups: Groups): Record<string, unknown> {
  if (groups === undefined) return { ok: false, error: 'plan_upgrade_required' };
  if (method === 'usergroups.list') {
    return { ok: true, usergroups: [...groups.keys()].map((id) => ({ id, handle: handleOf(id) })) };
  }
  const users = groups.get(group);
  return users === undefined ? { ok: false, error: 'no_such_subteam' } : { ok: true, users };
}

function refused(refusal: { error: string; messages: readonly string[] } | Refusal | undefined) {
  if (refusal === undefined) return undefined;
  const messages = refusal.messages.map((message) => `[ERROR] ${message}`);
  return { ok: false, error: refusal.error, errors: refusal.messages, response_metadata: { messages } };
}

function soundMetadata(value: unknown): boolean {
  const { event_type: type, event_payload: payload } = recordOf(value);
  return (
    typeof type === 'string' && typeof payload === 'object' && payload !== null && !Array.isArray(payload)
  );
}
