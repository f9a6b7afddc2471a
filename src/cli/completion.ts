import type { Option, Command as ProgramCommand } from 'commander';

import type { Directory } from '../commands/command.ts';
import { directoryOf } from '../commands/directory.ts';
import { commands } from '../commands/registry.ts';
import { loadConfig } from '../config/config.ts';
import { configDir } from '../config/settings.ts';
import { OpsError } from '../core/errors.ts';
import { type Completed, type Completion, SHELLS, type Shell } from './completion-scripts.ts';

/** `completion SHELL`: prints what a shell needs to complete the words of this program. */
export function addCompletion(program: ProgramCommand): void {
  program
    .command('completion <shell>')
    .description(
      `print the completion of ${Object.keys(SHELLS).join(', ')}: commands, sites, services, flags`,
    )
    .option('--config <dir>', 'configuration folder whose sites are completed')
    .addHelpText(
      'after',
      `
For this shell: source <(jaws-ops completion bash)
For every one:  jaws-ops completion bash >~/.local/share/bash-completion/completions/jaws-ops
                jaws-ops completion zsh >"\${fpath[1]}/_jaws-ops"
                jaws-ops completion fish >~/.config/fish/completions/jaws-ops.fish
Sites are those of the configuration at that time: print it again when a site was added.`,
    )
    .action((shell: string, { config }: { config?: string }) => {
      if (!isShell(shell))
        throw new OpsError('usage.argument', `got "${shell}", expected ${Object.keys(SHELLS).join(' | ')}`, {
          next: '`jaws-ops completion --help` tells where to put it.',
        });
      const directory = directoryOf(loadConfig(configDir(process.env, config)));
      process.stdout.write(SHELLS[shell](completions(program, directory)));
    });
}

function isShell(shell: string): shell is Shell {
  return Object.hasOwn(SHELLS, shell);
}

/** Everything that can be completed: the program's own commands, and those of the registry with their words. */
export function completions(program: ProgramCommand, directory: Directory): readonly Completion[] {
  return program.commands.map((command) => {
    const known = commands.find(({ name }) => name === command.name());
    const flags = (known?.flags ?? []).map(
      ({ name, short, about, value, choices }): Completed => ({
        name: short === undefined ? `--${name}` : `-${short}`,
        about,
        ...(value === undefined ? {} : { values: choices ?? [] }),
      }),
    );
    return {
      name: command.name(),
      about: known?.summary ?? command.description(),
      groups: groupsOf(command, known, directory).filter((group) => group.length > 0),
      options: [...flags, ...[...command.options, ...subOptions(command)].flatMap(optionOf), HELP],
    };
  });
}

const HELP: Completed = { name: '--help', about: 'what can be typed' };

function groupsOf(
  command: ProgramCommand,
  known: (typeof commands)[number] | undefined,
  directory: Directory,
): readonly (readonly string[])[] {
  if (known === undefined) {
    const subcommands = command.commands.map((sub) => sub.name());
    const named = [command, ...command.commands].flatMap(({ registeredArguments }) =>
      registeredArguments.map((argument) => argument.name()),
    );
    const words: Readonly<Record<string, readonly string[]>> = {
      deployment: directory.deployments,
      site: directory.sites,
      shell: Object.keys(SHELLS),
    };
    return [subcommands, ...[...new Set(named)].map((name) => words[name] ?? [])];
  }
  const slots = known.slots.map(({ name, choices, extra = [] }) =>
    // A slot of verbs names them itself.
    choices === undefined && name.includes('|')
      ? name.split('|')
      : [...(choices?.(directory) ?? []), ...extra],
  );
  const hasVerbs = known.slots.some(({ name }) => name.includes('|'));
  // After its verb a command with several takes what its page describes, most often a site.
  const more = hasVerbs && !known.slots.some(({ name }) => name === 'site') ? [directory.sites] : [];
  const runbooks = known.name === 'runbook' ? [directory.runbooks.map(({ name }) => name)] : [];
  return [...slots, ...more, ...runbooks];
}

function subOptions(command: ProgramCommand): readonly Option[] {
  const seen = new Set<string>();
  return command.commands
    .flatMap(({ options }) => options)
    .filter(({ flags }) => !seen.has(flags) && seen.add(flags) !== undefined);
}

function optionOf(option: Option): Completed[] {
  if (option.long === undefined || option.long === null) return [];
  const takes = option.required || option.optional;
  return [
    {
      name: option.long,
      about: option.description,
      ...(takes ? { values: option.argChoices ?? [] } : {}),
    },
  ];
}
