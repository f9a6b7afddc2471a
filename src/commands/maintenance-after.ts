import { OpsError } from '../core/errors.ts';
import { downAgainst } from '../core/intention.ts';
import type { ActionRequest } from '../core/request.ts';
import { DEPLOYMENTS, type Deployment } from '../core/target.ts';
import { zoned } from '../core/zone.ts';
import type { CommandContext, Reply } from './command.ts';
import { requireAnywhere } from './maintenance-windows.ts';
import { refusal } from './rights.ts';
import { submit } from './submit.ts';

const STATUS_TIMEOUT_MS = 60_000;

/** Starts every deployment of a site that should be up and is not, and has the result told in the channel. */
export async function resume(context: CommandContext, site: string): Promise<Reply> {
  const { directory, caller, jobs, now } = context;
  const down = await downAt(context, site);
  const mine = down.filter((deployment) => directory.may(caller, 'operate', site, deployment));
  const [first] = mine;
  if (first === undefined) {
    if (down.length > 0)
      throw refusal(context, 'operate', {
        sites: [site],
        deployments: down,
        where: `${down.join(', ')} at ${site}`,
      });
    return { kind: 'text', text: `Everything that should be up at ${site} is up.` };
  }
  const lines: string[] = [];
  for (const deployment of mine) {
    const reply = await submit(context, startOf(site, deployment));
    if (reply.kind === 'run') lines.push(`${deployment}: started by job ${reply.state.jobId}`);
    else if (reply.kind === 'busy')
      lines.push(`${deployment}: job ${reply.job.state.jobId} is at it already`);
  }
  await jobs.windows.followUp({ kind: 'report', site, at: now(), by: caller.name });
  const left = down.filter((deployment) => !mine.includes(deployment));
  return {
    kind: 'text',
    text: [
      `Starting what should be up at ${site}, shown in ${directory.channel(site)}:`,
      ...lines.map((line) => `• ${line}`),
      ...left.map((deployment) => `• ${deployment}: left alone, you may not operate it`),
    ].join('\n'),
  };
}

/** Offers each deployment that should be up and is not on its own. */
export async function chooseStarts(context: CommandContext, site: string): Promise<Reply> {
  requireAnywhere(context, 'operate', site);
  const down = await downAt(context, site);
  if (down.length === 0) return { kind: 'text', text: `Everything that should be up at ${site} is up.` };
  return {
    kind: 'offer',
    report: { title: `Down at ${site} and meant to be up: ${down.join(', ')}` },
    choices: down.map((deployment) => ({
      label: `Start ${deployment}`,
      line: `start ${deployment} ${site}`,
      command: 'start',
      input: { site, deployment, dryRun: false },
    })),
  };
}

/** Has it told again later what is down. */
export async function snooze(context: CommandContext, site: string, minutes: number): Promise<Reply> {
  requireAnywhere(context, 'operate', site);
  const { jobs, directory, caller, now } = context;
  const at = now() + minutes * 60_000;
  await jobs.windows.followUp({ kind: 'offer', site, at, by: caller.name });
  return {
    kind: 'text',
    text: `What is down at ${site} is told again at ${zoned(at, directory.timezone(site))}.`,
  };
}

function startOf(site: string, deployment: Deployment): ActionRequest {
  const reason = 'up before the maintenance';
  return { kind: 'action', action: 'start', site, deployment, dryRun: false, reason };
}

/** @throws OpsError('site.unreachable') when the site does not say how its targets are */
async function downAt({ jobs }: CommandContext, site: string): Promise<readonly Deployment[]> {
  const statuses = await jobs.status({ kind: 'status', site }, STATUS_TIMEOUT_MS);
  if (statuses.every(({ condition }) => condition === 'unreachable' || condition === 'unknown')) {
    const detail = statuses.find((status) => status.detail !== undefined)?.detail ?? 'no answer';
    throw new OpsError('site.unreachable', `${site}: ${detail}`);
  }
  const down = downAgainst(await jobs.intended(), statuses).map(({ deployment }) => deployment);
  return DEPLOYMENTS.filter((deployment) => down.includes(deployment));
}
