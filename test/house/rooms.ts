import { fileRule, type Rule } from './rule.ts';

interface Room {
  /** Rooms it may import from, besides itself. */
  readonly may: readonly string[];
  readonly why: string;
}

const PURE = ['core', 'launchers', 'installers'];
const TRUNK = [...PURE, 'config', 'plan', 'runbooks', 'queue', 'log'];
/** What only the worker is made of, and what only the bot is made of. */
const WORKER_ARM = ['remote', 'run'];
const BOT_ARM = ['board', 'commands', 'slack', 'maintenance', 'web'];

/** Who may import whom. A room is a folder of src/, or a file directly in it. */
export const ROOMS: Readonly<Record<string, Room>> = {
  core: { may: [], why: 'the vocabulary depends on nothing of ours' },
  launchers: { may: ['core'], why: 'a launch tool is pure: it makes scripts and reads their output' },
  installers: { may: ['core'], why: 'an install method is pure: it makes scripts and reads their output' },
  config: { may: PURE, why: 'configuration knows the tools whose blocks it validates, and no process' },
  plan: { may: [...PURE, 'config'], why: 'a plan is made from request, target and facts alone' },
  runbooks: { may: [...PURE, 'config'], why: 'a runbook becomes a plan from its file and the target alone' },
  log: { may: ['core'], why: 'every process logs, so logging depends on the vocabulary only' },
  queue: {
    may: [...PURE, 'config', 'plan', 'runbooks', 'log'],
    why: 'the queue ends the trunk that both processes share',
  },
  remote: {
    may: TRUNK,
    why: 'the worker arm holds SSH keys and never meets the bot arm, which holds Slack tokens',
  },
  run: {
    may: [...TRUNK, 'remote'],
    why: 'the worker arm holds SSH keys and never meets the bot arm, which holds Slack tokens',
  },
  worker: { may: [...TRUNK, ...WORKER_ARM], why: 'the worker process holds no Slack token' },
  board: {
    may: TRUNK,
    why: 'what everybody who looks is shown: one copy of the facts for page and Home tab',
  },
  commands: {
    may: TRUNK,
    why: 'a command is answered for Slack and the terminal alike, and reaches sites through the queue only',
  },
  slack: {
    may: [...TRUNK, 'board', 'commands'],
    why: 'the bot arm holds Slack tokens and never meets the worker arm, which holds SSH keys',
  },
  maintenance: { may: TRUNK, why: 'reminders reach sites through the queue and people through the bot' },
  web: { may: [...TRUNK, 'board', 'commands'], why: 'the web routes show what the queue knows' },
  bot: { may: [...TRUNK, ...BOT_ARM], why: 'the bot process holds no SSH key and no site secret' },
  cli: {
    may: [...TRUNK, ...WORKER_ARM, 'worker', ...BOT_ARM, 'bot', 'sandbox'],
    why: 'the command line starts every process',
  },
  sandbox: {
    may: [...TRUNK, ...WORKER_ARM, 'worker', ...BOT_ARM, 'bot', 'cli'],
    why: 'the demo world may use everything, and nothing in production may use it',
  },
};

/** The room of a path such as `src/core/plan.ts` or `src/bot.ts`; undefined outside src/. */
export function roomOf(path: string): string | undefined {
  return /^src\/([^/]+?)(?:\.ts$|\/)/.exec(path)?.[1];
}

/** Import direction between rooms. */
export const direction: Rule = fileRule(
  'direction',
  'rooms import downwards only',
  (path) => path.startsWith('src/'),
  (source) => {
    const name = roomOf(source.path) ?? '';
    const room = ROOMS[name];
    if (!room)
      return [
        {
          line: 1,
          found: `src/${name} is not a room`,
          why: 'rooms and their directions are listed in test/house/rooms.ts',
        },
      ];
    return source.imports.flatMap((entry) => {
      if (entry.path === undefined) return [];
      const other = roomOf(entry.path);
      if (other === name || (other !== undefined && room.may.includes(other))) return [];
      const found =
        other === undefined ? `${name} imports ${entry.path}, outside src/` : `${name} imports ${other}`;
      return [{ line: entry.line, found: `${found} (${entry.specifier})`, why: room.why }];
    });
  },
);
