import { randomBytes } from 'node:crypto';
import { StringDecoder } from 'node:string_decoder';
import { OpsError } from '../core/errors.ts';
import type { Exit } from '../core/exit.ts';
import type { Step } from '../core/plan.ts';
import { revealed, type Script } from '../core/script.ts';
import { Secret } from '../core/secret.ts';
import type { RunResult, Transport } from '../core/transport.ts';
import { packFiles } from './archive.ts';
import { createBackoff } from './backoff.ts';
import { createCapture } from './capture.ts';
import { stepScript } from './detached-script.ts';
import { exitOf } from './exit-code.ts';
import { type Holder, halted, type LockMode, type Said, saidIn } from './fence.ts';
import { finishScript } from './finish-script.ts';
import { createHeaderSplit } from './header.ts';
import { watchInterrupts } from './interrupts.ts';

export interface DetachedOptions extends Holder {
  /** Gives a connection, a new one when the last was lost. Must not depend on {@link signal}: ending a step needs one. */
  readonly connect: () => Promise<Transport>;
  readonly step: Step;
  readonly lock: LockMode;
  /** The step's log as it grows, from its first byte, each byte once. */
  readonly onOutput?: (text: string) => void;
  /** Aborting it ends the step on the site, unless {@link endsOn} says otherwise. */
  readonly signal?: AbortSignal;
  /**
   * Whether an abort for this reason ends the step (the default) or only stops following it: then the step goes on,
   * and this rejects with the reason.
   */
  readonly endsOn?: (reason: unknown) => boolean;
  /** How long the site may be out of reach before the outcome is called unknown, in milliseconds. */
  readonly reconnectTimeoutMs: number;
  /** Time between TERM and KILL when the step is ended, in milliseconds; default 5 s. */
  readonly graceMs?: number;
}

export interface DetachedResult {
  /** `lost` means unknown: the process is gone without a result, or the site stayed out of reach. */
  readonly exit: Exit;
  /** The whole log, head and tail when it is very long. */
  readonly output: string;
  /** What was found: nothing, so that it was started; the step running; the step ended. */
  readonly found: 'started' | 'attached' | 'finished';
}

/** Time for an answer when a step is being ended, and beyond its own limit when it is followed, in milliseconds. */
const ANSWER_MS = 60_000;

/**
 * Runs one step so that neither a dropped connection nor a lost worker ends or repeats it: it is started at most
 * once for a job, found again by whoever asks for it, and ended only by its own end, its time limit or a cancel.
 * @throws OpsError `refused.lock`, `step.fenced`; `step.failed` when it could not be started; `site.*` when nothing
 *   was sent; `internal` for a script that holds a secret, since it is kept in a file (secrets travel in files).
 */
export async function runDetached(options: DetachedOptions): Promise<DetachedResult> {
  const { step, signal } = options;
  if (step.script.parts.some((part) => 'word' in part && part.word instanceof Secret)) {
    throw new OpsError('internal', `step ${step.id}: its script holds a secret, expected it in a file`);
  }
  const seal = step.files.length === 0 ? undefined : `.sealed-${randomBytes(8).toString('hex')}`;
  const stdin = seal === undefined ? undefined : await packFiles(step.files, seal);
  const log = createCapture();
  const decoder = new StringDecoder('utf8');
  const interrupts = watchInterrupts(step.timeoutMs, signal, options.endsOn);
  const backoff = createBackoff(options.reconnectTimeoutMs);
  let found: DetachedResult['found'] | undefined;
  let sent = false;
  let refetched = 0;

  const conclude = (exit: Exit): DetachedResult => {
    const rest = decoder.end();
    if (rest !== '') options.onOutput?.(rest);
    return { exit, output: log.text(), found: found ?? 'attached' };
  };

  function take(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    log.push(chunk);
    const text = decoder.write(Buffer.from(chunk));
    if (text !== '') options.onOutput?.(text);
  }

  function greet(said: Said): void {
    backoff.reset();
    if (said.word !== 'started' && said.word !== 'attached' && said.word !== 'finished') return;
    found ??= said.word;
    interrupts.began(Number(said.text) * 1_000);
  }

  /** One round trip: what the site said, or why it said nothing. */
  async function contact(wake: AbortSignal): Promise<Contact> {
    const token = `jaws-ops-${randomBytes(8).toString('hex')}`;
    const { ending } = interrupts;
    const header = createHeaderSplit(token, greet, take);
    const script = stepScript({
      holder: options,
      token,
      lock: options.lock,
      step: step.id,
      script: revealed(step.script),
      shell: step.shell,
      seal,
      offset: log.size,
      ...(ending === undefined ? {} : { ending: { reason: ending, graceMs: options.graceMs ?? 5_000 } }),
    });
    const site = await options.connect();
    if (wake.aborted) return { lost: 'interrupted' };
    sent = true;
    const result = await site.run(script, {
      timeoutMs: ANSWER_MS + (ending === undefined ? step.timeoutMs : 0),
      onBytes: (chunk) => header.push(chunk),
      signal: wake,
      ...(stdin === undefined || ending !== undefined ? {} : { stdin }),
    });
    return answerOf(result, header.said, token);
  }

  try {
    for (;;) {
      interrupts.throwIfLeft();
      const wake = interrupts.renew();
      const answer = await contact(wake).catch((error: unknown): Contact => {
        if (wake.aborted) return { lost: 'interrupted' };
        // What was sent may have begun; before that, only a site that does not answer is worth another try.
        if (error instanceof OpsError && (sent || error.code === 'site.unreachable'))
          return { lost: error.message, error };
        throw error;
      });
      if ('ended' in answer) {
        // Whatever the step left in the background may write on for ever.
        if (answer.size <= log.size || ++refetched > 2) return conclude(answer.ended);
        continue;
      }
      if ('said' in answer) {
        const error = halted(options, answer.said, answer.stderr);
        if (error !== undefined) throw error;
        return conclude(unended(answer.said));
      }
      if (wake.aborted) continue;
      if (await backoff.wait(wake)) continue;
      if (!sent && answer.error !== undefined) throw answer.error;
      return conclude({ kind: 'lost', reason: answer.lost });
    }
  } finally {
    interrupts.stop();
  }
}

