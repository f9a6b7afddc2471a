import { downAgainst, type Intention, intentionFor } from '../core/intention.ts';
import type { Choice } from '../core/notice.ts';
import type { TargetStatus } from '../core/service.ts';
import { logsOf } from './after-run.ts';
import type { CommandContext } from './command.ts';

/**
 * What to do about a status, for whoever asked: only what this person may. What is down and should not be comes first;
 * of many sites nothing is offered, as one click must not start half the world.
 * @param targets one target, or those of one site
 */
export function statusChoices(
  { directory, caller }: Pick<CommandContext, 'directory' | 'caller'>,
  targets: readonly TargetStatus[],
  intentions: readonly Intention[],
): readonly Choice[] {
  const [first] = targets;
  if (first === undefined || targets.some(({ site }) => site !== first.site)) return [];
  const mayOperate = ({ site, deployment }: TargetStatus) =>
    directory.may(caller, 'operate', site, deployment);
  const down = downAgainst(intentions, targets).filter(mayOperate);
  const [only, ...more] = down;
  if (
    only !== undefined &&
    more.length > 0 &&
    directory.deployments.every((deployment) => mayOperate({ ...first, deployment }))
  )
    return [recoverAt(first.site), ...logsOf(only)];
  if (only !== undefined)
    return [{ ...startOf(only, 'Start what is down'), style: 'primary' }, ...logsOf(only)];
  if (targets.length > 1) return [];
  const isStartable =
    ['stopped', 'supervisor-down', 'fatal', 'degraded'].includes(first.condition) && mayOperate(first);
  // Nobody has said that it should be up: it is offered, and not urged.
  const label = intentionFor(intentions, first)?.wanted === 'down' ? 'Start again' : 'Start';
  return [...(isStartable ? [startOf(first, label)] : []), ...logsOf(first)];
}

function startOf({ site, deployment }: TargetStatus, label: string): Choice {
  return {
    label,
    line: `start ${deployment} ${site}`,
    command: 'start',
    input: { site, deployment, dryRun: false },
  };
}

/** Everything that should be up, with the runner: several starts that somebody would have to follow one by one. */
export function recoverAt(site: string): Choice {
  return {
    label: 'Start what is down',
    line: `recover ${site}`,
    command: 'recover',
    input: { site },
    style: 'primary',
  };
}
