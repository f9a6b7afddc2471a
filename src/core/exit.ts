/**
 * How a command on a site ended. Four kinds, because a lost connection is not a failure of the command and a
 * signal is not code 0. The first three end a step; `lost` means: reconnect and look.
 */
export type Exit =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly name: string }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'lost'; readonly reason: string };

/** True only for an observed exit code 0. */
export function succeeded(exit: Exit): boolean {
  return exit.kind === 'exit' && exit.code === 0;
}

/** The exit as a person reads it, e.g. `exit code 3`, `killed by SIGTERM`. */
export function describeExit(exit: Exit): string {
  switch (exit.kind) {
    case 'exit':
      return `exit code ${exit.code}`;
    case 'signal':
      return `killed by ${exit.name}`;
    case 'timeout':
      return 'ended at its time limit';
    case 'lost':
      return `connection lost (${exit.reason})`;
  }
}
