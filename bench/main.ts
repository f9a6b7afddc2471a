/** Measures what this machine takes for our own work. `--json FILE` also writes the figures, `--quick` is the short form. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { measure } from './measure.ts';
import { loading, rendering } from './subjects.ts';

const { values } = parseArgs({
  options: { json: { type: 'string' }, quick: { type: 'boolean', default: false } },
});
const rounds = values.quick ? 5 : 51;

const results = [loading(), rendering()].map((subject) => measure(subject, rounds));

for (const { name, ours, floor, ratioToFloor } of results) {
  console.log(
    `${name.padEnd(40)} ${ours.toFixed(2).padStart(9)} ms   floor ${floor.toFixed(2).padStart(8)} ms   × ${ratioToFloor.toFixed(1)}`,
  );
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