type Contact =
  | { readonly ended: Exit; readonly size: number }
  | { readonly said: Said; readonly stderr: string }
  | { readonly lost: string; readonly error?: OpsError };

function answerOf(result: RunResult, first: Said | undefined, token: string): Contact {
  const last = saidIn(result.stderr, token);
  if (last?.word === 'exit') {
    const [code = '', size = ''] = last.text.split(' ');
    return { ended: exitFrom(code), size: Number(size) };
  }
  if (last?.word === 'gone') {
    const reason = 'its process is gone from the site and left no result';
    return { ended: { kind: 'lost', reason }, size: Number(last.text) };
  }
  if (first !== undefined && !['', 'started', 'attached', 'finished'].includes(first.word)) {
    return { said: first, stderr: result.stderr };
  }
  return { lost: result.exit.kind === 'lost' ? result.exit.reason : 'the site stopped answering' };
}

/** The content of an exit file: a code, or why the step was ended. */
function exitFrom(text: string): Exit {
  if (text === 'timeout') return { kind: 'timeout' };
  if (text === 'cancel') return { kind: 'signal', name: 'SIGTERM' };
  return /^\d+$/.test(text) ? exitOf(Number(text)) : { kind: 'lost', reason: `its exit file says ${text}` };
}

function unended(said: Said): Exit {
  const reason =
    said.word === 'elsewhere'
      ? `it runs on host ${said.text} of the site, where it cannot be ended from this one`
      : `its process ${said.text} did not end when it was killed`;
  return { kind: 'lost', reason };
}

export interface FinishOptions extends Holder {
  readonly connect: () => Promise<Transport>;
  /** One line about the run for `audit.log`; holds no secret. */
  readonly auditLine: string;
  /** What is to be tidied up besides, before the lock is released; tried once, and whether it works out is not told. */
  readonly upkeep?: { readonly script: Script; readonly timeoutMs: number };
  /** As in {@link DetachedOptions}; default 60 s. */
  readonly reconnectTimeoutMs?: number;
}

/**
 * Ends a run at the site in one round trip: audit line, staged files, upkeep, lock, old runs. Safe to repeat.
 * @returns whether the lock was this attempt's, or an earlier one's of the same job, and is free now.
 * @throws OpsError `site.*` when the site cannot be reached, `step.failed` when the audit log cannot be written.
 */
export async function finishRun(options: FinishOptions): Promise<{ released: boolean }> {
  const backoff = createBackoff(options.reconnectTimeoutMs ?? 60_000);
  for (let { upkeep } = options; ; upkeep = undefined) {
    const token = `jaws-ops-${randomBytes(8).toString('hex')}`;
    let lost: OpsError;
    try {
      const site = await options.connect();
      const { stdout, stderr } = await site.run(
        finishScript(options, token, options.auditLine, upkeep?.script),
        { timeoutMs: ANSWER_MS + (upkeep?.timeoutMs ?? 0) },
      );
      const said = saidIn(stdout, token);
      if (said?.word === 'tidied') return { released: said.text === 'yes' };
      const error = said && halted(options, said, stderr);
      if (error !== undefined) throw error;
      lost = new OpsError('site.unreachable', 'the connection was lost while the run was being finished');
    } catch (error) {
      if (!(error instanceof OpsError) || error.code !== 'site.unreachable') throw error;
      lost = error;
    }
    if (!(await backoff.wait())) throw lost;
  }
}
