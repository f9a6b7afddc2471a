import type { LookName, LookRequest } from '../core/look.ts';
import type { Deployment } from '../core/target.ts';
import type { CommandContext, Reply } from './command.ts';

/** How long a site may take over a question, in milliseconds; a login shell with many modules is slow. */
const LOOK_TIMEOUT_MS = 90_000;

/** Asks a site's worker and gives its answer; one without any content is the problem itself. */
export async function ask(
  context: CommandContext,
  look: LookName,
  about: { readonly site: string; readonly deployment?: Deployment },
  words: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  const { site, deployment } = about;
  const request: LookRequest = {
    kind: 'look',
    look,
    site,
    ...(deployment === undefined ? {} : { deployment }),
    words,
  };
  const report = await context.jobs.look(request, LOOK_TIMEOUT_MS);
  const { problem, findings, tables, text } = report;
  if (problem !== undefined && findings === undefined && tables === undefined && text === undefined)
    return { kind: 'problem', problem };
  return { kind: 'report', report };
}
