import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { collect, SYSTEM_PATH, until } from '../src/sandbox/process.ts';
import { followDemo } from './readme-demo.ts';

/** Where the README is followed. */
export interface Place {
  readonly clone: string;
  /** What was exported so far. */
  readonly env: Readonly<Record<string, string>>;
  /** What is to be typed at the demo's prompt. */
  readonly typed: readonly string[];
}

/** How a command of the README is followed, or why it is not. */
export type Step =
  | { readonly skipped: string }
  | {
      /** @returns what is not as the README promises; undefined when everything is. */
      follow(place: Place): Promise<string | undefined>;
    };

const LIMIT_MS = 15 * 60_000;

/** The step for a command. One that is not known here is run, and has to end with 0. */
export function stepOf(command: string): Step {
  if (command === 'npm test') return { skipped: 'not run here: it is the test suite' };
  if (command.startsWith('docker')) return { skipped: 'not run here: needs a Docker engine' };
  if (command === 'npm run demo') return { follow: ({ clone, typed }) => followDemo(command, clone, typed) };
  if (command === 'npm start') return { follow: (place) => untilReady(command, place) };
  const promised = promisesOf(command);
  return {
    async follow({ clone, env }) {
      const { code, stdout, stderr } = await collect(['sh', '-c', `cd "$0" && ${command}`, clone], {
        env: environment(env),
        timeoutMs: LIMIT_MS,
      });
      if (code !== 0) return `exit code ${code}: ${(stderr.trim() || stdout.trim()).slice(-800)}`;
      const missing = promised.filter((text) => !stdout.includes(text));
      return missing.length === 0 ? undefined : `not in its output: ${missing.join(' | ')}`;
    },
  };
}

/** What has to stand in a command's output. */
function promisesOf(command: string): readonly string[] {
  const once = [...command.matchAll(/--once "([^"]*)"/g)].map(([, text = '']) => text);
  return [
    ...once.map((text) => `> ${text}`),
    ...once.flatMap((text) => {
      const [, deployment = '', site = ''] = /^\/jaws deploy (\w+) (\w+)/.exec(text) ?? [];
      return site === '' ? [] : [`on ${deployment} at ${site} in `, `${deployment} at ${site}: running`];
    }),
    ...(command.includes('config check') ? ['no problem'] : []),
  ];
}

/** Starts bot and worker, waits until both are ready and the board answers, and ends them as an administrator does. */
async function untilReady(command: string, { clone, env }: Place): Promise<string | undefined> {
  const child = spawn('sh', ['-c', `exec ${command}`], {
    cwd: clone,
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
    // npm does not pass a signal on to what it runs: the whole group gets it, as at a terminal.
    detached: true,
  });
  let shown = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
    });
  const gone = () => child.exitCode !== null || child.signalCode !== null;
  const page = async (path: string) =>
    fetch(`http://127.0.0.1:${env['PORT']}${path}`).then(
      ({ status }) => status,
      () => 0,
    );
  try {
    const ready = await until(async () => gone() || (await page('/readyz')) === 200, 120_000);
    if (!ready || gone()) return `not ready: ${shown.slice(-800)}`;
    const pages = await Promise.all(['/', '/queues', '/metrics'].map(page));
    return pages.every((status) => status === 200)
      ? undefined
      : `/, /queues, /metrics answer ${pages.join(', ')}`;
  } finally {
    if (child.pid !== undefined && !gone()) process.kill(-child.pid, 'SIGTERM');
    await until(() => gone() && aliveBelow(clone).length === 0, 30_000);
  }
}

function environment(env: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${process.env['PATH']}:${SYSTEM_PATH}`, ...env };
}

/** Processes that work in a folder or name it in their words, as `PID WORDS`. */
export function aliveBelow(folder: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        const inside = readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
        return (inside || words.includes(folder)) && words !== '' ? [`${pid} ${words}`] : [];
      } catch {
        return [];
      }
    });
}
