import { WebClient } from '@slack/web-api';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { answer } from '../../src/commands/parse.ts';
import { createGroups } from '../../src/slack/groups.ts';
import { directory, stranger } from '../fixtures/directory.ts';
import { FakeJobs } from '../fixtures/jobs.ts';

const logger = pino({ level: 'silent' });

/** A client whose answers about user groups are these, in turn; the last one stays. */
function client(...answers: (() => Promise<{ ok: boolean; users: string[] }>)[]): WebClient {
  const slack = new WebClient();
  let asked = 0;
  slack.usergroups.users.list = () => (answers[asked++] ?? answers.at(-1) ?? Promise.reject)();
  return slack;
}
const members =
  (...users: string[]) =>
  () =>
    Promise.resolve({ ok: true, users });
const away = () => Promise.reject(new Error('ECONNREFUSED'));
const no = (error: string) => () =>
  Promise.reject(
    Object.assign(new Error(error), { code: 'slack_webapi_platform_error', data: { ok: false, error } }),
  );

test('a group that Slack has never answered about is unknown, and asked for again soon', async () => {
  let now = 0;
  const groups = createGroups(
    client(away, members('U1')),
    () => ['S0OPS'],
    logger,
    () => now,
  );
  await groups.refresh();
  expect(groups.unknown()).toEqual(['S0OPS']);
  now += 6_000;
  await groups.refresh();
  expect(groups.unknown()).toEqual([]);
  expect(groups.of('U1')).toEqual(['S0OPS']);
});

test('one that it has answered about keeps its members while Slack is away', async () => {
  let now = 0;
  const groups = createGroups(
    client(members('U1'), away),
    () => ['S0OPS'],
    logger,
    () => now,
  );
  await groups.refresh();
  now += 61_000;
  await groups.refresh();
  expect(groups.unknown()).toEqual([]);
  expect(groups.of('U1')).toEqual(['S0OPS']);
});

test.each(['plan_upgrade_required', 'no_such_subteam', 'missing_scope'])(
  'one of %s has no members',
  async (error) => {
    const groups = createGroups(client(no(error)), () => ['S0OPS'], logger);
    await groups.refresh();
    expect(groups.unknown()).toEqual([]);
  },
);

test.each(['deploy dev aws', 'status aws', 'history', 'recover aws', 'help deploy', 'diff dev aws'])(
  'nobody is told "may not" while that is not known: %s',
  async (line) => {
    const jobs = new FakeJobs();
    const unsure = { ...directory, unsure: () => true };
    const context = { caller: stranger, jobs, now: () => jobs.now };
    const reply = await answer(line, { ...context, directory: unsure });

    expect(reply).toMatchObject({
      kind: 'problem',
      problem: { code: 'slack.unreachable', message: expect.stringContaining('could not be checked') },
    });
    expect(await answer(line, { ...context, directory })).toMatchObject({
      problem: { code: 'refused.permission' },
    });
    expect(jobs.submitted).toEqual([]);
  },
);
