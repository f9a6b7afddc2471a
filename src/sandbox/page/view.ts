import { Html, html } from '../../web/html.ts';
import type { Regions } from '../../web/live.ts';
import { recordOf } from '../slack/call.ts';
import { inputsOf } from '../slack/inputs.ts';
import type { ShownView } from '../slack/shown-view.ts';
import { blockHtml, blocksHtml, idPart } from './blocks.ts';
import type { Known } from './mrkdwn.ts';

/** The Home tab, as the one item of its list. */
export function homeHtml(view: ShownView | undefined, known: Known): Html {
  return view === undefined
    ? html`<p class="waiting" role="status">The Home tab is on its way …</p>`
    : html`<div class="home" data-view="${view.id}">${blocksHtml(view.blocks, known)}</div>`;
}

/**
 * The modal that a viewer has before the eyes, block by block, so that what somebody is filling in is not drawn anew
 * when another part changes. What stands in the inputs is apart: the page takes it for inputs that are new to it.
 */
export function modalRegions(view: ShownView | undefined, known: Known): Regions {
  if (view === undefined) return new Map([['modal', html``]]);
  const blocks = view.blocks.map((block, i) => ({ id: elementId(block, i), block }));
  return new Map([
    ['modal', html`${view.id}`],
    ['modal-title', html`${view.title}`],
    ['modal-values', new Html(JSON.stringify(valuesOf(view)))],
    ['modal-order', html`${blocks.map(({ id }) => `${id} `)}`],
    [
      'modal-foot',
      html`<button type="button" data-close>${view.close}</button>${view.submit !== undefined && html`<button type="submit" class="primary">${view.submit}</button>`}`,
    ],
    ...blocks.map(({ id, block }): [string, Html] => [
      id,
      blockHtml(block, known, view.errors[String(recordOf(block)['block_id'])]),
    ]),
  ]);
}

function elementId(block: unknown, i: number): string {
  const id = recordOf(block)['block_id'];
  return `b-${typeof id === 'string' ? idPart(id) : i}`;
}

/** Values by the names that the inputs have on the page. */
function valuesOf(view: ShownView): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    inputsOf(view).map(({ block_id, element }) => [
      JSON.stringify([block_id, element.action_id]),
      valuesIn(recordOf(view.state[block_id]?.[element.action_id])),
    ]),
  );
}

function valuesIn({
  value,
  selected_option: option,
  selected_user: user,
  selected_options: several,
}: Readonly<Record<string, unknown>>): readonly string[] {
  const chosen = Array.isArray(several) ? several.map(recordOf) : [recordOf(option)];
  return [value, user, ...chosen.map((each) => each['value'])].filter((each) => typeof each === 'string');
}
