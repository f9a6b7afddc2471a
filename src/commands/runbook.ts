import { z } from 'zod';
import { OpsError } from '../core/errors.ts';
import type { Directory, Token } from './command.ts';
import { defineCommand } from './define.ts';
import { DURING_MAINTENANCE, REASON } from './flags.ts';
import { interpret } from './line.ts';
import { requireAnywhere } from './maintenance-windows.ts';
import { answerRunbook, cancelRunbook, runbookNamed, runNamed, runRunbook } from './runbook-runs.ts';
import { questionChoices, runbookList, runbookReport, runReport, runsReport } from './runbook-text.ts';
import { SITE } from './slots.ts';
import { shown, verbOf } from './words.ts';

const VERBS = ['list', 'show', 'run', 'runs', 'answer', 'cancel'] as const;
/** As many as fit one Slack table well. */
const SHOWN_RUNS = 20;

const runId = z
  .string()
  .regex(/^rb-[a-z0-9-]{1,60}$/, 'expected the id of a run, such as rb-20261122-143015-rs7f3k');
const input = z.discriminatedUnion('verb', [
  z.strictObject({ verb: z.literal('list') }),
  z.strictObject({ verb: z.literal('runs') }),
  z.strictObject({ verb: z.literal('show'), name: z.string() }),
  z.strictObject({
    verb: z.literal('run'),
    name: z.string(),
    site: z.string().exactOptional(),
    values: z.record(z.string(), z.string().max(200)).default({}),
    reason: z.string().exactOptional(),
    duringMaintenance: z.string().exactOptional(),
  }),
  z.strictObject({
    verb: z.literal('answer'),
    run: runId,
    choice: z.string().min(1),
    at: z.int().min(0).exactOptional(),
  }),
  z.strictObject({ verb: z.literal('cancel'), run: runId }),
]);

const FLAGS = [REASON, DURING_MAINTENANCE];

const described = defineCommand<z.output<typeof input>>({
  name: 'runbook',
  summary: 'what is done by steps: listed, shown, run with its questions answered by buttons',
  right: 'read',
  slots: [
    {
      name: VERBS.join('|'),
      required: false,
      about:
        'list; show NAME (or a run); run NAME [SITE] [parameter=value]…; runs; answer RUN CHOICE; cancel RUN',
    },
  ],
  flags: FLAGS,
  examples: [
    'runbook list',
    'runbook show restart-after-maintenance',
    'runbook run new-release jgi version=2.5.4',
    'runbook answer rb-20261122-143015-rs7f3k 1',
  ],
  schema: input,
  async run(wish, context) {
    const { directory, jobs } = context;
    switch (wish.verb) {
      case 'list':
        return { kind: 'report', report: runbookList(directory.runbooks) };
      case 'runs':
        return {
          kind: 'report',
          report: runsReport(await jobs.runbooks.list(SHOWN_RUNS), directory.timezone),
        };
      case 'show': {
        if (!wish.name.startsWith('rb-'))
          return { kind: 'report', report: runbookReport(runbookNamed(context, wish.name)) };
        const run = await runNamed(context, wish.name);
        requireAnywhere(context, 'read', run.site);
        return { kind: 'offer', report: runReport(run), choices: questionChoices(run) };
      }
      case 'run':
        return runRunbook(context, wish);
      case 'answer':
        return answerRunbook(context, wish.run, wish.choice, wish.at);
      case 'cancel':
        return cancelRunbook(context, wish.run);
    }
  },
});

/** Runbooks: its words are a verb and what it needs, in this order. */
export const runbook = {
  ...described,
  usage: 'runbook list|show|run|runs|answer|cancel … [--reason "…"] [--during-maintenance "why"]',
  parse: (tokens: readonly Token[], directory: Directory) => described.prepare(read(tokens, directory)),
};

function read(tokens: readonly Token[], directory: Directory): Record<string, unknown> {
  const [first, ...rest] = tokens;
  const verb = verbOf(first, VERBS, 'list');
  const [subject, ...more] = rest;
  switch (verb) {
    case 'run':
      return { verb, ...readRun(rest, directory) };
    case 'answer': {
      const choice = more.map(({ text }) => text).join(' ');
      if (choice === '')
        throw new OpsError('usage.argument', 'CHOICE is missing, expected its number or label');
      return { verb, run: needed('RUN', subject), choice };
    }
    case 'show':
      return { verb, name: needed('NAME', subject).toLowerCase(), ...none(more) };
    case 'cancel':
      return { verb, run: needed('RUN', subject), ...none(more) };
    default:
      return { verb, ...none(rest) };
  }
}

/** `NAME [SITE] [parameter=value]…` and the flags, in any order. */
function readRun(tokens: readonly Token[], directory: Directory): Record<string, unknown> {
  const values: Record<string, string> = {};
  const words: Token[] = [];
  let flagged = false;
  for (const token of tokens) {
    const [, name, value] = /^([a-z][a-z0-9_]*)=(.*)$/s.exec(token.text) ?? [];
    if (name === undefined || value === undefined || flagged) words.push(token);
    else if (name in values) throw new OpsError('usage.argument', `${name} is given twice`);
    else values[name] = value;
    flagged = !token.quoted && /^--[a-z-]+$/.test(token.text);
  }
  const name = {
    name: 'name',
    required: true,
    about: 'the name of a runbook',
    choices: () => directory.runbooks.map((one) => one.name),
  };
  const grammar = { name: 'runbook', slots: [name, { ...SITE, required: false }], flags: FLAGS };
  return { ...interpret(grammar, words, directory), values };
}

function needed(what: string, token: Token | undefined): string {
  if (token !== undefined) return token.text;
  throw new OpsError('usage.argument', `${what} is missing`, {
    next: 'Type `/jaws help runbook` for its arguments.',
  });
}

function none(more: readonly Token[]): Record<string, never> {
  const [first] = more;
  if (first === undefined) return {};
  throw new OpsError('usage.argument', `there is one word too many: ${shown(first.text)}`);
}
