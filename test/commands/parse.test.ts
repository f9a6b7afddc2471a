import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answer, parse, parseWords } from '../../src/commands/parse.ts';
import { commandSchema, commands } from '../../src/commands/registry.ts';
import { OpsError } from '../../src/core/errors.ts';
import { alice, directory, reader } from '../fixtures/directory.ts';
import { FakeJobs } from '../fixtures/jobs.ts';

const devAws = { site: 'aws', deployment: 'dev', dryRun: false };

function refusal(line: string): OpsError {
  try {
    parse(line, directory);
  } catch (error) {
    if (error instanceof OpsError) return error;
    throw error;
  }
  throw new Error(`${line} was accepted`);
}

describe('a line that is understood', () => {
  test.each<[string, Record<string, unknown>]>([
    ['deploy dev aws', devAws],
    ['/jaws deploy dev aws', devAws],
    ['deploy aws dev', devAws],
    ['DEPLOY Aws DEV', devAws],
    ['  deploy\u00a0dev   aws\t', devAws],
    ['deploy dev aws 2.5.4', { ...devAws, version: '2.5.4' }],
    ['deploy 2.5.4 aws dev', { ...devAws, version: '2.5.4' }],
    ['deploy dev aws feature-x', { ...devAws, version: 'feature-x' }],
    ['deploy dev --dry-run aws', { ...devAws, dryRun: true }],
    ['deploy dev aws —dry-run', { ...devAws, dryRun: true }],
    ['deploy dev aws –dry-run', { ...devAws, dryRun: true }],
    ['deploy dev aws --launch-tool systemd', { ...devAws, launchTool: 'systemd' }],
    ['deploy dev aws --launch-tool=SCRONTAB', { ...devAws, launchTool: 'scrontab' }],
    ['deploy dev aws --install-method apptainer-run', { ...devAws, installMethod: 'apptainer-run' }],
    ['deploy dev aws --reason "new release"', { ...devAws, reason: 'new release' }],
    ['deploy dev aws —reason “new release”', { ...devAws, reason: 'new release' }],
    ['deploy dev aws --reason=“prod”', { ...devAws, reason: 'prod' }],
    ['deploy dev aws --reason ‘it’s time’', { ...devAws, reason: "it's time" }],
    [
      'deploy dev aws --reason "she said \\"go\\" --dry-run"',
      { ...devAws, reason: 'she said "go" --dry-run' },
    ],
    ['deploy dev aws --reason don’t', { ...devAws, reason: "don't" }],
  ])('%s', (line, input) => {
    expect(parse(line, directory)).toMatchObject({ command: 'deploy', input });
    expect(Object.keys(parse(line, directory).input).sort()).toEqual(Object.keys(input).sort());
  });

  test('words that a shell has split mean the same', () => {
    const words = ['deploy', 'aws', 'dev', '--reason', 'new release'];
    expect(parseWords(words, directory).input).toEqual({ ...devAws, reason: 'new release' });
  });

  test.each<[string, string, Record<string, unknown>]>([
    ['', 'help', {}],
    ['help', 'help', {}],
    ['help deploy', 'help', { command: 'deploy' }],
    ['deploy --help', 'help', { command: 'deploy' }],
    ['status', 'status', {}],
    ['status all', 'status', { site: 'all' }],
    ['status Dev aws', 'status', { site: 'aws', deployment: 'dev' }],
    ['status prod', 'status', { deployment: 'prod' }],
    ['jobs', 'jobs', {}],
  ])('%s is %s', (line, command, input) => {
    expect(parse(line, directory)).toMatchObject({ command, input });
  });

  test('its input passes the schema of all commands', () => {
    const { command, input } = parse('deploy dev aws 2.5.4 --dry-run', directory);
    expect(commandSchema.parse({ command, input })).toEqual({ command, input });
  });
});

