import { z } from 'zod';
import type { Topic } from '../core/notice.ts';

const channel = z
  .string({ error: 'expected a channel such as #jaws-dori, or a channel id' })
  .regex(
    /^(#[^\sA-Z#@<>&]{1,80}|[CG][A-Z0-9]{6,})$/,
    'expected a channel such as #jaws-dori, or a channel id',
  );

const ABOUT: Readonly<Record<Topic, string>> = {
  deploys: 'Deploys, restarts and everything else that somebody asked for',
  reminders: 'Maintenance: that one comes, begins and is over, and what is down after it',
  leftDown: 'Deployments that a failed run left down',
  drift: 'What was found changed at night',
  certificates: 'Certificates for the login that end soon',
};

/** The `channel:` of a site: one for everything, or one per topic. */
export const channelSchema = z
  .union([
    channel,
    z.strictObject({
      default: channel.describe('Channel of every topic that is not named'),
      ...topics(),
    }),
  ])
  .describe('Slack channel of the site’s messages, or one per topic');

function topics(): Record<Topic, z.ZodOptional<typeof channel>> {
  const of = (topic: Topic) => channel.optional().describe(ABOUT[topic]);
  return {
    deploys: of('deploys'),
    reminders: of('reminders'),
    leftDown: of('leftDown'),
    drift: of('drift'),
    certificates: of('certificates'),
  };
}

/** Channel of each topic, by name with `#` or by id. */
export type Channels = Readonly<Record<Topic, string>>;

export function channelsOf(block: z.output<typeof channelSchema>): Channels {
  const of = (topic: Topic) => (typeof block === 'string' ? block : (block[topic] ?? block.default));
  return {
    deploys: of('deploys'),
    reminders: of('reminders'),
    leftDown: of('leftDown'),
    drift: of('drift'),
    certificates: of('certificates'),
  };
}
