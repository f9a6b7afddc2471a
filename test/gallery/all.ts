import { NOTICES, RUNBOOKS } from './notices.ts';
import { replies } from './replies.ts';
import { RUNS } from './runs.ts';
import type { Sample } from './sample.ts';
import { VIEWS } from './views.ts';

/** Everything the bot can say or show, in every state. */
export async function samples(): Promise<readonly Sample[]> {
  return [...RUNS, ...RUNBOOKS, ...NOTICES, ...(await replies()), ...VIEWS];
}
