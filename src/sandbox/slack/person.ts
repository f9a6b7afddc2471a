import { isSame, pressableIn } from './buttons.ts';
import { parsed, recordOf } from './call.ts';
import { type Input, inputsOf, isEmpty, type Place, sentValue } from './inputs.ts';
import { payloadOf, type ShownView } from './shown-view.ts';
import type { Views } from './views.ts';
import { formOf, signed, type Way } from './ways.ts';

const NEEDED = 'This is needed.';

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
    const { options = [] } = input.element;
    const found = options.find(({ value, text }) => value === option || text.text === option);
    if (found === undefined && option !== '')
      throw new RangeError(`${label} offers ${options.map(({ value }) => value).join(', ')}, not ${option}`);
    await this.#put(input, found === undefined ? [] : [found.value], input.dispatch_action === true);
  }

  /** Types into the input with this label. @param enter whether Enter is pressed there */
  async type(label: string, text: string, enter = false): Promise<void> {
    const input = this.#input(label);
    await this.#put(input, [text], enter && input.dispatch_action === true);
  }

  /**
   * Puts values into an input of a view by its own names: the text, the values of what is chosen, or none.
   * @param act whether the app is told, as it is where the input asks for that
   * @throws RangeError when there is no such view or input, or it does not take the values
   */
  async enter(viewId: string, place: Place, values: readonly string[], act: boolean): Promise<void> {
    const view = this.#ownView(viewId);
    const input = inputsOf(view).find(
      ({ block_id, element }) => block_id === place.blockId && element.action_id === place.actionId,
    );
    if (input === undefined) throw new RangeError(`no input ${place.blockId} ${place.actionId} is shown`);
    await this.#put(input, values, act && input.dispatch_action === true, view.id);
  }

  /** Presses a button of the modal or of the Home tab. */
  async press(label: string, where: 'modal' | 'home' = 'modal'): Promise<void> {
    const view = where === 'modal' ? this.modal : this.#views.home(this.id);
    if (view === undefined) throw new RangeError(`${this.name} has no Home tab yet`);
    await this.#act(view.id, pressableIn(view.blocks, (each) => each.label === label, label).sent);
  }

  /** Presses a button of a view by its own names. @throws RangeError when there is none */
  async pressIn(viewId: string, actionId: string, value: string): Promise<void> {
    const view = this.#ownView(viewId);
    await this.#act(view.id, pressableIn(view.blocks, isSame({ actionId, value }), actionId).sent);
  }

  /** Closes the modal on top; the app is not told, as it asks for that nowhere. */
  dismiss(): void {
    const view = this.#views.modal(this.id);
    if (view !== undefined) this.#views.close(view.id);
  }

  /**
   * Presses the button at the foot of the modal. While a needed input is empty that is said there, and nothing reaches
   * the app, as in Slack: the status is then 0.
   */
  async submit(): Promise<{ readonly status: number; readonly ms: number }> {
    const view = this.modal;
    const empty = inputsOf(view).filter(
      ({ block_id, element, optional }) =>
        optional !== true && isEmpty(recordOf(view.state[block_id]?.[element.action_id])),
    );
    if (empty.length > 0) {
      this.#views.complain(view.id, Object.fromEntries(empty.map(({ block_id }) => [block_id, NEEDED])));
      return { status: 0, ms: 0 };
    }
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

  async #put(
    input: Input,
    values: readonly string[],
    dispatch: boolean,
    viewId = this.modal.id,
  ): Promise<void> {
    const { block_id, element } = input;
    const value = sentValue(input, values);
    this.#views.fill(viewId, block_id, element.action_id, value);
    if (dispatch) await this.#act(viewId, { ...value, block_id, action_id: element.action_id });
  }

  async #act(viewId: string, action: Readonly<Record<string, unknown>>): Promise<void> {
    const view = this.#ownView(viewId);
    await this.#interact({
      type: 'block_actions',
      ...this.#common(view),
      container: { type: 'view', view_id: view.id },
      actions: [{ ...action, action_ts: String(Date.now() / 1000) }],
    });
  }

  /** @throws RangeError when this person does not see it */
  #ownView(viewId: string): ShownView {
    const view = this.#views.find(viewId);
    if (view?.userId !== this.id) throw new RangeError(`the view ${viewId} is closed`);
    return view;
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
