import { createInterface } from 'node:readline/promises';
import { openQuestion } from '../runbooks/run.ts';
import { channelText } from './channel-text.ts';
import { type DemoPage, startPage } from './page/server.ts';
import { APPROVER, namesOf, PEOPLE, type Product, ROLES, startProduct } from './product.ts';
import { play } from './scenes/index.ts';
import { type Outcome, runbookShown, typed, withoutSlash } from './typed.ts';

export interface DemoOptions {
  /** Folder of the sandbox. */
  readonly dir: string;
  /** Commands to run in turn without a terminal; a prompt when there is none. */
  readonly once: readonly string[];
}

/**
 * The demo: everything of the product on this machine. Ends with 0 when every command given with `--once`
 * succeeded, else 1; at the prompt always 0.
 * @throws OpsError system.part, sandbox.running
 */
export async function runDemo({ dir, once }: DemoOptions): Promise<number> {
  const interrupted = new Promise<number>((resolve) => {
    const code = once.length > 0 ? 1 : 0;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve(code));
  });
  const say = (text: string) => process.stderr.write(`${text}\n`);
  say('starting seven sites, Redis, Slack, bot and worker …');
  const product = await startProduct({ dir });
  say(`ready: sandbox in ${dir}, log in ${product.logFile}`);
  let page: DemoPage | undefined;
  try {
    if (once.length > 0) return await Promise.race([runOnce(product, once), interrupted]);
    page = await startPage({ slack: product.slack, people: ROLES });
    return await Promise.race([runPrompt(product, page.url, interrupted), interrupted]);
  } finally {
    await page?.close();
    await product.close();
  }
}

/** Runs the commands one after another and prints what the channel and the caller see in the end. */
async function runOnce(product: Product, commands: readonly string[]): Promise<number> {
  let failed = 0;
  for (const text of commands) {
    process.stdout.write(`\n> ${text}\n`);
    const played = await play(product, withoutSlash(text), printLine);
    if (played !== undefined) {
      if (!played) failed += 1;
      continue;
    }
    let outcome: Outcome | undefined = await typed(product, text, undefined, APPROVER);
    while (outcome !== undefined) {
      printLine(outcome.shown);
      const answered: Outcome | undefined = await agreed(product, outcome);
      if (answered === undefined && !outcome.succeeded) failed += 1;
      outcome = answered;
    }
  }
  return failed === 0 ? 0 : 1;
}

const printLine = (text: string) => process.stdout.write(`${text}\n`);
/** Presses the button that stands for yes where a runbook asks; undefined where none does. */
async function agreed(product: Product, { run, message }: Outcome): Promise<Outcome | undefined> {
  const question = run === undefined ? undefined : openQuestion(run);
  const yes = question?.step.choices.find((choice) => choice.yes);
  if (run === undefined || message === undefined || yes === undefined) return undefined;
  process.stdout.write(`\n> ${PEOPLE[0]} presses [ ${yes.label} ]\n`);
  await (await product.slack.click(message, yes.label)).first;
  return runbookShown(product, run.id, APPROVER);
}

/** A prompt that takes `/jaws …` and shows the channels as they change, until its input ends or it is interrupted. */
async function runPrompt(product: Product, pageUrl: string, interrupted: Promise<number>): Promise<number> {
  const { slack } = product;
  const people = namesOf(product);
  const names = new Map(Object.entries(slack.channels).map(([name, id]) => [id, name]));
  let playing = false;
  const stopShowing = slack.onMessage(({ kind, message }) => {
    if (playing) return;
    const thread = message.threadTs === undefined ? '' : ', in the thread';
    const where = `#${names.get(message.channel) ?? message.channel}${thread}`;
    process.stdout.write(
      `\n── ${where} (${kind}) ──\n${channelText(message.blocks, people) || message.text}\n`,
    );
  });
  process.stdout.write(`In a browser: the channels at ${pageUrl}, the status board at ${slack.botUrl}/\n`);
  process.stdout.write(
    `Type /jaws help, /jaws deploy dev aws or /jaws status; "${APPROVER}: /jaws approve JOB" is typed by ${APPROVER}. Ctrl-D or Ctrl-C ends.\n`,
  );
  const prompt = createInterface({ input: process.stdin, output: process.stdout, prompt: `${PEOPLE[0]}> ` });
  prompt.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  // An open prompt reads on from the terminal, and the process would stay for that.
  void interrupted.then(() => prompt.close());
  prompt.prompt();
  for await (const line of prompt) {
    const played = play(product, withoutSlash(line), printLine);
    if (played !== undefined) {
      playing = true;
      await played;
      playing = false;
    } else if (line.trim() !== '') {
      const { user, text } = spoken(line);
      const delivered = await slack.command({ text: withoutSlash(text), user });
      const reply = await delivered.first;
      process.stdout.write(`${channelText(reply.blocks, people) || reply.text}\n`);
    }
    prompt.prompt();
  }
  stopShowing();
  return 0;
}

/** Who types a line of the prompt: `grace: /jaws approve JOB` is typed by grace, anything else by the first person. */
function spoken(line: string): { readonly user: string; readonly text: string } {
  const [, name, text] = /^\s*(\w+):\s*(.*)$/.exec(line) ?? [];
  const user = PEOPLE.find((person) => person === name);
  return user === undefined || text === undefined ? { user: PEOPLE[0], text: line } : { user, text };
}
