import type { Report } from './look.ts';
import type { Caller } from './request.ts';

/** Something a person may choose: a command, ready to be carried out as that person. */
export interface Choice {
  readonly label: string;
  /** The command as it would be typed, for those who have no button. */
  readonly line: string;
  readonly command: string;
  /** Input of the command's schema. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly style?: 'primary' | 'danger';
  /** What is asked once more before it is done: for what a slip of the hand must not do. */
  readonly confirm?: string;
}

/** What the messages of a site are about; each has a channel of its own where the site wants one. */
export type Topic = 'deploys' | 'reminders' | 'leftDown' | 'drift' | 'certificates';

/** Something said to a site's channel of our own accord. */
export interface Notice {
  /** Unique: a notice of the same id is never posted twice. */
  readonly id: string;
  readonly site: string;
  readonly topic: Topic;
  /** When it became due, in milliseconds since the epoch: an earlier message cannot be this one. */
  readonly since: number;
  readonly report: Report;
  readonly choices?: readonly Choice[];
  /** Whom it concerns: they are called to it where they can be. */
  readonly concerns?: readonly Caller[];
}
