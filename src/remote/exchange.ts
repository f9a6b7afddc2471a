import { randomBytes } from 'node:crypto';
import { StringDecoder } from 'node:string_decoder';
import { OpsError } from '../core/errors.ts';
import type { Exit } from '../core/exit.ts';
import type { Script } from '../core/script.ts';
import type { Access } from '../core/target.ts';
import type { RunOptions, RunResult } from '../core/transport.ts';
import { bootstrap } from './bootstrap.ts';
import { type Capture, createCapture } from './capture.ts';
import { type Channel, type ChannelEnd, ChannelRefused } from './channel.ts';
import { exitOf } from './exit-code.ts';
import { createFrameReader, type FrameReader } from './frame.ts';
import { endSession } from './session.ts';

export interface ExchangeParts {
  readonly access: Access;
  /** Opens a channel for the script itself. */
  open(command: string): Promise<Channel>;
  /** Opens a channel to end the script, when all others may be taken. */
  openReserve(command: string): Promise<Channel>;
}

/** Time a script gets between TERM and KILL, and the longest that ending it may take, in milliseconds. */
const GRACE_MS = 3_000;
const ENDING_MS = 12_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Runs one script over a channel of its own. A script that runs out of time or is aborted is ended on the site, its
 * whole session, before this resolves: with `timeout`, or with SIGTERM as if somebody had sent it.
 * @throws OpsError `site.sudo` or `site.output` when the account's shell never came to the script;
 *   {@link ChannelRefused} when the server wants fewer channels.
 */
export async function exchange(
  parts: ExchangeParts,
  script: Script,
  options: RunOptions,
): Promise<RunResult> {
  const talk = await begin(parts, script, options, parts.open);
  const interruption = watch(options);
  try {
    const first = await Promise.race([talk.finished, interruption.struck]);
    if (first !== 'timeout' && first !== 'abort') return talk.result(first);
    if (talk.session !== undefined) await end(parts, talk.session);
    return talk.result(first === 'timeout' ? { kind: 'timeout' } : { kind: 'signal', name: 'SIGTERM' });
  } finally {
    interruption.stop();
    talk.channel.close();
  }
}

/** Ends what an interrupted script left on the site. What cannot be ended now is found by the next look at the site. */
async function end(parts: ExchangeParts, session: number): Promise<void> {
  const limit = { timeoutMs: ENDING_MS };
  const timer = watch(limit);
  try {
    const talk = await begin(parts, endSession(session, GRACE_MS), limit, parts.openReserve);
    await Promise.race([talk.finished, timer.struck]);
    talk.channel.close();
  } catch {
    // The connection is gone as well: the caller learns of that with its next script.
  } finally {
    timer.stop();
  }
}

interface Talk {
  readonly channel: Channel;
  readonly session: number | undefined;
  readonly finished: Promise<Exit>;
  result(exit: Exit): RunResult;
}

async function begin(
  parts: ExchangeParts,
  script: Script,
  options: RunOptions,
  open: (command: string) => Promise<Channel>,
): Promise<Talk> {
  const token = `jaws-ops-${randomBytes(8).toString('hex')}`;
  const { become } = parts.access;
  const { command, input } = bootstrap(script, {
    token,
    shell: options.shell ?? 'sh',
    ...(become === undefined ? {} : { become }),
    ...(options.stdin === undefined ? {} : { payload: options.stdin }),
  });
  const channel = await open(command);
  const out = createFrameReader(token);
  const err = createFrameReader(token);
  const kept = { out: createCapture(), err: createCapture() };
  const decoder = new StringDecoder('utf8');
  const finished = new Promise<Exit>((resolve, reject) => {
    const settle = () => {
      if (out.code !== undefined && err.code !== undefined) resolve(exitOf(out.code));
    };
    const take = (chunk: Uint8Array) => {
      if (chunk.length === 0) return;
      kept.out.push(chunk);
      options.onBytes?.(chunk);
      const text = options.onOutput === undefined ? '' : decoder.write(Buffer.from(chunk));
      if (text !== '') options.onOutput?.(text);
    };
    channel.stdout.on('data', (chunk: Buffer) => {
      take(out.push(chunk));
      settle();
    });
    channel.stderr.on('data', (chunk: Buffer) => {
      kept.err.push(err.push(chunk));
      settle();
    });
    void channel.ended.then((ended) => {
      take(out.rest());
      kept.err.push(err.rest());
      const exit = unframed(parts.access, ended, out, err);
      if (exit instanceof Error) reject(exit);
      else resolve(exit);
    });
  });
  // An interrupted exchange may never look at it again.
  finished.catch(() => undefined);
  channel.stdin.on('error', () => undefined);
  channel.stdin.end(input);
  return {
    channel,
    finished,
    get session() {
      return out.session;
    },
    result: (exit) => resultOf(exit, kept),
  };
}

function resultOf(exit: Exit, kept: { out: Capture; err: Capture }): RunResult {
  return { exit, stdout: kept.out.text(), stderr: kept.err.text() };
}

/** The exit of a script whose channel ended before both end lines came. */
function unframed(access: Access, ended: ChannelEnd, out: FrameReader, err: FrameReader): Exit | Error {
  if (ended.refused !== undefined && out.session === undefined) return new ChannelRefused(ended.refused);
  const code = out.code ?? err.code;
  if (code !== undefined) return exitOf(code);
  if (ended.signal !== undefined) return { kind: 'signal', name: ended.signal };
  if (ended.code === undefined) return { kind: 'lost', reason: ended.reason ?? 'the channel closed' };
  if (out.session !== undefined) {
    const exit = exitOf(ended.code);
    return exit.kind === 'signal' ? exit : { kind: 'lost', reason: 'the shell ended before the script did' };
  }
  return notBegun(access, ended.code, err.before.trim() || out.before.trim());
}

function notBegun(access: Access, code: number, said: string): OpsError {
  const where = `${access.user}@${access.host}`;
  const line = said.split('\n').at(-1)?.trim() ?? '';
  if (access.become !== undefined && /(^|\n)sudo: /.test(said)) {
    return new OpsError('site.sudo', `${where}: cannot become ${access.become}: ${line}`);
  }
  const account = access.become === undefined ? where : `${access.become} at ${access.host}`;
  const answer = line === '' ? 'nothing' : JSON.stringify(line.slice(0, 300));
  return new OpsError(
    'site.output',
    `${account}: the login shell ended with exit code ${code} before the script began, and said ${answer}`,
  );
}

/** Strikes once, at the time limit or when aborted. */
function watch(options: Pick<RunOptions, 'timeoutMs' | 'signal'>) {
  const { timeoutMs, signal } = options;
  let stop = () => {};
  const struck = new Promise<'timeout' | 'abort'>((resolve) => {
    const timer = setTimeout(() => resolve('timeout'), Math.min(timeoutMs, LONGEST_TIMER_MS));
    const abort = () => resolve('abort');
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    stop = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
  });
  return { struck, stop: () => stop() };
}
