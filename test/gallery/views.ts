import type { Sight } from '../../src/board/feed.ts';
import { boardOf } from '../../src/board/view.ts';
import { fieldsOf, formCommands } from '../../src/commands/form.ts';
import { commands } from '../../src/commands/registry.ts';
import type { Report } from '../../src/core/look.ts';
import { targetId } from '../../src/core/target.ts';
import type { Preview } from '../../src/slack/form/preview-blocks.ts';
import type { FormModel } from '../../src/slack/form/view.ts';
import type { HomeModel } from '../../src/slack/home/view.ts';
import { alice, directory, reader, stranger } from '../fixtures/directory.ts';
import { queued, runningIn, T0, targetStatus } from '../fixtures/runs.ts';
import { aWindow } from '../fixtures/windows.ts';
import { lengthened, longest } from './lengthened.ts';
import type { Sample } from './sample.ts';

const plan: Report = {
  title: 'Deploy of JAWS Site 2.5.4 on dev at aws: 7 steps, 3 of 12 files change',
  findings: [
    { level: 'warn', subject: 'disk', message: '7 GB left, expected 10 GB', next: 'Free some space.' },
  ],
  text: 'check\nstage\nstop\nenvironment\nwrite\nstart\nverify\n',
};
const PREVIEWS: readonly (readonly [string, Preview])[] = [
  ['nothing to say yet', { kind: 'none', why: 'Choose a site for its plan.' }],
  ['asking the site', { kind: 'asked', where: 'dev at aws' }],
  ['with its plan', { kind: 'shown', reports: [plan] }],
  [
    'the site is away',
    {
      kind: 'shown',
      reports: [
        { title: 'No plan', problem: { code: 'site.unreachable', message: 'aws: no answer', next: 'Wait.' } },
      ],
    },
  ],
];

/** More sites than a choice can hold, each with the longest name. */
const wide = {
  ...directory,
  sites: Array.from({ length: 120 }, (_, i) => `site-${i}-with-a-rather-long-name`.padEnd(60, 'x')),
};

function model(name: string, preview: Preview, long: boolean, more: boolean): FormModel {
  const known = long ? wide : directory;
  const offered = formCommands(commands, alice, known);
  const command = offered.find((each) => each.name === name) ?? offered[0];
  if (command === undefined) throw new Error(name);
  const filled = {
    site: known.sites[1] ?? '',
    deployment: 'dev',
    version: long ? longest(64) : '2.5.4',
    ...(long ? { reason: longest(300) } : {}),
  };
  return {
    commands: offered,
    command,
    fields: fieldsOf(command, filled, alice, known, { version: ['2.5.4', '2.5.3'] }),
    filled,
    typed: long ? ['version'] : [],
    more,
    preview: long ? lengthened(preview) : preview,
    ...(preview.kind === 'asked' ? { approval: { within: 3_600_000, channel: '#jaws-aws' } } : {}),
    metadata: long ? 'm'.repeat(3000) : '{}',
  };
}

const FORMS: readonly Sample[] = [
  ...formCommands(commands, alice, directory).map(
    ({ name }) => [name, `${name}, every option`, PREVIEWS[0], true] as const,
  ),
  ...PREVIEWS.map((preview) => ['deploy', `deploy, ${preview[0]}`, preview, false] as const),
].map(([command, name, preview, more]) => {
  const shown = preview?.[1] ?? { kind: 'none', why: '' };
  return {
    group: 'Form',
    name,
    kind: 'form',
    model: model(command, shown, false, more),
    long: model(command, shown, true, more),
  };
});

function home(caller: typeof alice, isBusy: boolean, long: boolean): HomeModel {
  const targets = directory.sites.flatMap((site, row) =>
    directory.deployments.map((deployment, i) => ({
      ...targetStatus(isBusy && (row + i) % 4 === 0 ? 'fatal' : 'running'),
      site,
      deployment,
    })),
  );
  const locks = isBusy
    ? [{ site: 'aws', deployment: 'dev', reason: 'moving', owner: alice, since: T0, until: T0 + 600_000 }]
    : [];
  const sight: Sight = {
    statuses: new Map(
      targets.map((status) => [targetId(status.site, status.deployment), long ? lengthened(status) : status]),
    ),
    intentions: [],
    locks,
    windows: isBusy
      ? [aWindow({ start: T0 + 3_600_000, end: T0 + 7_200_000, reason: long ? longest(300) : 'power' })]
      : [],
    runs: isBusy
      ? Array.from({ length: long ? 20 : 2 }, (_, i) =>
          long ? lengthened(runningIn('stage')) : queued(`d-${i}`),
        )
      : [],
    workers: directory.sites,
    readAt: T0,
    ...(isBusy ? { trouble: long ? longest(2_000) : 'Redis is away' } : {}),
  };
  return { board: boardOf(directory, sight, T0), locks, reader: caller, directory, now: T0 };
}

const HOMES: readonly Sample[] = (
  [
    ['all is well', alice, false],
    ['much goes on', alice, true],
    ['of somebody who may only read', reader, true],
    ['of somebody who may nothing', stranger, true],
  ] as const
).map(([name, caller, isBusy]) => ({
  group: 'Home',
  name,
  kind: 'home',
  model: home(caller, isBusy, false),
  long: home(caller, isBusy, true),
}));

/** Modals and Home tabs. */
export const VIEWS: readonly Sample[] = [...FORMS, ...HOMES];
