import type { RunState } from '../core/run.ts';

/** How values are written where the lines are shown. */
export interface Writing {
  /** A point in time, in milliseconds since the epoch. */
  at(instant: number): string;
  /** A text from outside. */
  text(value: string): string;
}

/** What an approval is about, who gave it, and how it is given; a line each. */
export function approvalLines(state: RunState, { at, text }: Writing): readonly string[] {
  const { approval, jobId, caller, status } = state;
  if (approval === undefined) return [];
  const { decision, changes, changed, until, hash, covers } = approval;
  const plan = `Plan ${hash.slice(0, 12)}`;
  if (status === 'awaiting')
    return [
      `${plan} waits until ${at(until)} for somebody other than ${text(caller.name)}. Nothing is changed before.`,
      ...(changed ? ['It is not the plan that was shown before, and has to be approved anew.'] : []),
      ...(covers === undefined
        ? []
        : ['The approval covers its automatic rollback, should it fail once services are stopped.']),
      ...changes.map(text),
      `/jaws approve ${jobId} or /jaws reject ${jobId}`,
    ];
  if (decision === undefined) return [];
  const why = decision.reason === undefined ? '' : `: ${text(decision.reason)}`;
  return [`${plan} ${decision.verdict} by ${text(decision.by.name)}, ${at(decision.at)}${why}`];
}
