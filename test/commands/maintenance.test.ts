import { expect, test } from 'vitest';
import { answer, answerWords } from '../../src/commands/parse.ts';
import { commandSchema } from '../../src/commands/registry.ts';
import { renderText } from '../../src/commands/render-text.ts';
import { alice, directory, reader } from '../fixtures/directory.ts';
import { FakeJobs } from '../fixtures/jobs.ts';

const NOW = Date.parse('2026-11-22T12:00Z');

function aContext(caller = alice) {
  return { caller, directory, jobs: new FakeJobs(), now: () => NOW };
}
const said = async (line: string, context = aContext()) => renderText(await answer(line, context), NOW);

test.each([
  ['maintenance ad aws', /got "ad", expected list, add, move/],
  ['maintenance add', /SITE is missing, expected SITE \(assembly/],
  ['maintenance add awss 2026-12-01 06:00 to 18:00 "x"', /got "awss"/],
  ['maintenance add aws 2026-12-01 06:00 to 18:00', /the reason is missing/],
  ['maintenance add aws tomorrow "x"', /expected a time such as 2026-12-01 06:00 to 18:00/],
  ['maintenance add aws 2026-11-01 06:00 to 18:00 "x"', /would have ended Sun 2026-11-01 18:00 PST/],
  ['maintenance add aws 2027-03-14 02:30 to 18:00 "x"', /the clocks skip it/],
  ['maintenance cancel aws-1', /no window to come has the id aws-1; there is none/],
  ['maintenance list aws aws', /one word too many/],
  ['maintenance snooze aws soon', /expected minutes such as 30/],
])('%s: says what is wrong', async (line, message) => {
  expect(await said(line)).toMatch(message);
});

test('a window is the same whether typed in Slack or split by a shell', async () => {
  const typed = aContext();
  await answer('maintenance ADD AWS 2026-12-01 06:00 to 18:00 “new switches”', typed);
  const split = aContext();
  await answerWords(
    ['maintenance', 'add', 'aws', '2026-12-01', '06:00', 'to', '18:00', 'new', 'switches'],
    split,
  );
  const windows = await Promise.all([typed, split].map(({ jobs }) => jobs.windows.list()));
  for (const [window] of windows) {
    expect(window).toMatchObject({
      site: 'aws',
      start: Date.parse('2026-12-01T14:00Z'),
      end: Date.parse('2026-12-02T02:00Z'),
      reason: 'new switches',
    });
  }
});

test('a window that was called off is told as such, below those that stand, until it would have been over', async () => {
  const context = aContext(alice);
  await said('maintenance add aws 2026-12-01 06:00 to 18:00 "first"', context);
  await said('maintenance add aws 2026-12-03 06:00 to 18:00 "second"', context);
  const [first] = await context.jobs.windows.list();
  await said(`maintenance cancel ${first?.id}`, context);
  const listed = await said('maintenance list aws', context);
  expect(listed).toContain('Maintenance windows of aws: 1');
  expect(listed).toMatch(/second.*called off by alice.*first/s);
  const later = { ...context, now: () => Date.parse('2026-12-02T12:00Z') };
  expect(await said('maintenance list aws', later)).not.toContain('first');
});

test('who may only read lists and changes nothing', async () => {
  const context = aContext(reader);
  expect(await said('maintenance list aws', context)).toContain('none to come');
  for (const line of ['add aws 2026-12-01 06:00 to 18:00 "x"', 'snooze aws', 'choose aws'])
    expect(await said(`maintenance ${line}`, context)).toContain('refused.permission');
});

test('an input that a button holds is read by the schema, another is not', () => {
  const button = { command: 'maintenance', input: { verb: 'resume', site: 'aws' } };
  expect(commandSchema.safeParse(button).success).toBe(true);
  expect(commandSchema.safeParse({ ...button, input: { verb: 'burn', site: 'aws' } }).success).toBe(false);
});
