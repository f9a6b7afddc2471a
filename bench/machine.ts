import { readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';

/** How busy the machine was with other things. */
export interface Noise {
  readonly before: Moment;
  readonly after: Moment;
}

export interface Moment {
  /** Time of a fixed piece of work, in milliseconds: on a quiet machine always the same. */
  readonly loop: number;
  /** Processes that ran or waited to, over the last minute. */
  readonly load: number;
}

/** The best of five runs of a loop of about ten milliseconds. */
export function calibrate(): number {
  return Math.min(...Array.from({ length: 5 }, loop));
}

function loop(): number {
  const start = performance.now();
  let state = 1;
  for (let i = 0; i < 4_000_000; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
  }
  // The result is used, so that no compiler leaves the loop out; a shift register never comes to 0.
  return performance.now() - start + (state === 0 ? 1 : 0);
}

export function load(): number {
  return loadavg()[0] ?? 0;
}

/** Kernel's unit of CPU time, in milliseconds; 100 a second on every Linux, see proc(5). */
const TICK_MS = 10;

/** CPU time that all processes of this machine have used since it was started, in milliseconds. */
export function busyMs(): number {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = line.split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq) * TICK_MS;
}

/** What the machine is, in words. */
export function machine(): string {
  const [first] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} × ${first?.model.trim() ?? 'CPU'}, ${memory} GiB, Node ${process.version}`;
}
