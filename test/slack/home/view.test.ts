import { expect, test } from 'vitest';
import type { Sight } from '../../../src/board/feed.ts';
import { boardOf } from '../../../src/board/view.ts';
import { targetId } from '../../../src/core/target.ts';
import { viewRefusal } from '../../../src/sandbox/slack/view.ts';
import { homeView } from '../../../src/slack/home/view.ts';
import { alice, directory, reader, stranger } from '../../fixtures/directory.ts';
import { fold, queued, runningIn, T0, targetStatus } from '../../fixtures/runs.ts';

const long = '<!channel> & `x` \u001b[31m'.repeat(40);

const locks = [
  { site: 'aws', deployment: 'dev', reason: long, owner: alice, since: T0, until: T0 + 600_000 },
];

function sight(detail: string): Sight {
  const targets = directory.sites.flatMap((site) =>
    directory.deployments.map((deployment) => ({ ...targetStatus('fatal', detail), site, deployment })),
  );
  return {
    statuses: new Map(targets.map((status) => [targetId(status.site, status.deployment), status])),
    intentions: [],
    locks,
    windows: Array.from({ length: 20 }, (_, i) => ({
      id: `aws-${i}`,
      site: 'aws',
      start: T0 + 3600_000,
      end: T0 + 7200_000,
      reason: detail,
      source: 'manual',
      createdBy: alice.name,
      createdAt: T0,
      revision: 1,
      changedAt: T0,
    })),
    runs: Array.from({ length: 20 }, (_, i) => queued(`d-${i}`, { reason: detail })),
    workers: directory.sites,
    readAt: T0,
    trouble: detail === long ? long : 'Redis is away',
  };
}

const view = (caller: typeof alice, detail = 'file system upgrade') =>
  homeView({ board: boardOf(directory, sight(detail), T0), locks, reader: caller, directory, now: T0 });

test.each([alice, reader, stranger])(
  'the Home tab of $name is taken by Slack with the longest words',
  (caller) => {
    expect(viewRefusal(view(caller, long))).toBeUndefined();
    expect(JSON.stringify(view(caller, long))).not.toContain('<!channel>');
  },
);

test('shows what needs its reader, and nothing that the reader may not see', () => {
  expect(JSON.stringify(view(alice))).toContain('Your lock ends soon');
  expect(JSON.stringify(view(reader))).not.toContain('Your lock ends soon');
  expect(JSON.stringify(view(stranger))).toContain('You may see no site.');
  expect(JSON.stringify(view(stranger))).not.toContain('file system upgrade');
});

test('who may approve has the buttons, bound to the plan, and who asked has none', () => {
  const waiting = fold(runningIn('check', { ...queued('d-9'), caller: reader }), {
    at: T0,
    type: 'awaiting',
    approval: { hash: 'a'.repeat(64), until: T0 + 1, changes: [long, 'changed: x (+1 −0)'], changed: false },
  });
  const seen = (caller: typeof alice) =>
    homeView({
      board: boardOf(directory, { ...sight('x'), runs: [waiting] }, T0),
      locks: [],
      reader: caller,
      directory,
      now: T0,
    });
  expect(viewRefusal(seen(alice))).toBeUndefined();
  const shown = JSON.stringify(seen(alice).blocks);
  expect(shown).toContain('"text":"Approve"');
  expect(shown).toContain(
    JSON.stringify(JSON.stringify({ command: 'approve', input: { job: 'd-9', plan: 'a'.repeat(12) } })).slice(
      1,
      -1,
    ),
  );
  expect(shown).toContain('changed: x');
  expect(shown).not.toContain('<!channel>');
  expect(JSON.stringify(seen(reader).blocks)).not.toContain('"text":"Approve"');
});
