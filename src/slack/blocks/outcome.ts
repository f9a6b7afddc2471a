import type { KnownBlock } from '@slack/types';
import { EXIT, type ExitCode } from '../../core/errors.ts';

const PREFIX = 'not-done-';

/**
 * Says in the `block_id` of the first block how an answer is meant, so that `jaws-ops slash` and the demo can tell an
 * answer that says why nothing was done from one that is what was asked for. Slack's clients do not show it.
 */
export function marked(blocks: KnownBlock[], exit: ExitCode): KnownBlock[] {
  const [first, ...rest] = blocks;
  return first === undefined || exit === EXIT.done
    ? blocks
    : [{ ...first, block_id: `${PREFIX}${exit}` }, ...rest];
}

/** The exit code that {@link marked} put into blocks; `done` when there is none. */
export function markOf(blocks: readonly unknown[]): ExitCode {
  const ids = blocks.map((block) =>
    typeof block === 'object' && block !== null ? Reflect.get(block, 'block_id') : undefined,
  );
  return Object.values(EXIT).find((exit) => ids.includes(`${PREFIX}${exit}`)) ?? EXIT.done;
}
