import { describe, expect, test } from 'vitest';
import { fieldAtFault, fieldsOf, formCommands, inputOf } from '../../src/commands/form.ts';
import { commands } from '../../src/commands/registry.ts';
import { alice, directory, reader, stranger } from '../fixtures/directory.ts';

const named = (name: string) => {
  const command = commands.find((each) => each.name === name);
  if (command === undefined) throw new Error(name);
  return command;
};
const deploy = fieldsOf(named('deploy'), {}, alice, directory);

describe('the commands on offer', () => {
  const names = (caller: typeof alice) => formCommands(commands, caller, directory).map(({ name }) => name);

  test('are those that can be filled in without an id and that the caller may use', () => {
    expect(names(alice)).toContain('deploy');
    expect(names(alice)).not.toContain('approve');
    expect(names(reader)).toContain('status');
    expect(names(reader)).not.toContain('deploy');
    expect(names(stranger)).toEqual([]);
  });

  test.each(formCommands(commands, alice, directory).map((command) => [command.name, command] as const))(
    '%s is understood with the first choice of everything that is needed',
    (_, command) => {
      const fields = fieldsOf(command, {}, alice, directory);
      const filled = Object.fromEntries(
        fields.filter(({ required }) => required).map(({ key, options }) => [key, options[0] ?? 'x']),
      );
      const result = inputOf(fields, filled);
      if (!('input' in result)) throw new Error(JSON.stringify(result));
      expect(command.prepare(result.input).command).toBe(command.name);
    },
  );
});

describe('the fields', () => {
  test('offer only where the caller has the right', () => {
    const only = {
      ...directory,
      may: (_: unknown, __: unknown, site: string, name: string) => site === 'jgi' && name === 'dev',
    };
    const fields = fieldsOf(named('deploy'), {}, alice, only);
    expect(fields.slice(0, 2).map(({ options }) => options)).toEqual([['dev'], ['jgi']]);
    const elsewhere = fieldsOf(named('deploy'), { site: 'aws' }, alice, only);
    expect(elsewhere[0]?.options).toEqual([]);
  });

  test('have one fault each for all that is wrong', () => {
    const filled = { deployment: 'dev', version: 'latest', launchTool: 'cron', reason: 'x'.repeat(400) };
    expect(inputOf(deploy, filled)).toEqual({
      faults: {
        site: 'is needed',
        version: expect.stringContaining('names an environment'),
        launchTool: 'expected one of supervisor, systemd, scrontab',
        reason: expect.stringContaining('400 characters'),
      },
    });
  });

  test('leave out what is empty or switched off', () => {
    const filled = { site: 'aws', deployment: 'dev', version: '  ', dryRun: false, reason: ' why ' };
    expect(inputOf(deploy, filled)).toEqual({ input: { site: 'aws', deployment: 'dev', reason: 'why' } });
  });

  test.each([
    ['--reason is too long', 'reason'],
    ['VERSION: got "x"', 'version'],
    ['aws is in maintenance', 'deployment'],
  ])('a refusal "%s" is told at %s', (message, key) => {
    expect(fieldAtFault(deploy, message, named('deploy'))).toBe(key);
  });
});
