import type { Goal, Result, Verdict } from './measure.ts';

/** A result as lines of text for a terminal, the verdict on each goal last. */
export function textOf(result: Result): string {
  const { name, unit, ways, ours, absent, figures, noise, verdicts } = result;
  const lines = Object.entries(ways).map(([way, { median, low, high, runs, cpuMs }]) =>
    [
      `  ${way.padEnd(24)}`,
      `${amount(median)} ${unit}`.padStart(14),
      `  IQR ${amount(low)}–${amount(high)}`.padEnd(26),
      `${runs} runs`.padStart(9),
      way === 'ours' ? '' : `  ours is × ${(ours / median).toFixed(2)}`,
      cpuMs >= 10 ? `  CPU ${amount(cpuMs)} ms` : '',
    ].join(''),
  );
  return [
    name,
    ...lines,
    ...Object.entries(figures).map(
      ([figure, value]) => `  ${figure.padEnd(24)}${amount(value).padStart(11)}`,
    ),
    ...absent.map((peer) => `  ${peer.padEnd(24)}   not installed`),
    `  noise: calibration ${noise.before.loop.toFixed(1)} → ${noise.after.loop.toFixed(1)} ms, load ${noise.before.load.toFixed(2)} → ${noise.after.load.toFixed(2)}`,
    ...verdicts.map((verdict) => `  ${verdictText(verdict)}`),
  ].join('\n');
}

/** E.g. `PASS  ours / floor ≤ 1.15: 1.08`. */
export function verdictText({ goal, value, met }: Verdict): string {
  if (value === null) return `----  ${goalText(goal)}: not measured`;
  return `${met === true ? 'PASS' : 'FAIL'}  ${goalText(goal)}: ${amount(value)}`;
}

export function goalText({ of, to, atMost, atLeast }: Goal): string {
  const what = to === undefined ? of : `${of} / ${to}`;
  return [
    ...(atMost === undefined ? [] : [`${what} ≤ ${atMost}`]),
    ...(atLeast === undefined ? [] : [`${what} ≥ ${atLeast}`]),
  ].join(', ');
}

/** Three significant digits, never an exponent. */
export function amount(value: number): string {
  const digits = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(digits, 6));
}
