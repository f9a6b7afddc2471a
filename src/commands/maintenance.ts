import { z } from 'zod';
import { OpsError } from '../core/errors.ts';
import type { Directory, Token } from './command.ts';
import { defineCommand } from './define.ts';
import { chooseStarts, resume, snooze } from './maintenance-after.ts';
import { addWindow, cancelWindow, listWindows, moveWindow } from './maintenance-windows.ts';
import { shown, verbOf } from './words.ts';

const VERBS = ['list', 'add', 'move', 'cancel', 'resume', 'choose', 'snooze'] as const;

const input = z.discriminatedUnion('verb', [
  z.strictObject({ verb: z.literal('list'), site: z.string().exactOptional() }),
  z.strictObject({ verb: z.literal('add'), site: z.string(), when: z.string(), reason: z.string() }),
  z.strictObject({ verb: z.literal('move'), id: z.string(), when: z.string() }),
  z.strictObject({ verb: z.literal('cancel'), id: z.string() }),
  z.strictObject({ verb: z.enum(['resume', 'choose']), site: z.string() }),
  z.strictObject({
    verb: z.literal('snooze'),
    site: z.string(),
    minutes: z.int().min(1).max(1440).default(30),
  }),
]);
export type MaintenanceWish = z.output<typeof input>;

const described = defineCommand<MaintenanceWish>({
  name: 'maintenance',
  summary: 'maintenance windows of the sites, and what to do when one is over',
  right: 'read',
  slots: [
    {
      name: VERBS.join('|'),
      required: false,
      about:
        'list [SITE]; add SITE START to END "reason"; move ID START to END; cancel ID; resume SITE (start what should be up), choose SITE, snooze SITE [MINUTES]. START and END are in the time of the site',
    },
  ],
  flags: [],
  examples: [
    'maintenance list perlmutter',
    'maintenance add perlmutter 2026-12-01 06:00 to 18:00 "file system upgrade"',
    'maintenance add jgi 2026-12-01 06:00 to 2026-12-02 08:00 "power"',
    'maintenance cancel perlmutter-20261201-a1',
    'maintenance resume perlmutter',
  ],
  schema: input,
  async run(wish, context) {
    switch (wish.verb) {
      case 'list':
        return listWindows(context, wish.site);
      case 'add':
        return addWindow(context, wish.site, wish.when, wish.reason);
      case 'move':
        return moveWindow(context, wish.id, wish.when);
      case 'cancel':
        return cancelWindow(context, wish.id);
      case 'resume':
        return resume(context, wish.site);
      case 'choose':
        return chooseStarts(context, wish.site);
      case 'snooze':
        return snooze(context, wish.site, wish.minutes);
    }
  },
});

/** Windows in which a site is maintained: its words are a verb and what it needs, in this order. */
export const maintenance = {
  ...described,
  usage: 'maintenance list|add|move|cancel|resume|choose|snooze …',
  parse: (tokens: readonly Token[], directory: Directory) => described.prepare(read(tokens, directory)),
};

function read(tokens: readonly Token[], directory: Directory): Record<string, unknown> {
  const [first, ...rest] = tokens;
  const verb = verbOf(first, VERBS, 'list');
  const [subject, ...more] = rest;
  const words = more.filter(({ quoted }) => !quoted).map(({ text }) => text);
  const quoted = more.filter((token) => token.quoted).map(({ text }) => text);
  switch (verb) {
    case 'list':
      return { verb, ...(subject === undefined ? {} : { site: siteIn(subject, directory) }), ...only(more) };
    case 'add': {
      const site = siteIn(subject, directory);
      // A shell has taken the quotes away: what stands behind the times is the reason then.
      const end = endOfTimes(words);
      const reason = [...words.slice(end), ...quoted].join(' ').trim();
      if (reason === '')
        throw new OpsError('usage.argument', 'the reason is missing, expected it in quotes after the times', {
          next: 'For example: maintenance add perlmutter 2026-12-01 06:00 to 18:00 "file system upgrade".',
        });
      return { verb, site, when: words.slice(0, end).join(' '), reason };
    }
    case 'move':
      return { verb, id: idIn(subject), when: [...words, ...quoted].join(' ') };
    case 'cancel':
      return { verb, id: idIn(subject), ...only(more) };
    case 'snooze': {
      const [minutes, ...others] = more;
      only(others);
      return {
        verb,
        site: siteIn(subject, directory),
        ...(minutes === undefined ? {} : { minutes: minutesIn(minutes.text) }),
      };
    }
    default:
      return { verb, site: siteIn(subject, directory), ...only(more) };
  }
}

/** How many of the words are dates, times and what stands between them. */
function endOfTimes(words: readonly string[]): number {
  const end = words.findIndex(
    (word) => !/^(\d{4}-\d{2}-\d{2}(T\S*)?|\d{1,2}:\d{2}|to|until|-|–)$/i.test(word),
  );
  return end < 0 ? words.length : end;
}

function siteIn(token: Token | undefined, directory: Directory): string {
  const typed = token?.text.toLowerCase();
  const site = directory.sites.find((known) => known.toLowerCase() === typed);
  if (site !== undefined) return site;
  const got = token === undefined ? 'SITE is missing' : `got ${shown(token.text)}`;
  throw new OpsError('usage.argument', `${got}, expected SITE (${directory.sites.join(', ')})`);
}

function idIn(token: Token | undefined): string {
  if (token !== undefined && /^[a-z0-9-]{1,120}$/i.test(token.text)) return token.text.toLowerCase();
  throw new OpsError('usage.argument', 'expected the id of a window, as `maintenance list` shows it');
}

function minutesIn(text: string): number {
  const found = /^(\d{1,4})(m|min)?$/i.exec(text);
  if (found === null) throw new OpsError('usage.argument', `got ${shown(text)}, expected minutes such as 30`);
  return Number(found[1]);
}

/** @throws OpsError('usage.argument') when there are words left over */
function only(more: readonly Token[]): Record<string, never> {
  const [first] = more;
  if (first === undefined) return {};
  throw new OpsError('usage.argument', `there is one word too many: ${shown(first.text)}`);
}
