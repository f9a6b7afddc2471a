import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { installers } from '../../src/installers/index.ts';
import { launchers } from '../../src/launchers/index.ts';
import { combinations } from './combinations.ts';
import { groupFaults, shellFaults, unitFaults } from './faults.ts';
import { type Laid, lay } from './reading.ts';
import { type Summaries, stored, summarize } from './summary.ts';

const { offered, refused, configured } = combinations();
const sites = [...new Set(offered.map(({ site }) => site))];

let root: string;
let laid: readonly Laid[];
let summaries: Summaries;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'jaws-golden-'));
  laid = offered.map((combination, i) => lay(combination, `${root}/${i}`));
  summaries = summarize(laid, refused);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** What is wrong with files, as `combination: path`, for all of those that a question is true of. */
function filesThat(isWrong: (file: Laid['files'][number], one: Laid) => boolean): readonly string[] {
  return laid.flatMap((one) =>
    one.files
      .filter((file) => isWrong(file, one))
      .map(({ path }) => `${one.combination.target.id}, ${one.combination.name}: ${path}`),
  );
}

test('each site offers its own tools in every deployment, and each tool is offered somewhere', () => {
  expect(sites).toHaveLength(7);
  const own = offered.filter((one) => one.own).map(({ site, deployment }) => `${site}-${deployment}`);
  expect(own).toEqual(configured);
  for (const tool of Object.keys(launchers)) expect(offered.map((one) => one.launchTool)).toContain(tool);
  for (const method of Object.keys(installers))
    expect(offered.map((one) => one.installMethod)).toContain(method);
});

test('a combination that is not offered says why, and what would be accepted', () => {
  for (const { reason } of refused) expect(reason).toMatch(/expected|needs|cannot|only|watches|and /);
});

test.each(sites)('the files of %s mean what is stored (to change it: npm run golden, git diff)', (site) => {
  expect(JSON.parse(JSON.stringify(summaries[site]))).toEqual(stored(site));
});

test('every shell file begins with a shebang that sites know, parses, and passes shellcheck', () => {
  expect(shellFaults(laid)).toEqual([]);
});

test('every member of a group has its program, and every command is a file that is written executable', () => {
  expect(groupFaults(laid)).toEqual([]);
});

test('every unit passes systemd-analyze verify, and starts a file that is written executable', () => {
  expect(unitFaults(laid, root)).toEqual([]);
});

test('secrets are in files that only their owner may open, and in no other file', () => {
  const values = Object.values(offered[0]?.target.env.secrets ?? {}).map((secret) => secret.reveal());
  expect(values.length).toBeGreaterThan(5);
  expect(
    filesThat(({ content, mode }) => content instanceof Secret && ![0o600, 0o700].includes(mode)),
  ).toEqual([]);
  const open = filesThat(
    ({ content, text }) => !(content instanceof Secret) && values.some((value) => text.includes(value)),
  );
  expect(open).toEqual([]);
});

test('files go to absolute paths of their own target or to the home of its account', () => {
  const astray = filesThat(
    ({ path }, { combination }) =>
      !path.startsWith(`${combination.target.paths.install}/`) && !path.startsWith('~/'),
  );
  expect(astray).toEqual([]);
});

test('nothing is left of a template, and nothing undefined came through', () => {
  const leftover = /\{\{|\}\}|\{version\}|\{registry\}|\bundefined\b|\[object |\bNaN\b|\$\{JAWS_/;
  expect(filesThat(({ text }) => leftover.test(text))).toEqual([]);
  expect(filesThat(({ text }) => !text.endsWith('\n'))).toEqual([]);
});
