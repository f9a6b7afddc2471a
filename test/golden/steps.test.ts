import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Step } from '../../src/core/plan.ts';
import type { Action } from '../../src/core/request.ts';
import { masked, revealed, type Script } from '../../src/core/script.ts';
import { assumedObservation } from '../../src/plan/check.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { type Combination, combinations, RELEASE } from './combinations.ts';
import { unchecked, unparsed } from './faults.ts';

/** A step of some plan. */
interface Planned {
  readonly name: string;
  readonly step: Step;
}

const ACTIONS: readonly { readonly action: Action; readonly service?: string }[] = [
  { action: 'deploy' },
  { action: 'restart' },
  { action: 'start' },
  { action: 'stop' },
  { action: 'restart', service: 'rpc-server' },
];

const { offered } = combinations();

function stepsOf(combination: Combination): readonly Planned[] {
  const { site, target, name } = combination;
  const { deployment } = target;
  return ACTIONS.flatMap((wish) => {
    const request = { kind: 'action' as const, ...wish, site, deployment, dryRun: false };
    const plan = makePlan(request, target, RELEASE, assumedObservation(target));
    return plan.steps.map((step) => ({ name: `${target.id}, ${name}, ${wish.action}: ${step.id}`, step }));
  });
}

let folder: string;
let planned: readonly Planned[];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'jaws-steps-'));
  planned = offered.flatMap(stepsOf);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A script as lines in which each value is a mark, and the values as the shell will see them. */
function marked(script: Script): { readonly lines: readonly string[]; readonly words: readonly string[] } {
  const words: string[] = [];
  const text = script.parts
    .map((part) => ('text' in part ? part.text : `\0${words.push(revealed({ parts: [part] })) - 1}\0`))
    .join('');
  return { lines: text.split('\n'), words };
}

/**
 * The parts of a script that are subshells of their own, one per owner, each with its shape: all of it but the
 * values. Values are quoted words wherever they stand, so parts that differ in them alone are the same to a shell.
 */
function partsOf(script: Script): readonly { readonly shape: string; readonly text: string }[] {
  const { lines, words } = marked(script);
  const pieces: string[][] = [[]];
  let depth = 0;
  for (const line of lines) {
    if (/^(\{ )?\($/.test(line)) depth += 1;
    if (depth > 0) pieces.at(-1)?.push(line);
    if (/^\)( |$)/.test(line)) depth -= 1;
    if (depth === 0 && (pieces.at(-1)?.length ?? 0) > 0) pieces.push([]);
  }
  const whole = pieces.filter((piece) => piece.length > 0);
  return (whole.length === 0 ? [lines] : whole).map((piece) => ({
    shape: shapeOf(piece),
    text: piece.join('\n').replaceAll(/\0(\d+)\0/g, (_mark, index) => words[Number(index)] ?? ''),
  }));
}

/**
 * Findings that are not about the script: a word or a list of one that the configuration has fixed (SC2194, SC2157,
 * SC2043), a word that happens to be the name of a command (SC2209), and an optional argument that another step
 * gives to the same function (SC2120).
 */
const ACCEPTED = ['SC2194', 'SC2157', 'SC2043', 'SC2209', 'SC2120'];

/** All of a script but its values, and each line that is repeated once. */
function shapeOf(lines: readonly string[]): string {
  return lines
    .map((line) => line.replaceAll(/\0\d+\0/g, '\0').replaceAll(/\0( \0)+/g, '\0 \0'))
    .filter((line, i, all) => line !== all[i - 1])
    .join('\n');
}

test('every step of every plan is a script that shells parse', () => {
  const shapes = new Map<string, Planned>();
  for (const one of planned) shapes.set(shapeOf(marked(one.step.script).lines), one);
  const paths = [...shapes.values()].map(({ name, step }, i) => {
    const path = join(folder, `${i} ${name}`.replaceAll(/[^\w.-]+/g, '-'));
    writeFileSync(path, `${revealed(step.script)}\n`);
    return path;
  });
  expect(paths.length).toBeGreaterThan(50);
  for (const shell of ['sh', 'bash']) expect(unparsed(paths, shell)).toEqual([]);
});

test('every part of every step passes shellcheck', () => {
  const parts = new Map<string, string>();
  for (const { name, step } of planned) {
    for (const { shape, text } of partsOf(step.script)) {
      if (parts.has(shape)) continue;
      const path = join(folder, `part ${parts.size} of ${name}`.replaceAll(/[^\w.-]+/g, '-'));
      writeFileSync(path, `${text}\n`);
      parts.set(shape, path);
    }
  }
  expect(parts.size).toBeGreaterThan(20);
  expect(unchecked([...parts.values()], 'sh', 'warning', ACCEPTED)).toEqual([]);
});

test('no step that changes a site holds a secret, and none of those that look shows one', () => {
  const found = planned.filter(({ step }) => {
    const text = step.kind === 'act' ? revealed(step.script) : masked(step.script);
    return text.includes(`漢`);
  });
  expect(found.map(({ name }) => name)).toEqual([]);
});

test('no step waits for ever, and none ends processes by a name', () => {
  for (const { name, step } of planned) {
    expect(step.timeoutMs, name).toBeGreaterThan(0);
    expect(step.timeoutMs, name).toBeLessThanOrEqual(3_600_000);
    expect(revealed(step.script), name).not.toMatch(/\b(pkill|killall)\b|\bsupervisorctl'? shutdown\b/);
  }
});

test('the same request gives the same plan', () => {
  for (const combination of offered) {
    const { target, site } = combination;
    const request = {
      kind: 'action' as const,
      action: 'deploy' as const,
      site,
      deployment: target.deployment,
      dryRun: false,
    };
    const [one, two] = [1, 2].map(() => makePlan(request, target, RELEASE, assumedObservation(target)).hash);
    expect(one, `${target.id}, ${combination.name}`).toBe(two);
  }
});
