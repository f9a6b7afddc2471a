import { randomInt } from 'node:crypto';

const TAIL = 36 ** 4;
let counter = randomInt(TAIL);

/**
 * A new job id such as `20261122-143015-rs7f3k`: UTC date and time, then milliseconds (2 digits of base 36) and a
 * counter with a random start (4 digits). Sorts by time, is unique, and is fit for Slack and for a folder's name.
 * @param now milliseconds since the epoch
 */
export function newJobId(now: number): string {
  counter = (counter + 1) % TAIL;
  const [date = '', time = ''] = new Date(now).toISOString().split('T');
  const millis = Math.floor(now % 1000);
  return [
    date.replaceAll('-', ''),
    time.slice(0, 8).replaceAll(':', ''),
    millis.toString(36).padStart(2, '0') + counter.toString(36).padStart(4, '0'),
  ].join('-');
}
