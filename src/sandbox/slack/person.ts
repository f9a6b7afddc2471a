import { z } from 'zod';
import { parsed, recordOf } from './call.ts';
import { payloadOf, type ShownView, type Views } from './views.ts';
import { formOf, signed, type Way } from './ways.ts';

const inputSchema = z.object({
  type: z.literal('input'),
  block_id: z.string(),
  label: z.object({ text: z.string() }),
  optional: z.boolean().optional(),
  dispatch_action: z.boolean().optional(),
  element: z.object({
    type: z.string(),
    action_id: z.string(),
    options: z.array(z.looseObject({ text: z.object({ text: z.string() }), value: z.string() })).optional(),
  }),
});
type Input = z.output<typeof inputSchema>;

const buttonsSchema = z.object({
  type: z.literal('actions'),
  block_id: z.string().optional(),
  elements: z.array(
    z.object({
      type: z.literal('button'),
      action_id: z.string(),
      value: z.string().optional(),
      text: z.object({ text: z.string() }),
    }),
  ),
});

/** The inputs of a view. */
export function inputsOf({ blocks }: Pick<ShownView, 'blocks'>): readonly Input[] {
  return blocks.flatMap((block) => inputSchema.safeParse(block).data ?? []);
}

/** What somebody does in a modal or on the Home tab, sent to the bot as Slack would. */
export class Person {
  readonly #views: Views;
  readonly #secret: string;
  readonly #way: () => Way;
  readonly id: string;
  readonly name: string;

  constructor(
    views: Views,
    secret: string,
    way: () => Way,
    who: { readonly id: string; readonly name: string },
  ) {
    this.#views = views;
    this.#secret = secret;
    this.#way = way;
    this.id = who.id;
    this.name = who.name;
  }

  /** The modal that is open. @throws RangeError when none is */
  get modal(): ShownView {
    const view = this.#views.modal(this.id);
    if (view === undefined) throw new RangeError(`${this.name} has no modal open`);
    return view;
  }

  /** Opens the Home tab; resolves at the acknowledgement. */
  async openHome(): Promise<void> {
    const home = this.#views.home(this.id);
    await this.#sendEvent({
      type: 'app_home_opened',
      user: this.id,
      channel: 'D000000001',
      tab: 'home',
      event_ts: String(Date.now() / 1000),
      ...(home === undefined ? {} : { view: payloadOf(home) }),
    });
  }

  /** Chooses an option, or its text, of the input with this label; with `''` takes the choice back. */
  async choose(label: string, option: string): Promise<void> {
    const input = this.#input(label);
    const { type, options = [] } = input.element;
    const found = options.find(({ value, text }) => value === option || text.text === option);
    if (found === undefined && option !== '')
      throw new RangeError(`${label} offers ${options.map(({ value }) => value).join(', ')}, not ${option}`);
    const value =
      type === 'checkboxes'
        ? { type, selected_options: found === undefined ? [] : [found] }
        : { type, selected_option: found ?? null };
    await this.#put(input, value, input.dispatch_action === true);
  }

  /** Types into the input with this label. @param enter whether Enter is pressed there */
  async type(label: string, text: string, enter = false): Promise<void> {
    const input = this.#input(label);
    const value = { type: input.element.type, value: text === '' ? null : text };
    await this.#put(input, value, enter && input.dispatch_action === true);
  }

  /** Presses a button of the modal or of the Home tab. */
  async press(label: string, where: 'modal' | 'home' = 'modal'): Promise<void> {
    const view = where === 'modal' ? this.modal : this.#views.home(this.id);
    const found = view?.blocks
      .flatMap((block) => buttonsSchema.safeParse(block).data ?? [])
      .flatMap(({ block_id = 'sandbox', elements }) => elements.map((element) => ({ block_id, element })))
      .find(({ element }) => element.text.text === label);
    if (view === undefined || found === undefined) throw new RangeError(`no button "${label}" is shown`);
    const { block_id, element } = found;
    await this.#act(view.id, { ...element, block_id });
  }

  /** Presses the button at the foot of the modal. Does not reach the bot while a needed input is empty, as in Slack. */
  async submit(): Promise<{ readonly status: number; readonly ms: number }> {
    const view = this.modal;
    const empty = inputsOf(view).find(
      ({ block_id, element, optional }) =>
        optional !== true && isEmpty(recordOf(view.state[block_id]?.[element.action_id])),
    );
    if (empty !== undefined) throw new RangeError(`${empty.label.text} is needed`);
    const begun = performance.now();
    const payload = { type: 'view_submission', ...this.#common(view), response_urls: [] };
    const { status, body } = await this.#interact(payload);
    const ms = performance.now() - begun;
    if (status === 200) this.#views.settle(view.id, body === '' ? undefined : parsed(body));
    return { status, ms };
  }

  #input(label: string): Input {
    const inputs = inputsOf(this.modal);
    const found = inputs.find((input) => input.label.text === label);
    if (found !== undefined) return found;
    throw new RangeError(
      `no input "${label}", there is ${inputs.map((input) => input.label.text).join(', ')}`,
    );
  }

  async #put(input: Input, value: Readonly<Record<string, unknown>>, dispatch: boolean): Promise<void> {
    const { id } = this.modal;
    const { block_id, element } = input;
    this.#views.fill(id, block_id, element.action_id, value);
    if (dispatch) await this.#act(id, { ...value, block_id, action_id: element.action_id });
  }

  async #act(viewId: string, action: Readonly<Record<string, unknown>>): Promise<void> {
    const view = [this.#views.modal(this.id), this.#views.home(this.id)].find((each) => each?.id === viewId);
    if (view === undefined) throw new RangeError(`the view ${viewId} is closed`);
    await this.#interact({
      type: 'block_actions',
      ...this.#common(view),
      container: { type: 'view', view_id: view.id },
      actions: [{ ...action, action_ts: String(Date.now() / 1000) }],
    });
  }

  #common(view: ShownView): Record<string, unknown> {
    return {
      team: { id: 'T000000001', domain: 'emulate' },
      user: { id: this.id, username: this.name, name: this.name, team_id: 'T000000001' },
      api_app_id: 'A000000001',
      token: 'unused',
      trigger_id: this.#views.trigger(this.id),
      is_enterprise_install: false,
      view: payloadOf(view),
    };
  }

  async #sendEvent(event: Readonly<Record<string, unknown>>): Promise<void> {
    const payload = {
      token: 'unused',
      team_id: 'T000000001',
      api_app_id: 'A000000001',
      type: 'event_callback',
      event_id: `Ev${Date.now()}`,
      event_time: Math.floor(Date.now() / 1000),
      event,
    };
    const request = signed(JSON.stringify(payload), this.#secret, Math.floor(Date.now() / 1000));
    const headers = { ...request.headers, 'content-type': 'application/json' };
    await this.#way()({ type: 'events_api', payload }, { ...request, headers });
  }

  #interact(payload: Readonly<Record<string, unknown>>): ReturnType<Way> {
    const saying = { type: 'interactive', payload } as const;
    const request = signed(formOf(saying).toString(), this.#secret, Math.floor(Date.now() / 1000));
    return this.#way()(saying, request);
  }
}

function isEmpty(value: Readonly<Record<string, unknown>>): boolean {
  return (
    (value['selected_option'] ?? value['value'] ?? null) === null && value['selected_options'] === undefined
  );
}
