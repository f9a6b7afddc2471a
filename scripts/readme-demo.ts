import { spawn } from 'node:child_process';
import { SYSTEM_PATH, until } from '../src/sandbox/process.ts';

/** Longest wait for anything at the prompt, in milliseconds. */
const LIMIT_MS = 180_000;

/**
 * Runs the demo on a terminal of its own as a newcomer would: waits for its prompt, types each line and waits until
 * what came of it is to be seen, opens both addresses it names, and presses Ctrl-C.
 * @returns what is not as promised; undefined when everything is
 */
export async function followDemo(
  command: string,
  cwd: string,
  typed: readonly string[],
): Promise<string | undefined> {
  // script(1) gives it a terminal and takes keys from a pipe.
  const child = spawn('script', ['-qefc', command, '/dev/null'], {
    cwd,
    env: { ...process.env, PATH: `${process.env['PATH']}:${SYSTEM_PATH}` },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
  });
  const gone = () => child.exitCode !== null || child.signalCode !== null;
  const sees = async (pattern: RegExp, from = 0) =>
    (await until(() => gone() || pattern.test(shown.slice(from)), LIMIT_MS)) &&
    pattern.test(shown.slice(from));
  try {
    if (!(await sees(/ada> /))) return `no prompt: ${shown.slice(-500)}`;
    for (const text of typed) {
      const from = shown.length;
      child.stdin.write(`${text}\n`);
      if (!(await sees(cameOf(text), from))) return `${text}: ${shown.slice(from).slice(-500)}`;
    }
    const addresses = [...shown.matchAll(/http:\/\/127\.0\.0\.1:\d+\S*/g)].map(([url]) =>
      url.replace(/[,.;]$/, ''),
    );
    if (addresses.length < 2) return `it names ${addresses.length} addresses, expected two`;
    for (const url of addresses.slice(0, 2)) {
      const { status } = await fetch(url);
      if (status !== 200) return `${url} answers ${status}`;
    }
    child.stdin.write('\u0003');
    if (!(await until(gone, LIMIT_MS))) return 'Ctrl-C does not end it';
    return undefined;
  } finally {
    if (!gone()) child.kill('SIGKILL');
  }
}

/** What is to be seen once a line has been answered in full. */
function cameOf(text: string): RegExp {
  if (text.startsWith('/jaws deploy')) return /Deployed JAWS Site/;
  if (text === '/jaws help') return /\/jaws help \[COMMAND\]/;
  return /ada> /;
}
