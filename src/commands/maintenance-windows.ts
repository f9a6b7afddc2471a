import { randomInt } from 'node:crypto';
import type { Right } from '../config/policy.ts';
import { OpsError } from '../core/errors.ts';
import { activeAt, dayOf, parseSpan, type Window } from '../core/window.ts';
import { zoned } from '../core/zone.ts';
import type { CommandContext, Reply } from './command.ts';
import { refusal } from './rights.ts';

const MAX_REASON = 300;

/**
 * The windows that are not over yet, of one site or of all. One that was called off is told until it would have been
 * over, below those that stand: who has read the reminder looks here for what became of it.
 */
export async function listWindows(context: CommandContext, site: string | undefined): Promise<Reply> {
  const { directory, jobs, now } = context;
  if (site !== undefined) requireAnywhere(context, 'read', site);
  const windows = (await jobs.windows.list()).filter(
    (window) => window.end > now() && (site === undefined || window.site === site),
  );
  const isOff = ({ cancelledAt }: Window) => cancelledAt !== undefined;
  const ordered = [...windows.filter((window) => !isOff(window)), ...windows.filter(isOff)];
  const rows = ordered.map((window) => [
    window.id,
    window.site,
    zoned(window.start, directory.timezone(window.site)),
    zoned(window.end, directory.timezone(window.site)),
    stateOf(window, now()),
    window.reason,
    window.createdBy,
  ]);
  const standing = windows.filter((window) => !isOff(window)).length;
  const where = site === undefined ? '' : ` of ${site}`;
  return {
    kind: 'report',
    report: {
      title: `Maintenance windows${where}: ${standing === 0 ? 'none to come' : standing}`,
      ...(rows.length === 0
        ? {}
        : { tables: [{ head: ['Id', 'Site', 'Start', 'End', 'State', 'Reason', 'By'], rows }] }),
    },
  };
}

function stateOf(window: Window, now: number): string {
  if (window.cancelledAt !== undefined) return `called off by ${window.cancelledBy ?? 'somebody'}`;
  return window.start <= now ? 'under way' : 'to come';
}

export async function addWindow(
  context: CommandContext,
  site: string,
  when: string,
  reason: string,
): Promise<Reply> {
  requireAnywhere(context, 'operate', site);
  const { jobs, directory, caller } = context;
  if (reason.length > MAX_REASON)
    throw new OpsError(
      'usage.argument',
      `the reason is ${reason.length} characters long, expected at most ${MAX_REASON}`,
    );
  const zone = directory.timezone(site);
  const span = spanIn(when, zone, context.now());
  const now = context.now();
  for (;;) {
    const window: Window = {
      id: `${site}-${dayOf(span.start, zone)}-${randomInt(36 ** 2)
        .toString(36)
        .padStart(2, '0')}`,
      site,
      ...span,
      reason,
      source: 'manual',
      createdBy: caller.name,
      createdAt: now,
      revision: 1,
      changedAt: now,
    };
    if (await jobs.windows.add(window)) return told('added', window, context);
  }
}

export async function moveWindow(context: CommandContext, id: string, when: string): Promise<Reply> {
  const window = await standing(context, id);
  const span = spanIn(when, context.directory.timezone(window.site), context.now());
  const moved = { ...window, ...span, revision: window.revision + 1, changedAt: context.now() };
  await context.jobs.windows.change(moved);
  return told('moved', moved, context);
}

export async function cancelWindow(context: CommandContext, id: string): Promise<Reply> {
  const window = await standing(context, id);
  const off = { ...window, cancelledAt: context.now(), cancelledBy: context.caller.name };
  await context.jobs.windows.change(off);
  return told('called off', off, context);
}

function spanIn(when: string, zone: string, now: number): { start: number; end: number } {
  const span = parseSpan(when, zone);
  if (span.end > now) return span;
  throw new OpsError(
    'usage.argument',
    `the maintenance would have ended ${zoned(span.end, zone)}, expected an end to come`,
  );
}

async function standing(context: CommandContext, id: string): Promise<Window> {
  const windows = await context.jobs.windows.list();
  const window = windows.find((known) => known.id === id);
  if (window === undefined || window.cancelledAt !== undefined || window.end <= context.now()) {
    const known = windows.filter((each) => each.cancelledAt === undefined && each.end > context.now());
    const list =
      known.length === 0 ? 'there is none' : `expected ${known.map((each) => each.id).join(' | ')}`;
    throw new OpsError('usage.argument', `no window to come has the id ${id}; ${list}`);
  }
  requireAnywhere(context, 'operate', window.site);
  return window;
}

async function told(what: string, window: Window, { jobs, directory }: CommandContext): Promise<Reply> {
  const zone = directory.timezone(window.site);
  const active = activeAt(await jobs.windows.list(), window.site, window.start);
  const longer =
    active === undefined || active.endsAt === window.end || window.cancelledAt !== undefined
      ? ''
      : ` With what follows it, the site is in maintenance until ${zoned(active.endsAt, zone)}.`;
  return {
    kind: 'text',
    text: `Maintenance of ${window.site} ${what}: ${zoned(window.start, zone)} to ${zoned(window.end, zone)}, ${window.reason} (${window.id}).${longer}`,
  };
}

/** A window belongs to a site: who has the right on any of its deployments may. */
export function requireAnywhere(context: CommandContext, right: Right, site: string): void {
  const { directory, caller } = context;
  const { deployments } = directory;
  if (deployments.some((deployment) => directory.may(caller, right, site, deployment))) return;
  throw refusal(context, right, { sites: [site], deployments, where: site });
}
