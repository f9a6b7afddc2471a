import { contained } from '../core/record.ts';
import { join, type Script, sh } from '../core/script.ts';
import { ASK, FAIL_UNASKED } from './systemd-shell.ts';

/** Builds nothing: proves that the account's systemd answers, before anything is stopped. */
export function stageSystemd(): Script {
  return contained(
    join([
      ASK,
      FAIL_UNASKED,
      sh`ask show --property=Version
[ "$code" -eq 0 ] || fail_unasked 'units cannot be started'
did "systemd \${out#Version=} of $me is in place"`,
    ]),
  );
}
