/**
 * Measures what this machine takes for our own work, side by side with what a user would pick instead.
 * `npm run bench [NAME…] [--runs N] [--quick] [--json FILE] [--write]`
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measure, type Result } from './measure.ts';
import { pageOf } from './page.ts';
import { SUBJECTS } from './subjects.ts';
import { textOf, verdictText } from './table.ts';

const PAGE = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'string' },
    runs: { type: 'string' },
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
const names = positionals.length > 0 ? positionals : Object.keys(SUBJECTS);
const unknown = names.filter((name) => !(name in SUBJECTS));
const given = values.runs === undefined ? undefined : Number(values.runs);
if (unknown.length > 0 || (given !== undefined && !(Number.isInteger(given) && given > 0))) {
  console.error(
    unknown.length > 0
      ? `bench: ${unknown.join(', ')}: there is none; expected ${Object.keys(SUBJECTS).join(' | ')}`
      : `bench: --runs ${values.runs}: expected a whole number from 1 on`,
  );
  process.exit(2);
}

let closing: (() => Promise<void>) | undefined;
let brokenOff = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => breakOff(signal));
process.on('uncaughtException', (error) => {
  // What was under way fails when its parts are ended.
  if (brokenOff) return;
  console.error('bench:', error);
  breakOff('an error');
});

const results: Result[] = [];
const broken: string[] = [];
for (const name of names) {
  try {
    results.push(await measured(name));
  } catch (error) {
    if (brokenOff) process.exit(1);
    // The others can still be measured; the exit code tells.
    console.error(`bench: ${name}:`, error);
    broken.push(name);
  }
}

const verdicts = results.flatMap((result) =>
  result.verdicts.map((verdict) => ({
    met: verdict.met,
    text: `${result.name.padEnd(16)} ${verdictText(verdict)}`,
  })),
);
if (verdicts.length > 0) console.log(`\nGoals\n${verdicts.map(({ text }) => text).join('\n')}`);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
if (values.write) writeFileSync(PAGE, pageOf(results, new Date().toISOString().slice(0, 10)));
console.log(
  `${verdicts.filter(({ met }) => met === true).length} goals met, ${verdicts.filter(({ met }) => met === false).length} missed, ${verdicts.filter(({ met }) => met === null).length} not measured${broken.length > 0 ? `; could not be measured: ${broken.join(', ')}` : ''}`,
);
process.exit(broken.length > 0 ? 1 : 0);

/** Ends what the subject under way has started, which lives in sessions of its own and would stay. */
function breakOff(why: string): void {
  brokenOff = true;
  console.error(`bench: ${why}: ending what was started`);
  const told = (error: unknown) => console.error('bench:', error);
  void Promise.resolve(closing?.())
    .catch(told)
    .finally(() => process.exit(1));
}

async function measured(name: string): Promise<Result> {
  const making = Promise.resolve(SUBJECTS[name]?.());
  let closed: Promise<void> | undefined;
  const close = () => {
    // What is just being made can only be ended when it stands; what could not be made has ended its own parts.
    closed ??= making.then(
      (subject) => subject?.close?.(),
      () => undefined,
    );
    return closed;
  };
  closing = close;
  try {
    const subject = await making;
    if (subject === undefined) throw new RangeError(name);
    const runs = given ?? (values.quick ? Math.min(subject.runs, 3) : subject.runs);
    const ways = values.quick
      ? subject.ways.map((way) => ({ ...way, ...(way.most ? { most: 1 } : {}) }))
      : subject.ways;
    const result = await measure({ ...subject, ways }, runs, (text) => console.error(text));
    console.log(`${textOf(result)}\n`);
    return result;
  } finally {
    await close();
    closing = undefined;
  }
}
