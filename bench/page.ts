import { machine } from './machine.ts';
import type { Result } from './measure.ts';
import { amount, verdictText } from './table.ts';

const METHOD = `\`npm run bench\` does the same work side by side, in one run: our way, what a user would pick instead (the
peer) and the least that the work could take (the floor, a hand-written way without our code). The ways take turns,
each round beginning with another one, so that a busy moment meets all of them. Figures are medians, with the range in
which half of the runs lie; "CPU" is what all processes of the machine used meanwhile, sites and daemons included. A
calibration loop and the load average before and after each subject tell how quiet the machine was: ratios hold on a
busy one, times do not.

\`npm run bench NAME…\` measures some of them, \`--runs N\` changes how often, \`--quick\` is the short form,
\`--json FILE\` keeps the figures and \`--write\` writes this page.`;

/** The page of the benchmarks, made of one run's results. */
export function pageOf(results: readonly Result[], day: string): string {
  return `# Benchmarks

<!-- Written by npm run bench -- --write. -->

${METHOD}

Measured on ${day}: ${machine()}.

${results.map(section).join('\n\n')}
`;
}

function section(result: Result): string {
  const { name, about, unit, ways, ours, absent, figures, verdicts, noise } = result;
  const rows = Object.entries(ways).map(([way, { median, low, high, runs, cpuMs }]) =>
    row([
      way,
      `${amount(median)} ${unit}`,
      `${amount(low)} – ${amount(high)}`,
      `${runs}`,
      cpuMs >= 10 ? `${amount(cpuMs)} ms` : '',
      way === 'ours' ? '' : amount(ours / median),
    ]),
  );
  const more = Object.entries(figures).map(([figure, value]) => `- ${figure}: ${amount(value)}`);
  const goals = verdicts.map((verdict) => `- ${verdictText(verdict)}`);
  const missing = absent.map((peer) => `- ${peer}: not installed when this was measured`);
  const lists = [...more, ...missing, ...goals];
  return [
    `## ${name}`,
    about,
    [
      row(['way', 'median', 'half of the runs', 'runs', 'CPU', 'ours is ×']),
      row(Array(6).fill('---')),
      ...rows,
    ].join('\n'),
    ...(lists.length === 0 ? [] : [lists.join('\n')]),
    `Calibration ${noise.before.loop.toFixed(1)} → ${noise.after.loop.toFixed(1)} ms, load ${noise.before.load.toFixed(2)} → ${noise.after.load.toFixed(2)}.`,
  ].join('\n\n');
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
