import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sh } from '../../src/core/script.ts';
import { STEP_PROCESS } from '../../src/remote/step-process.ts';
import { aFolder, runHere, shellcheck } from '../fixtures/shell.ts';

const kernel = (name: string) => readFileSync(`/proc/sys/kernel/${name}`, 'utf8').trim();
const HERE = { boot: kernel('random/boot_id'), host: kernel('hostname') };
const DAY = 86_400;

let folder: ReturnType<typeof aFolder>;
beforeEach(() => {
  folder = aFolder();
});
afterEach(() => folder.remove());

/** What the site says of the age of a step, in seconds, when its folder has these facts in a file of this date. */
function ageOf(facts: Readonly<Record<string, string | number>>, dated: number): number {
  const words = Object.entries(facts).map(([name, value]) => `${name}=${value}`);
  const file = `${folder.path}/pid`;
  writeFileSync(file, `4711\nstart=1 ${words.join(' ')}\n`);
  utimesSync(file, dated, dated);
  const { stdout } = runHere(sh`dir=${folder.path}
${STEP_PROCESS}
load_run
tell_age
echo "$age"`);
  return Number(stdout);
}

describe('the age of a step', () => {
  const now = () => Math.floor(Date.now() / 1000);
  const up = () => Number(readFileSync('/proc/uptime', 'utf8').split('.')[0]);

  test.each([
    ['forward', -400 * DAY],
    ['back', 400 * DAY],
  ])('is its own when the time of day was set %s at the site', (_, off) => {
    const age = ageOf({ ...HERE, up: up() - 100 }, now() + off);
    expect(age).toBeGreaterThanOrEqual(100);
    expect(age).toBeLessThan(DAY);
  });

  test.each([
    ['on another host of the site', { ...HERE, host: 'login07', up: 1 }],
    ['from before a boot', { ...HERE, boot: 'another', up: 1 }],
    ['whose time since the boot was not kept', HERE],
  ])('%s is told by the date of its file', (_, facts) => {
    const age = ageOf(facts, now() - 10 * DAY);
    expect(age).toBeGreaterThanOrEqual(10 * DAY);
    expect(age).toBeLessThan(11 * DAY);
  });

  test('is never less than nothing', () => {
    expect(ageOf({ ...HERE, host: 'login07' }, now() + DAY)).toBe(0);
  });
});

test('the functions have no fault that shellcheck knows', () => {
  expect(shellcheck(sh`ops=${folder.path}\n${STEP_PROCESS}`)).toBe('');
});
