import { describe, expect, it } from 'vitest';
import { ROOMS } from './rooms.ts';
import { describeBreach } from './rule.ts';
import { inspectTree, RULES } from './rules.ts';
import { treeOf } from './source.ts';

type Files = Readonly<Record<string, string>>;

const breaking = (files: Files) =>
  inspectTree(treeOf(files)).map(({ path, line, rule }) => `${path}:${line} ${rule}`);
const imports = (specifier: string) => `import { a } from '${specifier}';\n`;

/** Small trees that break exactly one rule, in one place. */
const BROKEN: readonly { what: string; files: Files; at: string }[] = [
  {
    what: 'core imports queue',
    files: { 'src/core/a.ts': imports('../queue/b.ts') },
    at: 'src/core/a.ts:1 direction',
  },
  {
    what: 'the bot arm imports the worker arm',
    files: { 'src/slack/a.ts': imports('../remote/b.ts') },
    at: 'src/slack/a.ts:1 direction',
  },
  {
    what: 'the worker arm imports the bot arm',
    files: { 'src/run/a.ts': imports('../slack/b.ts') },
    at: 'src/run/a.ts:1 direction',
  },
  {
    what: 'the bot imports the worker',
    files: { 'src/bot.ts': imports('./worker.ts') },
    at: 'src/bot.ts:1 direction',
  },
  {
    what: 'production imports the sandbox',
    files: { 'src/worker.ts': imports('./sandbox/b.ts') },
    at: 'src/worker.ts:1 direction',
  },
  {
    what: 'a type import counts',
    files: { 'src/plan/a.ts': "\nimport type { b } from '../run/b.ts';" },
    at: 'src/plan/a.ts:2 direction',
  },
  {
    what: 'a dynamic import counts',
    files: { 'src/plan/a.ts': "await import('../run/b.ts');" },
    at: 'src/plan/a.ts:1 direction',
  },
  {
    what: 'src imports a test',
    files: { 'src/plan/a.ts': imports('../../test/b.ts') },
    at: 'src/plan/a.ts:1 direction',
  },
  { what: 'a room nobody listed', files: { 'src/extras/a.ts': '' }, at: 'src/extras/a.ts:1 direction' },
  {
    what: 'a tool imports another',
    files: {
      'src/launchers/index.ts': imports('./supervisor.ts') + imports('./systemd.ts'),
      'src/launchers/supervisor.ts': imports('./supervisor-status.ts'),
      'src/launchers/supervisor-status.ts': imports('./systemd-units.ts'),
      'src/launchers/systemd.ts': imports('./launcher.ts'),
      'src/launchers/systemd-units.ts': '',
    },
    at: 'src/launchers/supervisor-status.ts:1 tools-apart',
  },
  {
    what: 'what tools share imports one of them',
    files: {
      'src/launchers/index.ts': imports('./supervisor.ts'),
      'src/launchers/supervisor.ts': '',
      'src/launchers/supervisord-shell.ts': imports('./supervisor.ts'),
    },
    at: 'src/launchers/supervisord-shell.ts:1 tools-apart',
  },
  {
    what: 'a circle of three',
    files: {
      'src/run/a.ts': imports('./b.ts'),
      'src/run/b.ts': imports('./c.ts'),
      'src/run/c.ts': imports('./a.ts'),
    },
    at: 'src/run/c.ts:1 no-cycle',
  },
  { what: 'core uses a package', files: { 'src/core/a.ts': imports('zod') }, at: 'src/core/a.ts:1 packages' },
  {
    what: 'a pure room reads files',
    files: { 'src/launchers/a.ts': imports('node:fs/promises') },
    at: 'src/launchers/a.ts:1 packages',
  },
  {
    what: 'ssh2 outside remote',
    files: { 'src/slack/a.ts': imports('ssh2') },
    at: 'src/slack/a.ts:1 packages',
  },
  {
    what: 'Redis outside queue',
    files: { 'src/run/a.ts': imports('ioredis') },
    at: 'src/run/a.ts:1 packages',
  },
  { what: 'a long file', files: { 'src/run/a.ts': 'x;\n'.repeat(251) }, at: 'src/run/a.ts:251 length' },
  {
    what: 'a folder of leftovers',
    files: { 'src/run/utils/a.ts': '' },
    at: 'src/run/utils/a.ts:1 leftovers',
  },
  {
    what: 'process.env',
    files: { 'src/run/a.ts': 'const a = process.env;' },
    at: 'src/run/a.ts:1 environment',
  },
  {
    what: 'env taken out of process',
    files: { 'src/run/a.ts': 'const { env } = process;' },
    at: 'src/run/a.ts:1 environment',
  },
  {
    what: 'env imported',
    files: { 'src/run/a.ts': "import { env } from 'node:process';" },
    at: 'src/run/a.ts:1 environment-import',
  },
  {
    what: 'console in a template',
    files: { 'src/run/a.ts': '`${console.log(1)}`' },
    at: 'src/run/a.ts:1 console',
  },
  { what: 'any', files: { 'test/a.test.ts': 'const a = b as any;' }, at: 'test/a.test.ts:1 type-escape' },
  {
    what: 'a silenced compiler',
    files: { 'src/run/a.ts': '// @ts-expect-error' },
    at: 'src/run/a.ts:1 checker-silenced',
  },
  {
    what: 'a barrel',
    files: { 'src/run/index.ts': "export * from './a.ts';" },
    at: 'src/run/index.ts:1 barrel',
  },
  {
    what: 'a skipped test',
    files: { 'test/a.test.ts': "\n it.skip('x', f)" },
    at: 'test/a.test.ts:2 test-skipped',
  },
  {
    what: 'a narrowed table of tests',
    files: { 'test/a.test.ts': 'describe.concurrent.only.each([])' },
    at: 'test/a.test.ts:1 test-skipped',
  },
  {
    what: 'a test that skips itself',
    files: { 'test/a.test.ts': 'ctx.skip()' },
    at: 'test/a.test.ts:1 test-skipped',
  },
  {
    what: 'a mocked module',
    files: { 'test/a.test.ts': "vi.mock('x')" },
    at: 'test/a.test.ts:1 module-mock',
  },
  { what: 'unfinished work', files: { 'src/run/a.ts': '/* TODO later */' }, at: 'src/run/a.ts:1 unfinished' },
  {
    what: 'a broad kill',
    files: { 'src/run/a.ts': 'sh`pkill supervisord`' },
    at: 'src/run/a.ts:1 broad-kill',
  },
];

