import { appendFileSync, existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { isAct } from '../../src/core/plan.ts';
import { isFinal, type RunState } from '../../src/core/run.ts';
import { channelText } from '../../src/sandbox/channel-text.ts';
import { RUN_MARKS } from '../../src/slack/blocks/run.ts';
import { INSTALL, type Stage } from './stage.ts';

/** What is at the site, read there and not by way of the product. */
export interface Site {
  /** Version that is live. */
  readonly version: string;
  /** How many of the files we write still are what they were before the run. */
  readonly oldFiles: number;
  readonly files: number;
  /** Services that the supervisor calls running. */
  readonly up: number;
  readonly services: number;
  /** Owner line of the lock, or undefined when it is free. */
  readonly lock: string | undefined;
  /** Files that a broken off change left behind. */
  readonly leftovers: readonly string[];
}

const MARK = '# as it was before the run';

/** Our files at the site; those of another release are told by the mark. */
function filesOf(stage: Stage): readonly string[] {
  return readFileSync(stage.path(`${INSTALL}/.jaws-ops/files.sha256`), 'utf8')
    .split('\n')
    .map((line) => line.replace(/^\S+ +/, ''))
    .filter((path) => path.startsWith('/'));
}

/** Marks every file of ours, so that a replaced one is known. All their formats take such a comment. */
export function markFiles(stage: Stage): void {
  for (const file of filesOf(stage)) appendFileSync(stage.path(file), `${MARK}\n`);
}

export async function lookAt(stage: Stage): Promise<Site> {
  const { site } = stage;
  const files = filesOf(stage);
  const link = readlinkSync(stage.path(`${INSTALL}/site`));
  const ctl = await site.exec([`${INSTALL}/bin/supervisorctl`, 'status'], { user: site.spec.service.name });
  const states = ctl.stdout.split('\n').filter((line) => /^jaws-site:/.test(line));
  const lock = stage.path(`${INSTALL}/.jaws-ops/lock/owner`);
  return {
    version: /\/([^/]+?)-\d{8}-[^/]*$/.exec(link)?.[1] ?? link,
    files: files.length,
    oldFiles: files.filter((file) => readFileSync(stage.path(file), 'utf8').includes(MARK)).length,
    services: states.length,
    up: states.filter((line) => line.includes('RUNNING')).length,
    lock: existsSync(lock) ? readFileSync(lock, 'utf8').trim() : undefined,
    leftovers: [`${INSTALL}/config`, `${INSTALL}/bin`, INSTALL, `${INSTALL}/.jaws-ops`].flatMap((folder) =>
      readdirSync(stage.path(folder)).filter((name) => /jaws-ops-new|\.new$|^\.(lock|clock)\./.test(name)),
    ),
  };
}

export interface Expected {
  readonly before: string;
  readonly intended: string;
}

/** Everything that is not as it must be after a run; empty when all is well. */
export function faultsIn(stage: Stage, state: RunState, seen: Site, expected: Expected): readonly string[] {
  return [
    ...endFaults(state, seen, expected),
    ...toldFaults(stage, state),
    ...lockFaults(state, seen),
    ...seen.leftovers.map((name) => `${name} was left behind`),
  ];
}

/** What is not as it must be of a run itself, whatever has become of the site since. */
export function toldFaults(stage: Stage, state: RunState): readonly string[] {
  return [...countFaults(stage, state), ...messageFaults(stage, state)];
}

/** The intended state or the previous one, never between; and as the run says. */
function endFaults(state: RunState, seen: Site, { before, intended }: Expected): readonly string[] {
  const said = `the run says ${state.status}`;
  const isNew = seen.version === intended && seen.oldFiles === 0;
  const isOld = seen.version === before && seen.oldFiles === seen.files;
  const faults: string[] = [];
  if (!isNew && !isOld)
    faults.push(`between: version ${seen.version}, ${seen.oldFiles} of ${seen.files} files are the old ones`);
  if (seen.up !== 0 && seen.up !== seen.services)
    faults.push(`between: ${seen.up} of ${seen.services} services run`);
  if (state.status === 'succeeded' && !(isNew && seen.up > 0)) faults.push(`${said}: it has not`);
  if (state.status === 'refused' && !(isOld && seen.up > 0)) faults.push(`${said}: something has changed`);
  const { condition } = state.observed ?? {};
  if (condition === 'running' && seen.up === 0) faults.push('the run says services run: none does');
  if (condition === 'stopped' && seen.up > 0) faults.push(`the run says stopped: ${seen.up} services run`);
  return faults;
}

/** Each step that changes something has begun once if it has begun at all. */
function countFaults(stage: Stage, state: RunState): readonly string[] {
  const starts = stage.steps.starts(state.jobId);
  return state.steps
    .filter(({ id }) => isAct(id))
    .flatMap(({ id, status }) => {
      const count = starts.get(id) ?? 0;
      const done = status === 'ok' || status === 'warned';
      return count > 1 || (done && count !== 1) ? [`${id} (${status}) has run ${count} times`] : [];
    });
}

/** Free, or of a job that has ended: the next one may take it over. */
function lockFaults(state: RunState, { lock }: Site): readonly string[] {
  const leasedOut = lock?.includes(`job=${state.jobId} `) === true && isFinal(state);
  return lock === undefined || leasedOut ? [] : [`the lock is held: ${lock}`];
}

/** What the channel shows of a run: not of others that name it as the one before or after them. */
export function shownOf({ slack }: Stage, { jobId }: RunState): readonly { text: string; shown: string }[] {
  return slack.record
    .all()
    .filter(({ threadTs }) => threadTs === undefined)
    .map(({ text, blocks }) => ({ text, shown: channelText(blocks) }))
    .filter(({ shown }) => shown.includes(` · job ${jobId} · `));
}

/** One message for the run, which shows how it really ended. */
function messageFaults(stage: Stage, state: RunState): readonly string[] {
  const messages = shownOf(stage, state);
  if (messages.length !== 1) return [`${messages.length} messages for the run`];
  const [{ text } = { text: '' }] = messages;
  return text.startsWith(RUN_MARKS[state.status]) ? [] : [`the message says: ${text}`];
}
