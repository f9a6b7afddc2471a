import { randomUUID } from 'node:crypto';
import { type ApiCall, recordOf, stringOf } from './call.ts';
import { drawnView, errorsIn, type KeptOfView, payloadOf, type ShownView } from './shown-view.ts';
import { viewRefusal } from './view.ts';

/** How long a trigger opens a view, in milliseconds. Source: Slack's reference of views.open. */
const TRIGGER_MS = 3_000;
/** Modals that may stand on each other. Source: Slack's reference of views.push. */
const MOST_STACKED = 3;

type Answer = Record<string, unknown>;

/** The views of a workspace: opens, updates and publishes them with Slack's rules, and keeps what readers fill in. */
export class Views {
  readonly #triggers = new Map<string, { readonly userId: string; readonly at: number }>();
  readonly #shown = new Map<string, ShownView>();
  readonly #watchers = new Set<() => void>();
  readonly #triggerMs: number;

  /** @param triggerMs how long a trigger opens a view, in milliseconds */
  constructor(triggerMs = TRIGGER_MS) {
    this.#triggerMs = triggerMs;
  }

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
      case 'views.push':
        return this.#open(stringOf(args['trigger_id']), payload, true);
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
    return this.#modalsOf(userId).at(-1);
  }

  /** The modal or Home tab of this id, if it is still there. */
  find(viewId: string): ShownView | undefined {
    return this.#shown.get(viewId);
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

  /** Does what the acknowledgement of a submission says. @throws RangeError when it cannot be done */
  settle(viewId: string, acknowledgement: unknown): void {
    const view = this.#shown.get(viewId);
    if (view === undefined) return;
    const answer = recordOf(acknowledgement);
    switch (answer['response_action']) {
      case 'errors':
        this.complain(viewId, answer['errors']);
        return;
      case 'update':
        this.#update(viewId, '', sound(answer['view']));
        return;
      case 'push':
        this.#stack(view.userId, sound(answer['view']));
        return;
      case 'clear':
        for (const each of this.#modalsOf(view.userId)) this.#shown.delete(each.id);
        this.#tell();
        return;
      default:
        this.close(viewId);
    }
  }

  /** Says something at inputs, by `block_id`. @throws RangeError for a block that is none */
  complain(viewId: string, errors: unknown): void {
    const view = this.#shown.get(viewId);
    if (view !== undefined) this.#put({ ...view, errors: errorsIn(errors, view.blocks) });
  }

  /** Takes a modal away; the one below it is there again. */
  close(viewId: string): void {
    this.#shown.delete(viewId);
    this.#tell();
  }

  /** Calls back after every change of what somebody sees, until the returned function is called. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  #open(triggerId: string, payload: Answer, above = false): Answer {
    const trigger = this.#triggers.get(triggerId);
    this.#triggers.delete(triggerId);
    if (trigger === undefined) return { ok: false, error: 'invalid_trigger_id' };
    if (Date.now() - trigger.at > this.#triggerMs) return { ok: false, error: 'expired_trigger_id' };
    if (above) return this.#stack(trigger.userId, payload);
    return this.#drawn(payload, { id: `V${randomUUID()}`, userId: trigger.userId, state: {} });
  }

  #stack(userId: string, payload: Answer): Answer {
    const below = this.#modalsOf(userId);
    const top = below.at(-1);
    if (top === undefined) return { ok: false, error: 'view_not_found' };
    if (below.length >= MOST_STACKED) return { ok: false, error: 'push_limit_reached' };
    return this.#drawn(payload, { id: `V${randomUUID()}`, userId, state: {}, previousId: top.id });
  }

  #modalsOf(userId: string): readonly ShownView[] {
    return [...this.#shown.values()].filter((view) => view.userId === userId && view.type === 'modal');
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

  #drawn(payload: Answer, kept: KeptOfView): Answer {
    const view = drawnView(payload, kept, randomUUID());
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

/** A view that came with an acknowledgement, for which Slack has no way to refuse it. @throws RangeError */
function sound(view: unknown): Answer {
  const refusal = viewRefusal(view);
  if (refusal !== undefined)
    throw new RangeError(`the acknowledgement carries a view that is none: ${refusal.messages.join('; ')}`);
  return recordOf(view);
}
