import { randomUUID } from 'node:crypto';
import { type ApiCall, arrayOf, recordOf, stringOf } from './call.ts';
import { viewRefusal } from './view.ts';

/** How long a trigger opens a view, in milliseconds. Source: Slack's reference of views.open. */
const TRIGGER_MS = 3_000;

/** A modal or a Home tab as its reader sees it now. */
export interface ShownView {
  readonly id: string;
  /** Changes with each update. */
  readonly hash: string;
  /** Id of the reader. */
  readonly userId: string;
  readonly type: 'modal' | 'home';
  readonly title: string;
  readonly submit?: string;
  readonly callbackId: string;
  readonly metadata: string;
  readonly blocks: readonly unknown[];
  /** What stands in each input now: by `block_id`, then `action_id`, in the form in which Slack sends it. */
  readonly state: ViewState;
  /** What is said at an input, by `block_id`. */
  readonly errors: Readonly<Record<string, string>>;
}

export type ViewState = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;

type Answer = Record<string, unknown>;

/** The views of a workspace: opens, updates and publishes them with Slack's rules, and keeps what readers fill in. */
export class Views {
  readonly #triggers = new Map<string, { readonly userId: string; readonly at: number }>();
  readonly #shown = new Map<string, ShownView>();
  readonly #watchers = new Set<() => void>();

  /** A trigger of somebody's action; it opens one view, soon. */
  trigger(userId: string): string {
    const id = `${Date.now()}.${randomUUID()}`;
    this.#triggers.set(id, { userId, at: Date.now() });
    return id;
  }

  /** Answers `views.*`; undefined for any other method. */
  answer({ method, args }: ApiCall): Answer | undefined {
    if (!method.startsWith('views.')) return undefined;
    const refusal = viewRefusal(args['view']);
    if (refusal !== undefined) {
      const messages = refusal.messages.map((message) => `[ERROR] ${message}`);
      return { ok: false, error: refusal.error, errors: refusal.messages, response_metadata: { messages } };
    }
    const payload = recordOf(args['view']);
    switch (method) {
      case 'views.open':
        return this.#open(stringOf(args['trigger_id']), payload);
      case 'views.update':
        return this.#update(stringOf(args['view_id']), stringOf(args['hash']), payload);
      case 'views.publish':
        return this.#publish(stringOf(args['user_id']), payload);
      default:
        return { ok: false, error: 'unknown_method' };
    }
  }

