/** How a reader types a command: in Slack, or at a terminal. */
export type Front = '/jaws' | 'jaws-ops';

/** `/jaws` where a command begins, and not a folder of that name. */
const COMMAND = /(?<=^|[\s`"'(])\/jaws(?=\s|`|$)/gm;

/**
 * Our own advice in words that its reader can type. It is written for Slack everywhere; at a terminal the same words
 * follow `jaws-ops`. Not for the output of a site, which is shown as it is.
 */
export function inWordsOf(front: Front, advice: string): string {
  return front === '/jaws' ? advice : advice.replace(COMMAND, front);
}
