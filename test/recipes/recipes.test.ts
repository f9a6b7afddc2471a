import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { INSTALL_METHOD, LAUNCH_TOOL, SUBCOMMAND } from './pieces.ts';

// The recipes of CONTRIBUTING.md, followed in a copy of the project: files added, and one line in each registry.

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

let copy: string;
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'jaws-recipes-'));
  for (const part of ['src', 'config', 'templates', 'package.json', 'tsconfig.json'])
    cpSync(join(PROJECT, part), join(copy, part), { recursive: true });
  symlinkSync(join(PROJECT, 'node_modules'), join(copy, 'node_modules'));

  const aws = readFileSync(join(copy, 'config/sites/aws.yaml'), 'utf8');
  const changes = [
    ['title: AWS', 'title: Mars'],
    ['#jaws-aws', '#jaws-mars'],
    ['jaws-aws.invalid', 'jaws-mars.invalid'],
  ] as const;
  add(
    'config/sites/mars.yaml',
    changes.reduce((text, [from, to]) => text.replace(from, to), aws),
  );
  add('src/launchers/background.ts', LAUNCH_TOOL);
  oneLine('src/launchers/index.ts', 'background', './background.ts', /(launchers: [^=]*= \{)/);
  add('src/installers/given.ts', INSTALL_METHOD);
  oneLine('src/installers/index.ts', 'given', './given.ts', /(installers: [^=]*= \{)/);
  add('src/commands/channel.ts', SUBCOMMAND);
  oneLine('src/commands/registry.ts', 'channel', './channel.ts', /(operations: [^=]*= \[)/);
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

function add(path: string, text: string): void {
  writeFileSync(join(copy, path), text, { flag: 'wx' });
}

/** Names something in a registry, and imports it. */
function oneLine(path: string, name: string, from: string, list: RegExp): void {
  const text = readFileSync(join(copy, path), 'utf8');
  if (!list.test(text)) throw new Error(`${path}: there is no list like ${list}`);
  writeFileSync(
    join(copy, path),
    `import { ${name} } from '${from}';\n${text.replace(list, (start) => `${start} ${name}, `)}`,
  );
}

function cli(...args: string[]): { code: number | null; text: string } {
  const ended = spawnSync(process.execPath, ['--import', 'tsx', 'src/cli.ts', ...args], {
    cwd: copy,
    encoding: 'utf8',
    env: { ...process.env, JAWS_OPS_CONFIG: join(copy, 'config') },
  });
  return { code: ended.status, text: `${ended.stdout}${ended.stderr}` };
}

test('all of it compiles, and nothing else had to be changed', () => {
  const { stdout, status } = spawnSync('npx', ['tsc', '-p', 'tsconfig.json'], {
    cwd: copy,
    encoding: 'utf8',
  });
  expect(stdout).toBe('');
  expect(status).toBe(0);
});

test('a site is one file: configuration, render and plan know it', () => {
  const checked = cli('config', 'check');
  expect(checked, checked.text).toMatchObject({ code: 0 });
  expect(cli('config', 'show', 'dev', 'mars').text).toContain('/home/ec2-user/jaws-install/mars-dev');
  const out = join(copy, 'out');
  const rendered = cli('render', 'dev', 'mars', '--placeholders', '--out', out);
  expect(rendered, rendered.text).toMatchObject({ code: 0 });
  expect(readdirSync(join(out, 'home/ec2-user/jaws-install/mars-dev/bin'))).toContain('rpc-server');
});

test('a launch tool and an install method are a file and a line each: flags, schema, render and plan know them', () => {
  const tools = ['--launch-tool', 'background', '--install-method', 'given'];
  expect(cli('render', '--help').text).toMatch(/"supervisor".*"background"|"background".*"supervisor"/s);
  const planned = cli('plan', 'dev', 'mars', ...tools);
  expect(planned, planned.text).toMatchObject({ code: 0 });
  expect(planned.text).toContain('nohup /home/ec2-user/jaws-install/mars-dev/bin/run-daemon');
  expect(planned.text).toContain('ln -sfn /home/ec2-user/jaws-install/mars-dev/venvs/2.5.4');

  const mars = join(copy, 'config/sites/mars.yaml');
  const before = readFileSync(mars, 'utf8');
  writeFileSync(mars, before.replace('kind: supervisor', 'kind: background\n  nice: 99'));
  const wrong = cli('config', 'check');
  expect(wrong.code).toBe(2);
  expect(wrong.text).toContain('launcher.nice');
  writeFileSync(mars, before.replace('kind: supervisor', 'kind: background\n  nice: 5'));
  expect(cli('config', 'check')).toMatchObject({ code: 0 });
  writeFileSync(mars, before);
});

test('a subcommand is a file and a line: the command line has it, with its words', () => {
  expect(cli('--help').text).toMatch(/^ +channel\b.*$/m);
  expect(cli('channel', '--help').text).toContain('where a site is talked about');
});
