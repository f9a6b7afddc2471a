import { arrayOf, recordOf, stringOf } from './call.ts';

/** A modal or a Home tab as its reader sees it now. */
export interface ShownView {
  readonly id: string;
  /** Changes with each update. */
  readonly hash: string;
  /** Id of the reader. */
  readonly userId: string;
  readonly type: 'modal' | 'home';
  readonly title: string;
  /** Words of the button at its foot; it has none when absent. */
  readonly submit?: string;
  /** Words of the button that closes it. */
  readonly close: string;
  readonly callbackId: string;
  readonly metadata: string;
  readonly blocks: readonly unknown[];
  /** What stands in each input now: by `block_id`, then `action_id`, in the form in which Slack sends it. */
  readonly state: ViewState;
  /** What is said at an input, by `block_id`. */
  readonly errors: Readonly<Record<string, string>>;
  /** Id of the modal below it, to which its reader comes back. */
  readonly previousId?: string;
}

export type ViewState = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;

/** What a view keeps when it is drawn anew. */
export type KeptOfView = Pick<ShownView, 'id' | 'userId' | 'state' | 'previousId'>;

/** A view as it is drawn. An input keeps what stands in it while its `block_id` and `action_id` stay. */
export function drawnView(payload: Record<string, unknown>, kept: KeptOfView, hash: string): ShownView {
  const blocks = arrayOf(payload['blocks']);
  const submit = recordOf(payload['submit'])['text'];
  return {
    id: kept.id,
    hash,
    userId: kept.userId,
    type: payload['type'] === 'home' ? 'home' : 'modal',
    title: stringOf(recordOf(payload['title'])['text']),
    ...(typeof submit === 'string' ? { submit } : {}),
    close: stringOf(recordOf(payload['close'])['text']) || 'Cancel',
    callbackId: stringOf(payload['callback_id']),
    metadata: stringOf(payload['private_metadata']),
    blocks,
    state: stateOf(blocks, kept.state),
    errors: {},
    ...(kept.previousId === undefined ? {} : { previousId: kept.previousId }),
  };
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
    previous_view_id: view.previousId ?? null,
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
    case 'users_select':
      return { type, selected_user: element['initial_user'] ?? null };
    case 'checkboxes':
      return { type, selected_options: element['initial_options'] ?? [] };
    default:
      return { type };
  }
}

/** Slack refuses an acknowledgement that names a block that is no input of the view. @throws RangeError */
export function errorsIn(value: unknown, blocks: readonly unknown[]): Readonly<Record<string, string>> {
  const inputs = blocks.map(recordOf).filter(({ type }) => type === 'input');
  return Object.fromEntries(
    Object.entries(recordOf(value)).map(([blockId, text]) => {
      if (typeof text !== 'string' || !inputs.some(({ block_id: id }) => id === blockId))
        throw new RangeError(`the acknowledgement names the block ${blockId}, which is no input of the view`);
      return [blockId, text];
    }),
  );
}