describe('a line that is not understood', () => {
  test.each<[string, string, RegExp]>([
    ['deplyo dev aws', 'usage.command', /"deplyo".*did you mean deploy\?/],
    ['frobnicate', 'usage.command', /expected deploy, .*status, .*help$/],
    ['deploy dev', 'usage.argument', /SITE is missing.*perlmutter/],
    ['deploy aws', 'usage.argument', /DEPLOYMENT is missing, expected dev, staging, prod/],
    ['deploy dev awz', 'usage.argument', /"awz".*did you mean aws\?/],
    ['deploy pord aws', 'usage.argument', /"pord".*DEPLOYMENT.*did you mean prod\?/],
    ['deploy dev aws jgi', 'usage.argument', /SITE is given twice: aws and jgi/],
    ['deploy dev aws prod', 'usage.argument', /DEPLOYMENT is given twice/],
    ['deploy dev aws latest', 'usage.argument', /"latest".*moves/],
    ['deploy dev aws "prod"', 'usage.argument', /"prod".*environment/],
    ['deploy dev aws -rf', 'usage.flag', /"-rf"/],
    ['deploy dev aws 2.5;4', 'usage.argument', /VERSION.*"2\.5;4"/],
    ['deploy dev aws ""', 'usage.argument', /VERSION: got ""/],
    ['deploy dev aws 2.5.4 more', 'usage.argument', /one word too many: "more"/],
    ['deploy dev aws --dry-rum', 'usage.flag', /did you mean --dry-run\?/],
    ['deploy dev aws -dry-run', 'usage.flag', /did you mean --dry-run\?/],
    ['deploy dev aws --dry-run --dry-run', 'usage.flag', /--dry-run is given twice/],
    ['deploy dev aws --dry-run=no', 'usage.flag', /takes no value/],
    [
      'deploy dev aws --launch-tool',
      'usage.flag',
      /lacks its value, expected supervisor \| systemd \| scrontab/,
    ],
    ['deploy dev aws --launch-tool --dry-run', 'usage.flag', /lacks its value/],
    ['deploy dev aws --launch-tool systemdd', 'usage.flag', /did you mean systemd\?/],
    ['deploy dev aws --reason "open', 'usage.argument', /quote before "open" is not closed/],
    ['status mars', 'usage.argument', /"mars", expected SITE .*or DEPLOYMENT/],
    ['cancel --json', 'usage.flag', /cancel has no flags/],
    [`deploy ${'x '.repeat(2500)}`, 'usage.argument', /at most 4000/],
  ])('%s', (line, code, message) => {
    const error = refusal(line);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('\n');
    expect(error.next).not.toBe('');
  });

  test('offers only what the caller may use', () => {
    expect(() => parse('frobnicate', directory, reader)).toThrow(/expected status, .*help$/);
  });
});

test('any line gets exactly one answer and never another error than a usage error', async () => {
  const words = [
    'deploy',
    'status',
    'help',
    'jobs',
    'dev',
    'aws',
    '--dry-run',
    '--reason',
    '"',
    '“',
    "'",
    '=',
    '—',
    '--',
  ];
  const line = fc.oneof(
    fc.string({ maxLength: 80, unit: 'grapheme' }),
    fc
      .array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 8 })), { maxLength: 8 })
      .map((w) => w.join(' ')),
  );
  await fc.assert(
    fc.asyncProperty(line, async (text) => {
      const jobs = new FakeJobs();
      const reply = await answer(text, { caller: alice, directory, jobs, now: () => 0 });
      expect(jobs.submitted.length).toBe(reply.kind === 'run' ? 1 : 0);
      if (reply.kind === 'problem') expect(reply.problem.code).toMatch(/^usage\./);
    }),
    { numRuns: 2000 },
  );
});

test('every command has a usage line, a summary and examples that parse', () => {
  for (const command of commands) {
    expect(command.usage.startsWith(command.name)).toBe(true);
    expect(command.summary).not.toBe('');
    for (const example of command.examples) expect(parse(example, directory).command).toBe(command.name);
  }
});
