import type { HomeView, KnownBlock } from '@slack/types';
import { attentionOf, type BoardView, type Cell } from '../../board/view.ts';
import type { Directory } from '../../commands/command.ts';
import { runChoices } from '../../commands/run-choices.ts';
import { headline } from '../../commands/wording.ts';
import { type Lock, lockLine } from '../../core/lock.ts';
import type { Caller } from '../../core/request.ts';
import type { RunState } from '../../core/run.ts';
import { TARGET_WORDS } from '../../core/service.ts';
import { zoned } from '../../core/zone.ts';
import { choiceBlocks } from '../blocks/choices.ts';
import { RUN_MARKS } from '../blocks/run.ts';
import { TARGET_MARKS } from '../blocks/tables.ts';
import { context, fitting, header, line, moment, person, section } from '../blocks/text.ts';

/** The button that opens the form of a command. */
export const NEW_ACTION = 'home-new-command';
/** A lock that ends within this time, in milliseconds, is worth a word to its owner. */
const ENDING_MS = 3600_000;
const SHOWN = 8;

/** What one reader sees. */
export interface HomeModel {
  readonly board: BoardView;
  readonly locks: readonly Lock[];
  readonly reader: Caller;
  readonly directory: Directory;
  readonly now: number;
}

/** The Home tab of one reader: what needs them, the board, what runs, what is to come. Pure. */
export function homeView(model: HomeModel): HomeView {
  const blocks = fitting(
    [SHOWN, 3, 1].map((shown) => () => [
      header('JAWS'),
      {
        type: 'actions',
        elements: [
          {
            type: 'button',
            action_id: NEW_ACTION,
            value: 'new',
            text: { type: 'plain_text', text: 'New command …' },
          },
        ],
      },
      ...attention(model, shown),
      header('Sites'),
      ...board(model),
      header('Running'),
      ...listed(running(model), shown, 'Nothing is running.'),
      header('Maintenance'),
      ...listed(coming(model), shown, 'None is planned.'),
    ]),
  );
  return { type: 'home', blocks };
}

function attention(
  { board: { rows, running: runs, ...rest }, locks, reader, directory, now }: HomeModel,
  shown: number,
) {
  const mayRead = ({ site, deployment }: Cell) => directory.may(reader, 'read', site, deployment);
  const awaiting = runs.filter(
    ({ status, request, caller }) =>
      status === 'awaiting' &&
      directory.may(reader, 'approve', request.site, request.deployment) &&
      !directory.isSamePerson(caller, reader),
  );
  const ending = locks.filter(
    ({ owner, until }) => directory.isSamePerson(owner, reader) && until > now && until - now < ENDING_MS,
  );
  const troubled = attentionOf({ rows, running: runs, ...rest }).filter(mayRead);
  const blocks: KnownBlock[] = [
    ...awaiting
      .slice(0, shown)
      .flatMap((run) => [section(awaitingText(run, directory)), ...choiceBlocks(runChoices(run))]),
    ...troubled
      .slice(0, shown)
      .map(({ deployment, site, concerns, status }) =>
        section(
          `⚠️ *${line(deployment, 60)} at ${line(site, 60)}*: ${line(concerns.length === 0 ? TARGET_WORDS[status?.condition ?? 'unknown'] : concerns.join('; '), 200)}`,
        ),
      ),
    ...ending
      .slice(0, shown)
      .map((lock) =>
        section(
          `🔒 Your lock ends soon: ${line(lockLine(lock, lock.site === 'all' ? 'UTC' : directory.timezone(lock.site)), 300)}`,
        ),
      ),
  ];
  const [first] = troubled;
  const look =
    first === undefined
      ? []
      : choiceBlocks([
          {
            label: `Status of ${first.site}`,
            line: `status ${first.site}`,
            command: 'status',
            input: { site: first.site },
          },
        ]);
  return blocks.length === 0 ? [] : [header('Needs you'), ...blocks, ...look];
}

/** What somebody is asked to decide on, and where all of it can be read. */
function awaitingText(run: RunState, directory: Directory): string {
  const { request, caller, approval } = run;
  const changes = (approval?.changes ?? []).slice(0, 3).map((change) => line(change, 200));
  const where = line(directory.channel(request.site), 100);
  return [
    `✋ ${line(headline(run), 200)}, asked for by ${person(caller)}; its plan is in ${where}`,
    ...(request.reason === undefined ? [] : [line(request.reason, 200)]),
    ...changes,
  ].join('\n');
}

function board({ board: { rows, trouble }, reader, directory }: HomeModel): KnownBlock[] {
  const lines = rows.flatMap(({ site, cells, maintenance }) => {
    const seen = cells.filter(({ deployment }) => directory.may(reader, 'read', site, deployment));
    if (seen.length === 0) return [];
    const words = seen.map(({ deployment, status }) => {
      const mark = TARGET_MARKS[status?.condition ?? 'unknown'];
      return `${mark} ${line(deployment, 40)}${status?.version === undefined ? '' : ` ${line(status.version, 40)}`}`;
    });
    return [`*${line(site, 60)}*${maintenance === undefined ? '' : ' 🛠️'}  ${words.join(' · ')}`];
  });
  const parts: string[] = [];
  for (const row of lines) {
    const last = parts.at(-1);
    if (last === undefined || last.length + row.length > 2_500) parts.push(row);
    else parts[parts.length - 1] = `${last}\n${row}`;
  }
  return [
    ...(parts.length === 0 ? [section('You may see no site.')] : parts.map(section)),
    ...(trouble === undefined ? [] : [context(`⚠️ ${line(trouble, 300)}`)]),
  ];
}

function running({ board, reader, directory }: HomeModel): readonly string[] {
  return board.running
    .filter(({ request }) => directory.may(reader, 'read', request.site, request.deployment))
    .map(
      (run) =>
        `${RUN_MARKS[run.status]} ${line(headline(run), 200)} · ${line(run.caller.name, 60)} · ${moment(run.queuedAt)}`,
    );
}

function coming({ board, reader, directory }: HomeModel): readonly string[] {
  const seen = board.coming.filter(({ site }) =>
    directory.deployments.some((deployment) => directory.may(reader, 'read', site, deployment)),
  );
  return seen.map(({ site, start, end, reason }) => {
    const zone = directory.timezone(site);
    return `🛠️ *${line(site, 60)}* ${zoned(start, zone)} to ${zoned(end, zone)}: ${line(reason, 150)}`;
  });
}

function listed(rows: readonly string[], shown: number, none: string): KnownBlock[] {
  if (rows.length === 0) return [context(none)];
  const left = rows.length - shown;
  return [...rows.slice(0, shown).map(section), ...(left > 0 ? [context(`… and ${left} more`)] : [])];
}
