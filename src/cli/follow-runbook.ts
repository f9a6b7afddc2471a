import type { CommandContext } from '../commands/command.ts';
import { createRunbookDriver } from '../commands/runbook-driver.ts';
import { answerRunbook } from '../commands/runbook-runs.ts';
import { clean } from '../commands/text.ts';
import { STEP_MARKS, STEP_WORDS } from '../commands/wording.ts';
import type { StepStatus } from '../core/run.ts';
import { choicesOf, isRunbookOver, openQuestion, type RunbookRun } from '../runbooks/run.ts';
import { ask, canAsk } from './ask.ts';
import { problemsOf, problemText } from './output.ts';

export interface FollowOptions {
  /** Shows no progress and asks nothing. */
  readonly quiet: boolean;
  /** Answers a question with the choice that stands for yes. */
  readonly yes: boolean;
}

/**
 * Carries a run on from here, also where no bot is running, and shows its steps, until it is over or waits for an
 * answer that nobody here gives.
 */
export async function followRunbook(
  context: CommandContext,
  first: RunbookRun,
  options: FollowOptions,
): Promise<RunbookRun> {
  const { jobs, directory, now } = context;
  const told = new Map<number, StepStatus>();
  const changed = latest(first);
  let asking: { readonly at: number; readonly withdrawn: AbortController } | undefined;
  const unwatch = await jobs.runbooks.watch((run) => {
    if (run.id !== first.id) return;
    changed.put(run);
    // Somebody else has answered, or the run is over.
    if (asking !== undefined && openQuestion(run)?.at !== asking.at) asking.withdrawn.abort();
  });
  const driver = createRunbookDriver({
    jobs,
    directory,
    // What somebody in Slack let go on is carried on by the bot, which knows the groups of that person.
    takes: ({ id, actor }) => id === first.id && actor.via === 'cli',
    warn: ({ reason }) => void process.stderr.write(`${clean(reason)}\n`),
    now,
  });
  try {
    await driver.start();
    for (let run = first; ; run = await changed.next()) {
      if (!options.quiet) tell(run, told);
      if (isRunbookOver(run)) return run;
      const question = openQuestion(run);
      if (question === undefined) continue;
      asking = { at: question.at, withdrawn: new AbortController() };
      if (!(await answered(context, run, options, asking.withdrawn.signal))) return run;
      asking = undefined;
    }
  } finally {
    await driver.close();
    await unwatch();
  }
}

/** False when the question stays open. */
async function answered(
  context: CommandContext,
  run: RunbookRun,
  { quiet, yes }: FollowOptions,
  withdrawn: AbortSignal,
): Promise<boolean> {
  const question = openQuestion(run);
  if (question === undefined) return true;
  const choices = choicesOf(question.step);
  const agreed = choices.findIndex((choice) => choice.yes);
  if (yes && agreed >= 0) return choose(context, run, String(agreed + 1), question.at);
  if (quiet || !canAsk()) return false;
  const list = choices.map(({ label }, i) => `  ${i + 1}  ${label}`).join('\n');
  for (;;) {
    const typed = await ask(clean(`${question.state.title}\n${list}\n> `), withdrawn);
    if (typed === undefined) return withdrawn.aborted;
    try {
      return await choose(context, run, typed.trim(), question.at);
    } catch (error) {
      process.stderr.write(problemText(problemsOf(error)));
    }
  }
}

async function choose(
  context: CommandContext,
  run: RunbookRun,
  choice: string,
  at: number,
): Promise<boolean> {
  await answerRunbook(context, run.id, choice, at);
  return true;
}

/** A line when a step begins, and one when it has ended. */
function tell(run: RunbookRun, told: Map<number, StepStatus>): void {
  run.steps.forEach(({ title, status, detail, step }, i) => {
    if (status === 'pending' || told.get(i) === status) return;
    told.set(i, status);
    if (step.kind === 'question' && status === 'running') return;
    const more = detail === undefined ? '' : `: ${detail}`;
    process.stderr.write(`${clean(`${STEP_MARKS[status]} ${title} – ${STEP_WORDS[status]}${more}`)}\n`);
  });
}

/** Hands the newest run to whoever waits; what was put while nobody waited is there for the next. */
function latest(first: RunbookRun): { put(run: RunbookRun): void; next(): Promise<RunbookRun> } {
  let seen = first.seq;
  let newest = first;
  let wake: () => void = () => undefined;
  return {
    put(run) {
      if (run.seq > newest.seq) newest = run;
      wake();
    },
    async next() {
      while (newest.seq <= seen)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      seen = newest.seq;
      return newest;
    },
  };
}
