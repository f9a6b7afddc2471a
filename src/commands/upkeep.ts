import { z } from 'zod';
import type { LookName } from '../core/look.ts';
import type { Action } from '../core/request.ts';
import { ask } from './ask.ts';
import type { Command, Slot } from './command.ts';
import { defineCommand } from './define.ts';
import { requireSite } from './rights.ts';
import { SITE } from './slots.ts';
import { submit } from './submit.ts';

/**
 * Something of a site as a whole that can be looked at and brought about. Carried out on the queue of `prod`: it
 * concerns that deployment too, and takes the right to operate every one.
 */
function ofSite(options: {
  readonly name: LookName;
  readonly summary: string;
  readonly look: string;
  readonly change: string;
  readonly action: Action;
}): Command {
  const { name, summary, look, change, action } = options;
  const verb: Slot = {
    name: 'what',
    required: true,
    about: `${look} looks, ${change} changes something`,
    choices: () => [look, change],
  };
  const described = defineCommand({
    name,
    summary,
    right: 'read',
    slots: [verb, SITE],
    flags: [],
    examples: [`${name} ${look} jgi`, `${name} ${change} jgi`],
    schema: z.strictObject({ what: z.enum([look, change]), site: z.string() }),
    async run({ what, site }, context) {
      if (what === look) {
        requireSite(context, 'read', site);
        return ask(context, name, { site });
      }
      requireSite(context, 'operate', site);
      return submit(context, { kind: 'action', action, site, deployment: 'prod', dryRun: false });
    },
  });
  return { ...described, usage: `${name} ${look}|${change} SITE` };
}

/** The lines that remove old data in a site's crontab. */
export const cron = ofSite({
  name: 'cron',
  summary: 'the crontab lines of a site that remove old data: shown, or installed beside those of others',
  look: 'show',
  change: 'install',
  action: 'install-cron',
});

/** The GitLab runner of a site. */
export const runner = ofSite({
  name: 'runner',
  summary: 'the GitLab runner of a site: how it is, or start it where none runs',
  look: 'status',
  change: 'start',
  action: 'start-runner',
});
