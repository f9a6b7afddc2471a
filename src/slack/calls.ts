import type { Directory } from '../commands/command.ts';
import { headline } from '../commands/wording.ts';
import { isFinal, type RunState } from '../core/run.ts';
import { line, person } from './blocks/text.ts';
import type { OutputView } from './views.ts';

/** People and groups that one message may call. */
const MOST = 20;

/**
 * Who may approve a run, as mentions: the users and user groups whom the policy lets approve there, except who asked
 * for it. Empty where the policy names nobody by a Slack id.
 */
export function approverMentions(
  { request, caller }: RunState,
  directory: Pick<Directory, 'approvers' | 'isSamePerson'>,
): readonly string[] {
  const { users, groups } = directory.approvers(request.site, request.deployment);
  const others = users.filter((id) => !directory.isSamePerson({ id, name: id, via: 'slack' }, caller));
  return [...others.map((id) => `<@${id}>`), ...groups.map((id) => `<!subteam^${id}>`)].slice(0, MOST);
}

/**
 * What calls somebody to a run: those who may approve its plan when it waits for that, and who asked for it when it has
 * ended after a second person had to be asked or somebody has cancelled it. An edit of a message calls nobody, so it is
 * said in the thread; how it begins tells a restarted bot that it was said. Undefined where nobody is called.
 */
export function callFor(state: RunState, approvers: readonly string[]): OutputView | undefined {
  const { approval, caller, jobId, status } = state;
  const what = line(headline(state), 300);
  if (status === 'awaiting' && approval !== undefined) {
    const who = approvers.length === 0 ? 'Somebody with the right "approve"' : approvers.join(' ');
    const title = `Approval of plan ${approval.hash.slice(0, 12)}, job ${line(jobId, 80)}`;
    return call(title, `${who}: ${what}. Its plan is below, its buttons are on the message above.`);
  }
  if (!isFinal(state) || (approval === undefined && status !== 'cancelled')) return undefined;
  return call(`Outcome of job ${line(jobId, 80)}`, `${person(caller)}: ${what}.`);
}

function call(title: string, words: string): OutputView {
  return { kind: 'messages', title, texts: [`${title}\n${words}`] };
}
