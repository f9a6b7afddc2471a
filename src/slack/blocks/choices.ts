import type { ActionsBlock, ConfirmationDialog } from '@slack/types';
import type { Choice } from '../../core/notice.ts';
import { cut, printable } from './text.ts';

/** `action_id` of the buttons that carry a command. */
export const CHOICE_ACTION = /^choice-\d+$/;
/** Slack takes 25 elements and 2000 characters of value. */
const MOST = 25;
const MAX_VALUE = 2000;

/** A button per choice; its value is the command in the form that the registry's schema reads. */
export function choiceBlocks(choices: readonly Choice[]): ActionsBlock[] {
  const buttons = choices.slice(0, MOST).flatMap(({ label, command, input, style, confirm }, i) => {
    const value = JSON.stringify({ command, input });
    if (value.length > MAX_VALUE) return [];
    return [
      {
        type: 'button' as const,
        action_id: `choice-${i}`,
        text: { type: 'plain_text' as const, text: cut(printable(label), 75) },
        value,
        ...(style === undefined ? {} : { style }),
        ...(confirm === undefined ? {} : { confirm: asked(label, confirm, style) }),
      },
    ];
  });
  return buttons.length === 0 ? [] : [{ type: 'actions', elements: buttons }];
}

function asked(label: string, question: string, style: Choice['style']): ConfirmationDialog {
  const text = (words: string, most: number) => ({
    type: 'plain_text' as const,
    text: cut(printable(words), most),
  });
  return {
    title: text('Are you sure?', 100),
    text: text(question, 300),
    confirm: text(label, 30),
    deny: text('No', 30),
    ...(style === undefined ? {} : { style }),
  };
}
