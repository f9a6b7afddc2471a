import { z } from 'zod';
import { LOOKS } from '../core/look.ts';
import { ACTIONS, type Action } from '../core/request.ts';
import { SERVICES } from '../core/service.ts';

const text = (most: number) => z.string().min(1).max(most);
const line = (most: number) => text(most).regex(/^[^\n\r]*$/, 'expected one line');

/** Actions a step can name: every one of ours; a command has its own kind of step. */
export const RUNBOOK_ACTIONS = ACTIONS.filter(
  (action): action is Exclude<Action, 'command'> => action !== 'command',
);
/** Looks a step can name: `status`, and every question but a command and a plan: steps of their own do what they show. */
export const RUNBOOK_LOOKS = [
  'status',
  ...LOOKS.filter((look) => look !== 'command' && look !== 'plan'),
] as const;

/** Names that a command finds set without anybody giving them. */
const RESERVED = ['site', 'deployment', 'install', 'code', 'name', 'file'];

const parameterSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,30}$/, 'expected a name of a-z, 0-9 and _')
    .refine((name) => name === 'deployment' || !RESERVED.includes(name), {
      error: `expected another name than ${RESERVED.filter((name) => name !== 'deployment').join(', ')}`,
    })
    .describe('Name; `{{name}}` in texts, `$name` in commands'),
  about: line(200).describe('What it is'),
  choices: z.array(line(60)).min(1).optional().describe('The values it can have'),
  pattern: z
    .string()
    .refine(isPattern, { error: 'expected a regular expression' })
    .optional()
    .describe('A regular expression that the whole value matches'),
  default: line(200).optional().describe('Its value when nobody gives one'),
});

const deployments = z
  .union([z.literal('intended'), z.array(line(60)).min(1)], {
    error: 'expected intended, or a list of deployments',
  })
  .describe('Done for each of these, one after another; `intended`: those on record as meant to be up');

const common = {
  title: line(120).optional().describe('What is done, for people; made from the step when absent'),
  onFailure: z
    .enum(['stop', 'continue', 'note'])
    .optional()
    .describe(
      'What its failure means: the end of the run (when absent), a run that goes on and has failed in the end, or a warning',
    ),
};

export const actionStepSchema = z.strictObject({
  ...common,
  action: z.enum(RUNBOOK_ACTIONS).describe('An action, done as a job of its own'),
  deployments: deployments.optional(),
  version: line(80).optional().describe('Of a deploy; `intended` is the one on record as meant to be live'),
  service: z
    .enum(SERVICES.map((service) => service.name))
    .optional()
    .describe('One service; all when absent'),
  only: z.literal('down').optional().describe('Done only where not every service runs'),
});

export const lookStepSchema = z.strictObject({
  ...common,
  look: z
    .enum(RUNBOOK_LOOKS)
    .describe('A question to the site; a failure among what it finds is its failure'),
  deployments: deployments.optional(),
  words: z
    .record(line(40), line(200))
    .default({})
    .describe('The look’s own words, e.g. `{service: rpc-server}`'),
});

export const commandStepSchema = z.strictObject({
  ...common,
  command: text(8_000).describe(
    'A POSIX shell command at the site; parameters, `$site`, `$deployment` and `$install` are set',
  ),
  changes: z
    .boolean()
    .describe('false: a look; true: done as an action is, detached, behind the lock, at most once'),
  verify: text(4_000)
    .optional()
    .describe('Of one that changes something: ends with 0 when it has had its effect'),
  deployments: deployments.optional(),
  shell: z.enum(['sh', 'login']).default('sh').describe('`login` where the account’s profile matters'),
  timeoutSec: z.int().min(1).max(3600).default(60).describe('Time limit of one that changes something'),
});

export const questionStepSchema = z.strictObject({
  ...common,
  question: text(1_000).describe('What a person decides; the run waits for it'),
  choices: z
    .array(
      z.strictObject({
        label: line(60).describe('Text of its button'),
        set: z.record(z.string(), z.string().max(200)).default({}).describe('Parameters it sets'),
        end: z.enum(['succeeded', 'cancelled']).optional().describe('The run ends with it'),
        yes: z.boolean().default(false).describe('What `--yes` chooses'),
      }),
    )
    .min(1)
    .max(10)
    .describe('What can be chosen; ending the run can be chosen always'),
});

export const linkStepSchema = z.strictObject({
  ...common,
  link: line(500).describe('Whom to ask or where to read: an address or a Slack channel'),
});

/** The kinds of steps by the key that tells them apart. */
export const STEP_SCHEMAS = {
  action: actionStepSchema,
  look: lookStepSchema,
  command: commandStepSchema,
  question: questionStepSchema,
  link: linkStepSchema,
} as const;
export type StepKind = keyof typeof STEP_SCHEMAS;

/** What a runbook's file holds beside its steps. */
export const runbookHeadSchema = z.strictObject({
  title: line(120).describe('What it does, in a few words'),
  purpose: text(1_000).describe('When it is used and what it leaves behind'),
  sites: z.array(z.string().min(1)).min(1).optional().describe('Sites it can run at; all when absent'),
  parameters: z.array(parameterSchema).default([]).describe('Values that whoever runs it gives'),
  steps: z.array(z.unknown()).min(1).max(50).describe('What is done, in this order'),
});

/** `runbooks/<name>.yaml`, for the reference and for editors. */
export const runbookSchema = runbookHeadSchema.extend({
  steps: z
    .array(z.union([actionStepSchema, lookStepSchema, commandStepSchema, questionStepSchema, linkStepSchema]))
    .min(1)
    .max(50)
    .describe('What is done, in this order'),
});

function isPattern(source: string): boolean {
  try {
    return new RegExp(`^(?:${source})$`) instanceof RegExp;
  } catch {
    return false;
  }
}
