import { constants } from 'node:os';
import type { Exit } from '../core/exit.ts';

// Some numbers have two names (SIGABRT and SIGIOT); the first one listed is the usual one.
const SIGNALS = new Map<number, string>(
  Object.entries(constants.signals)
    .reverse()
    .map(([name, number]) => [number, name]),
);

/** What a shell's `$?` tells: it reports a command killed by signal N as 128 + N. */
export function exitOf(code: number): Exit {
  const name = SIGNALS.get(code - 128);
  return name === undefined ? { kind: 'exit', code } : { kind: 'signal', name };
}
