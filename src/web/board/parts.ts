import type { Sign } from '../../board/view.ts';
import type { StepStatus } from '../../core/run.ts';
import { type Html, html } from '../html.ts';

/** Outlines of the icons in a square of 16, drawn with the colour of the text around. Shape tells what colour tells. */
const SHAPES: Readonly<Record<Sign, string>> = {
  good: 'M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1Zm3.3 4.3L7 9.6 4.9 7.5 3.8 8.6 7 11.8l5.4-5.4Z',
  busy: 'M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1Zm0 1.6A5.4 5.4 0 0 1 8 13.4Z',
  warn: 'M8 1.2 15.4 14.5H.6ZM7.2 6v4.2h1.6V6Zm0 5.4v1.6h1.6v-1.6Z',
  bad: 'M5 1h6l4 4v6l-4 4H5l-4-4V5Zm.9 3.8L4.8 5.9 6.9 8l-2.1 2.1 1.1 1.1L8 9.1l2.1 2.1 1.1-1.1L9.1 8l2.1-2.1-1.1-1.1L8 6.9Z',
  off: 'M3 2h10a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1V3a1 1 0 0 1 1-1Zm.6 1.6v8.8h8.8V3.6Z',
  unknown:
    'M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1Zm0 1.6a5.4 5.4 0 1 0 0 10.8A5.4 5.4 0 0 0 8 2.6ZM4.6 7.2h6.8v1.6H4.6Z',
};

/** An icon that says nothing to a screen reader: a word always stands beside it. */
export function icon(sign: Sign): Html {
  return html`<svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false"><path fill="currentColor" fill-rule="evenodd" d="${SHAPES[sign]}"/></svg>`;
}

export const STEP_SIGNS: Readonly<Record<StepStatus, Sign>> = {
  pending: 'off',
  running: 'busy',
  ok: 'good',
  warned: 'warn',
  failed: 'bad',
  skipped: 'unknown',
};

/**
 * A moment. The script of the page writes how long ago it was, or how long it is until then; without it the time of
 * day stands there.
 */
export function moment(at: number): Html {
  const iso = new Date(at).toISOString();
  return html`<time datetime="${iso}" data-relative>${iso.slice(0, 16).replace('T', ' ')} UTC</time>`;
}
