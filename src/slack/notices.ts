import type { Logger } from 'pino';
import { renderReport } from '../commands/report-text.ts';
import type { Notice, Topic } from '../core/notice.ts';
import type { Once } from '../queue/once.ts';
import { choiceBlocks } from './blocks/choices.ts';
import { reportBlocks } from './blocks/report.ts';
import { cut, escaped, LIMITS, person, type Style, section } from './blocks/text.ts';
import { failureOf } from './failure.ts';
import type { Pace } from './pace.ts';
import type { MessageView } from './views.ts';
import type { ChannelWriter } from './writer.ts';

export interface NoticesParts {
  readonly writer: ChannelWriter;
  readonly pace: Pick<Pace, 'take'>;
  readonly once: Once;
  /** Channel of a site's topic. */
  channel(site: string, topic: Topic): string;
  readonly logger: Logger;
  /** Milliseconds since the epoch, as Slack counts them. */
  now(): number;
}

/** While one process posts, others leave the notice alone this long, in seconds; then it is looked for before it is posted. */
const CLAIM_SEC = 45;
/** Clocks here and at Slack need not agree, in milliseconds. */
const SLACK_MS = 5 * 60_000;

/**
 * Makes the function that says something in a site's channel once. The channel itself is the memory: a notice that a
 * process posted and could not remember any more is found there by its id.
 */
export function createNotices(parts: NoticesParts): (notice: Notice) => Promise<boolean> {
  const { writer, pace, once, logger } = parts;
  return async (notice) => {
    if (!(await once.first(`notice-${notice.id}`, CLAIM_SEC))) return false;
    const channel = parts.channel(notice.site, notice.topic);
    const since = Math.min(notice.since, parts.now()) - SLACK_MS;
    const found = await writer.find(channel, notice.id, since).catch((error: unknown) => {
      const failure = failureOf(error);
      // A missing scope must not keep the notice from being said; anything passing is tried again.
      if (failure.kind !== 'refused' && failure.kind !== 'channel') throw failure;
      return undefined;
    });
    if (found !== undefined) return true;
    for (const view of formsOf(notice)) {
      try {
        await pace.take('chat.postMessage');
        await writer.post(channel, view, notice.id);
        return true;
      } catch (error) {
        const failure = failureOf(error);
        if (failure.kind !== 'blocks' || view.blocks.length === 0) throw failure;
        logger.warn({ notice: notice.id, reason: failure.message }, 'Slack refused the blocks');
      }
    }
    return true;
  };
}

/** The message of a notice. */
export function noticeMessage({ report, choices = [], concerns = [] }: Notice, style: Style): MessageView {
  const lines = choices.map(({ label, line }) => `${label}: /jaws ${line}`);
  const words = cut(escaped([renderReport(report), ...lines].join('\n')), LIMITS.text);
  const called = concerns.map(person).join(' ');
  return {
    text: called === '' ? words : `${called}: ${words}`,
    blocks: [
      ...(called === '' ? [] : [section(called)]),
      ...reportBlocks(report, style),
      ...choiceBlocks(choices),
    ],
  };
}

function formsOf(notice: Notice): readonly MessageView[] {
  const plain = noticeMessage(notice, 'section');
  return [noticeMessage(notice, 'plan'), plain, { ...plain, blocks: [] }];
}
