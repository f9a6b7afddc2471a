import { z } from 'zod';
import { OpsError } from '../core/errors.ts';
import { ALL, type Lock, lockedThing, lockLine, lockName, locksOn } from '../core/lock.ts';
import { zoned } from '../core/zone.ts';
import type { CommandContext, Directory, Reply, Slot, Token } from './command.ts';
import { defineCommand } from './define.ts';
import { requireRight } from './rights.ts';
import { DEPLOYMENT, SITE } from './slots.ts';
import { shown } from './words.ts';

const DEFAULT_MS = 8 * 3600_000;
const LONGEST_MS = 30 * 24 * 3600_000;
const MAX_REASON = 300;

const WHERE = {
  site: { ...SITE, required: false, extra: [ALL], about: 'a site; all of them when left out' },
  deployment: {
    ...DEPLOYMENT,
    required: false,
    about: 'a deployment; all of the site when left out',
  },
} as const satisfies Record<string, Slot>;

const TAKE = {
  name: 'take',
  key: 'take',
  about: "also where it is somebody else's; announced in the channel",
} as const;

const where = { site: z.string().default(ALL), deployment: z.string().default(ALL) };

const described = defineCommand({
  name: 'lock',
  summary: 'keep others from deploying to and operating a target for a while, or list the locks',
  right: 'operate',
  slots: [
    WHERE.deployment,
    WHERE.site,
    {
      name: 'reason',
      required: false,
      about: 'why, in quotes; the locks are listed when it is left out',
    },
  ],
  flags: [
    { name: 'for', key: 'span', value: 'TIME', about: 'how long, such as 45m, 2h or 3d; 8h when left out' },
    TAKE,
    { name: 'tell-me', key: 'tellMe', about: 'tell me in the channel when the target is free' },
  ],
  examples: ['lock prod aws "database move" for 2h', 'lock dori "new nodes" --for 1d', 'lock'],
  schema: z.strictObject({
    ...where,
    reason: z.string().max(MAX_REASON).exactOptional(),
    span: z.string().exactOptional(),
    take: z.boolean().default(false),
    tellMe: z.boolean().default(false),
  }),
  async run({ site, deployment, reason, span, take, tellMe }, context) {
    const { jobs, now, caller } = context;
    if (tellMe) {
      requireWhere(context, 'read', site, deployment);
      await jobs.locks.wish({ site, deployment, who: caller, at: now() });
      return { kind: 'text', text: `You are told when ${lockedThing({ site, deployment })} is free.` };
    }
    if (reason === undefined) return listLocks(context);
    requireWhere(context, 'operate', site, deployment);
    const ms = spanOf(span);
    const mine: Lock = { site, deployment, reason, owner: caller, since: now(), until: now() + ms };
    const seen = (await jobs.locks.list()).find((known) => lockName(known) === lockName(mine));
    const others = seen !== undefined && seen.until > now() && !isMine(seen, context) ? seen : undefined;
    if (others !== undefined && !take)
      throw refused(others, context, '`--take` takes it over, and says so there.');
    if (!(await jobs.locks.put(mine, seen)))
      throw new OpsError('refused.lock', `${lockedThing(mine)}: somebody else was quicker`, {
        next: 'Type `/jaws lock` to see who.',
      });
    if (others !== undefined) await jobs.locks.tell({ kind: 'taken', lock: others, by: caller, at: now() });
    return {
      kind: 'text',
      text: `Locked: ${lockLine(mine, zoneOf(context.directory, site))}.${
        others === undefined ? '' : ` It was ${others.owner.name}'s; the channel is told.`
      }`,
    };
  },
});

/** Keeps others from changing a target for a while; without a reason it lists the locks there are. */
export const lock = {
  ...described,
  parse: (tokens: readonly Token[], directory: Directory) => described.parse(tokens.map(withFlag), directory),
};

/** `for 2h` is another form of `--for 2h`. */
function withFlag(token: Token, i: number, tokens: readonly Token[]): Token {
  const isFor = !token.quoted && token.text.toLowerCase() === 'for' && /^\d/.test(tokens[i + 1]?.text ?? '');
  return isFor ? { ...token, text: '--for' } : token;
}

/** Ends a lock before its time. */
export const unlock = defineCommand({
  name: 'unlock',
  summary: 'end a lock before its time',
  right: 'operate',
  slots: [
    WHERE.deployment,
    WHERE.site,
    { name: 'reason', required: false, about: 'why, in quotes; it is put on record' },
  ],
  flags: [TAKE],
  examples: ['unlock prod aws', 'unlock prod aws "the move is over"'],
  schema: z.strictObject({
    ...where,
    reason: z.string().max(MAX_REASON).exactOptional(),
    take: z.boolean().default(false),
  }),
  async run({ site, deployment, take }, context) {
    const { jobs, now, caller } = context;
    requireWhere(context, 'operate', site, deployment);
    const name = lockName({ site, deployment });
    const known = (await jobs.locks.list()).find((each) => lockName(each) === name && each.until > now());
    if (known === undefined)
      throw new OpsError('usage.argument', `there is no lock on ${lockedThing({ site, deployment })}`, {
        next: 'Type `/jaws lock` for the list; a lock is ended by the words it was made with.',
      });
    const others = !isMine(known, context);
    if (others && !take) throw refused(known, context, '`--take` ends it all the same, and says so there.');
    await jobs.locks.remove(known);
    if (others) await jobs.locks.tell({ kind: 'ended', lock: known, by: caller, at: now() });
    return { kind: 'text', text: `Unlocked: ${lockedThing(known)}.` };
  },
});

function isMine({ owner }: Lock, { caller, directory }: CommandContext): boolean {
  return directory.isSamePerson(owner, caller);
}

function refused(known: Lock, { directory }: CommandContext, next: string): OpsError {
  return new OpsError('refused.lock', lockLine(known, zoneOf(directory, known.site)), { next });
}

async function listLocks({ jobs, directory, caller, now }: CommandContext): Promise<Reply> {
  const all = locksOn(await jobs.locks.list(), { site: ALL, deployment: ALL }, now()).filter((each) =>
    directory.sites.some((site) =>
      directory.deployments.some(
        (deployment) =>
          locksOn([each], { site, deployment }, now()).length > 0 &&
          directory.may(caller, 'read', site, deployment),
      ),
    ),
  );
  const rows = all.map((each) => [
    lockedThing(each),
    each.owner.name,
    zoned(each.since, zoneOf(directory, each.site)),
    zoned(each.until, zoneOf(directory, each.site)),
    each.reason,
  ]);
  return {
    kind: 'report',
    report: {
      title: rows.length === 0 ? 'Nothing is locked' : `Locks: ${rows.length}`,
      ...(rows.length === 0
        ? {}
        : { tables: [{ head: ['What', 'Owner', 'Since', 'Until', 'Reason'], rows }] }),
    },
  };
}

/** The right on everything that the words mean. */
function requireWhere(
  context: CommandContext,
  right: 'read' | 'operate',
  site: string,
  deployment: string,
): void {
  const { directory } = context;
  for (const one of site === ALL ? directory.sites : [site])
    for (const each of deployment === ALL ? directory.deployments : [deployment])
      requireRight(context, right, one, each);
}

/** A zone for the times of a lock: that of its site, UTC for all. */
export function zoneOf(directory: Pick<Directory, 'timezone'>, site: string): string {
  return site === ALL ? 'UTC' : directory.timezone(site);
}

/** A time such as `2h` in milliseconds. @throws OpsError('usage.flag') for another form, and for more than 30 days */
function spanOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_MS;
  const [, count, unit = ''] = /^(\d{1,4})\s*(m|min|h|d)$/i.exec(text.trim()) ?? [];
  const units: Readonly<Record<string, number>> = { m: 60_000, min: 60_000, h: 3600_000, d: 86_400_000 };
  const ms = Number(count) * (units[unit.toLowerCase()] ?? Number.NaN);
  if (ms > 0 && ms <= LONGEST_MS) return ms;
  throw new OpsError(
    'usage.flag',
    `--for: got ${shown(text)}, expected a time up to 30d such as 45m, 2h or 3d`,
  );
}
