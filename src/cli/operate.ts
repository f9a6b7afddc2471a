import type { Command } from 'commander';
import type { CommandContext, Reply } from '../commands/command.ts';
import { directoryOf } from '../commands/directory.ts';
import { exitOf } from '../commands/outcome.ts';
import { answerWords } from '../commands/parse.ts';
import { commands } from '../commands/registry.ts';
import { renderText } from '../commands/render-text.ts';
import { loadConfig } from '../config/config.ts';
import type { Caller } from '../core/request.ts';
import { isFinal, type RunState } from '../core/run.ts';
import type { Jobs } from '../queue/api.ts';
import { createJobs } from '../queue/jobs.ts';
import { targetsOf } from '../queue/targets.ts';
import { followRunbook } from './follow-runbook.ts';
import { neededSettings } from './needed.ts';
import { FRONT, print, tellProblems } from './output.ts';
import { startBoth } from './processes.ts';
import { createProgress } from './progress.ts';

interface Options {
  readonly json?: boolean;
  readonly wait?: boolean;
  readonly yes?: boolean;
}

/** Every subcommand of `/jaws`, with the same words and the same permissions. */
export function addOperations(program: Command): void {
  for (const command of commands.filter(({ name }) => name !== 'help')) {
    program
      .command(command.name)
      .description(command.summary)
      .usage(command.usage.slice(command.name.length + 1))
      .argument('[words...]')
      .allowUnknownOption()
      .option('--wait', 'follow the job to its end')
      .option('--yes', 'answer confirmations with yes')
      .option('--json', 'one JSON document on stdout')
      .addHelpText('after', explanation(command))
      .action(async (_words: string[], options: Options, self: Command) =>
        command.name === 'start' && self.args.length === 0
          ? startBoth()
          : operate([command.name, ...self.args, ...ownJson(command, options)], options),
      );
  }
}

/** A command that gives more as data than as text has a word for it in Slack; here it is the option. */
function ownJson({ flags }: (typeof commands)[number], { json }: Options): readonly string[] {
  return json === true && flags.some(({ name }) => name === 'json') ? ['--json'] : [];
}

function explanation(command: (typeof commands)[number]): string {
  const flags = command.flags.map(
    (flag) => `  --${flag.name}${flag.value === undefined ? '' : ` ${flag.value}`}  ${flag.about}`,
  );
  const examples = command.examples.map((example) => `  jaws-ops ${example}`);
  const process =
    command.name === 'start'
      ? ['Without a word: runs bot and worker in one process, for small installations.']
      : [];
  return `\n${[...process, ...flags, 'Examples:', ...examples].join('\n')}`;
}

async function operate(words: readonly string[], options: Options): Promise<void> {
  const { redisUrl, configDir, user: name } = neededSettings(['redis']);
  const config = loadConfig(configDir);
  const jobs = createJobs({ redisUrl, targets: targetsOf(config), now: Date.now });
  const caller: Caller = { id: name, name, via: 'cli' };
  const context: CommandContext = { caller, jobs, directory: directoryOf(config), now: Date.now };
  try {
    const reply = await answerWords(words, context);
    const ended = options.wait === true ? await waited(reply, context, options) : reply;
    if (ended.kind === 'problem') tellProblems([ended.problem], options.json === true);
    else print({ text: renderText(ended, Date.now(), FRONT), data: dataOf(ended) }, options.json === true);
    process.exitCode = exitOf(ended);
  } finally {
    await jobs.close();
  }
}

/** What a script gets of an answer. */
function dataOf(reply: Reply): unknown {
  return reply.kind === 'export' ? reply.data : reply;
}

/** The answer at its end, for what goes on. */
async function waited(reply: Reply, context: CommandContext, options: Options): Promise<Reply> {
  if (reply.kind === 'run') return follow(context.jobs, reply.state, options.json === true);
  if (reply.kind !== 'runbook') return reply;
  const run = await followRunbook(context, reply.run, {
    quiet: options.json === true,
    yes: options.yes === true,
  });
  return { ...reply, run };
}

/** Shows the run until it has ended; its last state is asked for once more so that no event is needed to stop. */
async function follow(jobs: Jobs, first: RunState, quiet: boolean): Promise<Reply> {
  const progress = createProgress(process.stderr);
  let unwatch = async () => {};
  const state = await new Promise<RunState>((resolve, reject) => {
    const see = (seen: RunState) => {
      if (seen.jobId !== first.jobId) return;
      if (!quiet) progress.update(seen);
      if (isFinal(seen)) resolve(seen);
    };
    const begin = async () => {
      unwatch = await jobs.watch(see);
      const now = await jobs.find(first.jobId);
      if (now !== undefined) see(now.state);
    };
    begin().catch(reject);
  }).finally(() => progress.close());
  await unwatch();
  return { kind: 'run', state, channel: '' };
}
