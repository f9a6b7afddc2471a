import type { Command as CliCommand } from 'commander';
import { createProgram } from '../src/cli/program.ts';
import type { Command, Reply } from '../src/commands/command.ts';
import { directoryOf } from '../src/commands/directory.ts';
import { commands } from '../src/commands/registry.ts';
import { loadConfig } from '../src/config/config.ts';
import { code, table } from '../src/config/markdown.ts';
import { RIGHTS, type Right } from '../src/config/policy.ts';
import { configDir } from '../src/config/settings.ts';

/** What each right is for. A command tells the least one; some of what it can do takes more. */
const RIGHT_MEANINGS: Readonly<Record<Right, string>> = {
  read: 'look: status, logs, history, questions to a site',
  operate: 'start, stop, restart, clean up, lock, run what restarts services',
  deploy: 'replace what is deployed: deploy, roll back, retry; override a maintenance',
  approve: 'be the second person where the policy wants one',
};

/** What a script finds in an answer, beside its `kind`. */
const KIND_MEANINGS: Readonly<Record<Exclude<Reply['kind'], 'help' | 'export' | 'problem'>, string>> = {
  run: '`state`: the run of a job, with `jobId`, `status`, `steps`, `problem`; at its end with `--wait`',
  runbook:
    '`run`: the run of a runbook, with `id`, `status`, `steps`; at its end, or its question, with `--wait`',
  busy: '`job`: the one that the target is busy with',
  status: '`targets`: each with `site`, `deployment`, `condition`, `services`, `version`',
  jobs: '`jobs`: each with its `state`',
  report: '`report`: `title` and, where there are any, `findings`, `tables`, `text`, `problem`',
  offer: '`report`, and `choices`: the commands that may follow',
  text: '`text`',
};

/** The reference of the commands, of Slack and of the terminal. */
export function commandsPage(): { readonly path: string; readonly text: string } {
  const own = createProgram()
    .commands.filter((command) => !commands.some(({ name }) => name === command.name()))
    .flatMap(leavesOf);
  const text = `<!-- Generated from src/commands and src/cli by \`npm run docs\`. Change it there. -->

# Commands

In Slack each begins with \`/jaws\`; on the command line with \`jaws-ops\`, in a clone with \`npm run -s cli --\`. The
words are the same. Site and deployment may come in either order and any case, and a near miss gets a suggestion.
\`/jaws\` alone opens a form. \`/jaws help COMMAND\` says the same as this page, and offers only what the caller may do.

## Rights

\`config/policy.yaml\` gives them; what it does not give is refused. No right includes another.

${table(
  ['right', 'allows to'],
  RIGHTS.map((right) => [code(right), RIGHT_MEANINGS[right]]),
)}

## In Slack and on the command line

${table(
  ['command', 'right', 'does'],
  commands.map((command) => [
    `[\`${command.name}\`](#${command.name})`,
    command.right ?? '',
    command.summary,
  ]),
)}

${commands.map(commandSection).join('\n\n')}

## On the command line alone

\`--wait\` follows a job or the run of a runbook to its end, and \`--yes\` answers its questions with yes. The operator
is \`JAWS_OPS_USER\`, else the login name, and needs the same rights (\`cli:\` in the policy). Exit codes:
[errors.md](errors.md#exit-codes-of-jaws-ops).

### --json

Every command but those that stay up, and \`completion\`, then writes one JSON document on stdout and everything else on
stderr, with the exit code that it has without. Of the commands above it is the answer itself; its \`kind\` says which one:

${table(
  ['kind', 'holds'],
  Object.entries(KIND_MEANINGS).map(([kind, meaning]) => [code(kind), meaning]),
)}

\`history --audit\` gives its entries alone, as a list. Whatever goes wrong, also with the words, is
\`{"problems": [{"code", "message", "next"}]}\`; the codes are those of [errors.md](errors.md).

${own.map(({ path, command }) => cliSection(path, command)).join('\n\n')}
`;
  return { path: 'docs/commands.md', text };
}

function commandSection(command: Command): string {
  const directory = directoryOf(loadConfig(configDir({})));
  const words = [
    ...command.slots.map((slot) => [
      code(
        slot.name === slot.name.toLowerCase() && slot.name.includes('|')
          ? slot.name
          : slot.name.toUpperCase(),
      ),
      withChoices(slot.about, slot.name === 'command' ? [] : (slot.choices?.(directory) ?? [])),
    ]),
    ...command.flags.map((flag) => [
      code(
        [
          flag.short === undefined ? `--${flag.name}` : `-${flag.short}`,
          ...(flag.value === undefined ? [] : [flag.value]),
        ].join(' '),
      ),
      withChoices(flag.about, flag.choices ?? []),
    ]),
  ];
  return [
    `### ${command.name}`,
    `${sentence(command.summary)} ${command.right === undefined ? 'For everybody.' : `Right: ${code(command.right)}.`}`,
    fenced([`/jaws ${command.usage}`]),
    ...(words.length === 0 ? [] : [table(['word', 'meaning'], words)]),
    fenced(command.examples.map((example) => `/jaws ${example}`)),
  ].join('\n\n');
}

/** A command without subcommands, with the words that lead to it. */
interface Leaf {
  readonly path: string;
  readonly command: CliCommand;
}

function leavesOf(command: CliCommand): readonly Leaf[] {
  if (command.commands.length === 0) return [{ path: command.name(), command }];
  return command.commands
    .flatMap(leavesOf)
    .map((leaf) => ({ ...leaf, path: `${command.name()} ${leaf.path}` }));
}

function cliSection(path: string, command: CliCommand): string {
  const words = command.registeredArguments.map((word) =>
    word.required ? word.name().toUpperCase() : `[${word.name().toUpperCase()}]`,
  );
  const demanded = command.options
    .filter((option) => option.mandatory)
    .map((option) => `${option.long ?? ''} ${option.flags.replace(/^.*<(.*)>$/, '$1').toUpperCase()}`);
  const options = command.options.map((option) => [
    code(option.flags),
    withChoices(option.description, option.argChoices ?? []),
  ]);
  return [
    `### ${path}`,
    sentence(command.description()),
    fenced([['jaws-ops', path, ...words, ...demanded].join(' ')]),
    ...(options.length === 0 ? [] : [table(['option', 'meaning'], options)]),
  ].join('\n\n');
}

function withChoices(about: string, choices: readonly string[]): string {
  return choices.length === 0 ? about : `${about}: ${choices.map(code).join(', ')}`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function fenced(lines: readonly string[]): string {
  return ['```text', ...lines, '```'].join('\n');
}
