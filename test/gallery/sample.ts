import type { KnownBlock } from '@slack/types';
import type { Reply } from '../../src/commands/command.ts';
import type { Notice } from '../../src/core/notice.ts';
import type { RunState } from '../../src/core/run.ts';
import type { RunbookRun } from '../../src/runbooks/run.ts';
import type { Style } from '../../src/slack/blocks/text.ts';
import { type FormModel, formView } from '../../src/slack/form/view.ts';
import { type HomeModel, homeView } from '../../src/slack/home/view.ts';
import { noticeMessage } from '../../src/slack/notices.ts';
import { replyMessage, runbookMessage, runMessage } from '../../src/slack/views.ts';
import { T0 } from '../fixtures/runs.ts';
import { lengthened } from './lengthened.ts';

/** Something the bot can say or show, as the data it is made of. */
export type Shown =
  | { readonly kind: 'run'; readonly state: RunState }
  | { readonly kind: 'runbook'; readonly run: RunbookRun }
  | { readonly kind: 'notice'; readonly notice: Notice }
  | { readonly kind: 'reply'; readonly reply: Reply }
  | { readonly kind: 'form'; readonly model: FormModel; readonly long: FormModel }
  | { readonly kind: 'home'; readonly model: HomeModel; readonly long: HomeModel };

/** One picture of the gallery. */
export type Sample = { readonly group: string; readonly name: string } & Shown;

/** As Slack gets it: a message with its fallback, or a view. */
export type Picture =
  | { readonly surface: 'message'; readonly text: string; readonly blocks: KnownBlock[] }
  | { readonly surface: 'view'; readonly view: unknown; readonly blocks: readonly unknown[] };

export const LENGTHS = ['usual', 'longest'] as const;
export type Length = (typeof LENGTHS)[number];

/** Draws a sample with usual words, or with the longest and strangest that a site or a person could put there. */
export function pictureOf(sample: Sample, length: Length, style: Style): Picture {
  const words = <T>(data: T): T => (length === 'usual' ? data : lengthened(data));
  switch (sample.kind) {
    case 'run':
      return { surface: 'message', ...runMessage(words(sample.state), style) };
    case 'runbook':
      return { surface: 'message', ...runbookMessage(words(sample.run), style) };
    case 'notice':
      return { surface: 'message', ...noticeMessage(words(sample.notice), style) };
    case 'reply':
      return { surface: 'message', ...replyMessage(words(sample.reply), style, T0) };
    case 'form': {
      const view = formView(length === 'usual' ? sample.model : sample.long);
      return { surface: 'view', view, blocks: view.blocks };
    }
    case 'home': {
      const view = homeView(length === 'usual' ? sample.model : sample.long);
      return { surface: 'view', view, blocks: view.blocks };
    }
  }
}
