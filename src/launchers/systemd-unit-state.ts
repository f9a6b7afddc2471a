/** One unit as `systemctl show` tells it. */
export interface UnitState {
  readonly unit: string;
  /** `loaded`, `not-found`, `bad-setting`, `masked`, … */
  readonly load: string;
  readonly loadError: string;
  /** `active`, `activating`, `deactivating`, `inactive`, `failed`, … */
  readonly active: string;
  /** `running`, `auto-restart`, `dead`, … */
  readonly sub: string;
  /** How it ended last: `success`, `exit-code`, `signal`, `timeout`, `protocol`, … */
  readonly result: string;
  /** What the main process ended with, e.g. `exit code 1`; undefined when none has ended. */
  readonly ended?: string;
  readonly pid?: number;
  readonly ageSec?: number;
  /** Restarts by systemd itself since the last start. */
  readonly restarts: number;
  /** The condition that kept it from starting, e.g. `ConditionHost=ln010*`. */
  readonly unmet?: string;
}

/** What an answer of systemctl means. */
export type Answer = 'answered' | 'no-manager' | 'denied' | 'no-tool' | 'other';

export function answerOf(code: number, text: string): Answer {
  if (code === 0) return 'answered';
  if (code === 127) return 'no-tool';
  if (!/[Cc]onnect to .*bus|D-Bus connection/.test(text)) return 'other';
  return /[Pp]ermission denied|not permitted/.test(text) ? 'denied' : 'no-manager';
}

/** A unit from the lines of `systemctl show`. */
export function parseUnit(
  unit: string,
  lines: readonly string[],
  more: { readonly ageSec?: string | undefined; readonly unmet?: string | undefined } = {},
): UnitState {
  const values = new Map(
    lines.map((line) => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
  const text = (name: string) => values.get(name) ?? '';
  const pid = Number(text('MainPID') || 0);
  const ended = endedWith(text('ExecMainCode'), text('ExecMainStatus'));
  // Before the first start a unit's conditions are `no` as well, but nobody has looked at them yet.
  const tried = text('ConditionResult') === 'no' && /[1-9]/.test(text('ConditionTimestamp'));
  return {
    unit,
    load: text('LoadState'),
    loadError: text('LoadError').replace(/^\S+ "(.*)"$/, '$1'),
    active: text('ActiveState'),
    sub: text('SubState'),
    result: text('Result'),
    restarts: Number(text('NRestarts') || 0),
    ...(ended === undefined ? {} : { ended }),
    ...(pid > 0 ? { pid } : {}),
    ...(pid > 0 && /^\d+$/.test(more.ageSec ?? '') ? { ageSec: Number(more.ageSec) } : {}),
    ...(tried ? { unmet: more.unmet || 'a condition' } : {}),
  };
}

/** ExecMainCode is the kernel's si_code: 1 for an exit, 2 and 3 for a signal (waitid(2)). */
function endedWith(code: string, status: string): string | undefined {
  if (code === '1') return `exit code ${status}`;
  return code === '2' || code === '3' ? `signal ${status}` : undefined;
}