/** Small trees that come close to a rule and keep it. */
const SOUND: readonly { what: string; files: Files }[] = [
  {
    what: 'imports downwards, beside and from packages',
    files: {
      'src/core/a.ts': imports('fastest-levenshtein') + imports('node:crypto'),
      'src/run/a.ts': imports('../remote/b.ts') + imports('./c.ts') + imports('../queue/d.ts'),
      'src/bot.ts': imports('./slack/app.ts') + imports('./log.ts'),
      'src/cli/demo.ts': imports('../sandbox/world.ts') + imports('../worker.ts') + imports('../bot.ts'),
    },
  },
  {
    what: 'a file shared by tools',
    files: {
      'src/installers/index.ts': imports('./venv.ts'),
      'src/installers/venv.ts':
        imports('./shell.ts') + imports('./venv-facts.ts') + imports('./installer.ts'),
    },
  },
  {
    what: 'two ways to one file are no circle',
    files: {
      'src/run/a.ts': imports('./b.ts') + imports('./c.ts'),
      'src/run/b.ts': imports('./c.ts'),
      'src/run/c.ts': '',
    },
  },
  {
    what: 'words in strings and comments',
    files: {
      'src/run/a.ts':
        "// process.env and console.log are not used here: any\nconst a = 'console.log(process.env)';",
      'test/a.test.ts': 'const a = "it.skip(\'x\')"; // vi.mock is not used\n',
    },
  },
  {
    what: 'places with a right of their own',
    files: { 'src/config/a.ts': 'process.env', 'src/cli.ts': 'console.log(process.env)' },
  },
];

describe('the rules of the house', () => {
  it.each(BROKEN)('see: $what', ({ files, at }) => {
    expect(breaking(files)).toEqual([at]);
  });

  it.each(SOUND)('accept: $what', ({ files }) => {
    expect(inspectTree(treeOf(files)).map(describeBreach)).toEqual([]);
  });

  it('each have a tree that breaks them', () => {
    const broken = new Set(BROKEN.map(({ at }) => at.split(' ')[1]));
    expect(RULES.map((rule) => rule.name).filter((name) => !broken.has(name))).toEqual([]);
  });

  it('name file, line, rule, what was found and why', () => {
    const [breach] = inspectTree(treeOf({ 'src/core/a.ts': imports('../queue/b.ts') }));
    expect(breach && describeBreach(breach)).toBe(
      'src/core/a.ts:1  direction: core imports queue (../queue/b.ts) (the vocabulary depends on nothing of ours)',
    );
  });
});

describe('the two arms', () => {
  const closure = (name: string, seen = new Set<string>()): ReadonlySet<string> => {
    for (const next of ROOMS[name]?.may ?? []) {
      if (!seen.has(next)) closure(next, seen.add(next));
    }
    return seen;
  };

  it('never meet, by any way through the rooms', () => {
    const bot = closure('bot');
    const worker = closure('worker');
    for (const room of ['remote', 'run', 'worker', 'sandbox', 'cli']) expect(bot).not.toContain(room);
    for (const room of ['commands', 'slack', 'maintenance', 'web', 'bot', 'sandbox', 'cli'])
      expect(worker).not.toContain(room);
  });

  it('have no circle between rooms of the product', () => {
    const production = Object.keys(ROOMS).filter((name) => name !== 'cli' && name !== 'sandbox');
    expect(production.filter((name) => closure(name).has(name))).toEqual([]);
  });
});
