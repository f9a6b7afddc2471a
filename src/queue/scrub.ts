import type { RunState } from '../core/run.ts';

/** Masks what must not be seen in a text. */
export type Scrub = (text: string) => string;

/**
 * A snapshot with its free text scrubbed: what sites and errors said, never ids, names or states, whose meaning
 * must survive even where a secret happens to be an ordinary word.
 */
export function scrubState(state: RunState, scrub: Scrub): RunState {
  const { problem, observed, approval } = state;
  return {
    ...state,
    notes: state.notes.map(scrub),
    ...(approval === undefined ? {} : { approval: { ...approval, changes: approval.changes.map(scrub) } }),
    steps: state.steps.map((step) => ({
      ...detailed(step, scrub),
      ...(step.tail === undefined ? {} : { tail: step.tail.map(scrub) }),
    })),
    ...(problem === undefined
      ? {}
      : { problem: { ...problem, message: scrub(problem.message), next: scrub(problem.next) } }),
    ...(observed === undefined
      ? {}
      : {
          observed: {
            ...detailed(observed, scrub),
            services: observed.services.map((service) => detailed(service, scrub)),
          },
        }),
  };
}

function detailed<T extends { readonly detail?: string }>(value: T, scrub: Scrub): T {
  return value.detail === undefined ? value : { ...value, detail: scrub(value.detail) };
}

/** Longest output kept of one step, in bytes of UTF-8. */
export const OUTPUT_LIMIT = 256 * 1024;

/** Head and tail of a text that is too long, with a line between that says how much is missing. */
export function clip(text: string, limit = OUTPUT_LIMIT): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= limit) return text;
  const gap = `\n[… ${bytes.length - limit} bytes left out …]\n`;
  // Two characters of up to three bytes may be cut at the edges and become U+FFFD, which is three bytes.
  const half = Math.max(0, Math.floor((limit - Buffer.byteLength(gap) - 12) / 2));
  return `${bytes.subarray(0, half).toString('utf8')}${gap}${bytes.subarray(bytes.length - half).toString('utf8')}`;
}
