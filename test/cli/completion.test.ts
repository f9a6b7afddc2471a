import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { completions } from '../../src/cli/completion.ts';
import { SHELLS } from '../../src/cli/completion-scripts.ts';
import { createProgram } from '../../src/cli/program.ts';
import { commands } from '../../src/commands/registry.ts';
import { directory } from '../fixtures/directory.ts';

const all = completions(createProgram(), directory);

/** What a real bash offers where the last of these words is being typed. */
function completed(...words: string[]): string[] {
  const script = `${SHELLS.bash(all)}
COMP_WORDS=(jaws-ops "$@"); COMP_CWORD=$#
_jaws_ops; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const args = ['--norc', '--noprofile', '-c', script, 'bash', ...words];
  return execFileSync('bash', args, { encoding: 'utf8' }).split('\n').filter(Boolean);
}

describe('in a bash', () => {
  test.each<[string[], string[]]>([
    [['de'], ['demo', 'deploy'].toSorted()],
    [['deploy', 't'], ['tahoma']],
    [['deploy', 'dev', 'p'], ['perlmutter']],
    [['deploy', 'perlmutter', 'p'], ['prod']],
    [['deploy', 'dev', 'aws', '--la'], ['--launch-tool']],
    [
      ['deploy', '--launch-tool', ''],
      ['supervisor', 'systemd', 'scrontab'],
    ],
    [['deploy', '--reason', ''], []],
    [['deploy', '--dry-run', '--dry'], []],
    [
      ['logs', 'dev', 'aws', 'r'],
      ['run-daemon', 'rpc-server'],
    ],
    [
      ['status', 'a'],
      ['assembly', 'aws', 'all'],
    ],
    [['maintenance', 'mo'], ['move']],
    [['maintenance', 'add', 'p'], ['perlmutter']],
    [
      ['runbook', 'run', 'rest'],
      ['restart-after-maintenance', 'restore-scrontab'],
    ],
    [['config', 'sh'], ['show']],
    [['render', 'dev', 'j'], ['jgi']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish', '--config', '--help'],
    ],
    [['nothing-of-ours', ''], []],
    [
      ['deploy', "it's $(touch /tmp/x)", 'd'],
      ['dev', 'dori'],
    ],
  ])('%j', (words, expected) => {
    expect(completed(...words).toSorted()).toEqual(expected.toSorted());
  });

  test('every command of the registry and of the program is offered', () => {
    const offered = completed('');
    expect(offered).toEqual(all.map(({ name }) => name));
    for (const { name } of commands.filter((command) => command.name !== 'help'))
      expect(offered).toContain(name);
  });
});

test.each(commands.filter(({ name }) => name !== 'help'))(
  '$name has each of its words and flags',
  (command) => {
    const found = all.find(({ name }) => name === command.name);
    const words = command.slots.flatMap((slot) => slot.choices?.(directory) ?? []);
    expect(found?.groups.flat()).toEqual(expect.arrayContaining([...words]));
    expect(found?.options.map(({ name }) => name)).toEqual(
      expect.arrayContaining(
        command.flags.map(({ name, short }) => (short === undefined ? `--${name}` : `-${short}`)),
      ),
    );
  },
);

test('fish is told each command once, and what a quote would break is quoted', () => {
  const lines = SHELLS.fish(all).split('\n');
  expect(lines.filter((line) => line.includes('__fish_use_subcommand -a deploy '))).toHaveLength(1);
  expect(lines).toContain(
    `complete -c jaws-ops -n '__fish_seen_subcommand_from deploy' -a 'dev staging prod'`,
  );
  for (const line of lines) expect(line.replaceAll(/\\./g, '').split("'").length % 2, line).toBe(1);
});