  /** The modal that a person (an id) has before the eyes. */
  modal(userId: string): ShownView | undefined {
    return [...this.#shown.values()].findLast((view) => view.userId === userId && view.type === 'modal');
  }

  /** The Home tab of a person (an id). */
  home(userId: string): ShownView | undefined {
    return [...this.#shown.values()].find((view) => view.userId === userId && view.type === 'home');
  }

  /** Notes what somebody has put into an input. */
  fill(viewId: string, blockId: string, actionId: string, value: Readonly<Record<string, unknown>>): void {
    const view = this.#shown.get(viewId);
    if (view === undefined) throw new RangeError(`there is no view ${viewId}`);
    this.#put({ ...view, state: { ...view.state, [blockId]: { [actionId]: value } } });
  }

  /** Does what the acknowledgement of a submission says. */
  settle(viewId: string, acknowledgement: unknown): void {
    const view = this.#shown.get(viewId);
    if (view === undefined) return;
    const answer = recordOf(acknowledgement);
    switch (answer['response_action']) {
      case 'errors':
        this.#put({ ...view, errors: errorsIn(answer['errors'], view.blocks) });
        return;
      case 'update':
        this.#update(viewId, '', recordOf(answer['view']));
        return;
      default:
        this.close(viewId);
    }
  }

  close(viewId: string): void {
    this.#shown.delete(viewId);
    this.#tell();
  }

  /** Calls back after every change of what somebody sees, until the returned function is called. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  #open(triggerId: string, payload: Answer): Answer {
    const trigger = this.#triggers.get(triggerId);
    this.#triggers.delete(triggerId);
    if (trigger === undefined) return { ok: false, error: 'invalid_trigger_id' };
    if (Date.now() - trigger.at > TRIGGER_MS) return { ok: false, error: 'expired_trigger_id' };
    return this.#drawn(payload, { id: `V${randomUUID()}`, userId: trigger.userId, state: {} });
  }

  #update(id: string, hash: string, payload: Answer): Answer {
    const known = this.#shown.get(id);
    if (known === undefined) return { ok: false, error: 'not_found' };
    if (hash !== '' && hash !== known.hash) return { ok: false, error: 'hash_conflict' };
    return this.#drawn(payload, known);
  }

  #publish(userId: string, payload: Answer): Answer {
    const known = this.home(userId) ?? { id: `V${randomUUID()}`, userId, state: {} };
    return this.#drawn(payload, known);
  }

  /** An input keeps what stands in it while its `block_id` and `action_id` stay. */
  #drawn(payload: Answer, known: Pick<ShownView, 'id' | 'userId' | 'state'>): Answer {
    const blocks = arrayOf(payload['blocks']);
    const submit = recordOf(payload['submit'])['text'];
    const view: ShownView = {
      id: known.id,
      hash: randomUUID(),
      userId: known.userId,
      type: payload['type'] === 'home' ? 'home' : 'modal',
      title: stringOf(recordOf(payload['title'])['text']),
      ...(typeof submit === 'string' ? { submit } : {}),
      callbackId: stringOf(payload['callback_id']),
      metadata: stringOf(payload['private_metadata']),
      blocks,
      state: stateOf(blocks, known.state),
      errors: {},
    };
    this.#put(view);
    return { ok: true, view: payloadOf(view) };
  }

  #put(view: ShownView): void {
    this.#shown.set(view.id, view);
    this.#tell();
  }

  #tell(): void {
    for (const watcher of this.#watchers) watcher();
  }
}

/** A view as Slack names it in requests and answers. */
export function payloadOf(view: ShownView): Record<string, unknown> {
  return {
    id: view.id,
    hash: view.hash,
    type: view.type,
    team_id: 'T000000001',
    app_id: 'A000000001',
    bot_id: 'B000000001',
    callback_id: view.callbackId,
    private_metadata: view.metadata,
    title: { type: 'plain_text', text: view.title },
    blocks: view.blocks,
    state: { values: view.state },
    root_view_id: view.id,
    previous_view_id: null,
  };
}

function stateOf(blocks: readonly unknown[], known: ViewState): ViewState {
  return Object.fromEntries(
    blocks.map(recordOf).flatMap((block) => {
      const element = recordOf(block['element']);
      const blockId = stringOf(block['block_id']);
      const actionId = stringOf(element['action_id']);
      if (block['type'] !== 'input') return [];
      return [[blockId, { [actionId]: known[blockId]?.[actionId] ?? initialOf(element) }]];
    }),
  );
}

function initialOf(element: Record<string, unknown>): Record<string, unknown> {
  const type = stringOf(element['type']);
  switch (type) {
    case 'plain_text_input':
      return { type, value: element['initial_value'] ?? null };
    case 'static_select':
      return { type, selected_option: element['initial_option'] ?? null };
    case 'checkboxes':
      return { type, selected_options: element['initial_options'] ?? [] };
    default:
      return { type };
  }
}

/** Slack refuses an acknowledgement that names a block that is no input of the view. */
function errorsIn(value: unknown, blocks: readonly unknown[]): Readonly<Record<string, string>> {
  const inputs = blocks.map(recordOf).filter(({ type }) => type === 'input');
  return Object.fromEntries(
    Object.entries(recordOf(value)).map(([blockId, text]) => {
      if (typeof text !== 'string' || !inputs.some(({ block_id: id }) => id === blockId))
        throw new RangeError(`the acknowledgement names the block ${blockId}, which is no input of the view`);
      return [blockId, text];
    }),
  );
}
