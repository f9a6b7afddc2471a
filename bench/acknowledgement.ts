import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../src/sandbox/free-port.ts';
import type { SlackEmulator } from '../src/sandbox/slack/emulator.ts';
import { elsewhere } from './elsewhere.ts';
import { type Fleet, startFleet } from './fleet.ts';
import type { Sample, Subject } from './measure.ts';
import { build, ready, startProgram } from './programs.ts';
import { undoing } from './undo.ts';

const ECHO = fileURLToPath(new URL('echo.ts', import.meta.url));
const PER_SECOND = 50;
const SECONDS = 8;
/** Commands that read Redis, or nothing. */
const TEXTS = ['help', 'jobs', 'history', 'help deploy'];
const SITES = 7;
/** Between two looks at a site, in milliseconds. */
const PAUSE_MS = 2_000;

/** Time from a signed command to its acknowledgement, 50 a second, while a worker looks at sites. */
export function acknowledging(): Promise<Subject> {
  build();
  return undoing(async (undo) => {
    const fleet = await startFleet(SITES, elsewhere());
    undo.push(fleet.close);
    const dir = mkdtempSync(join(tmpdir(), 'jaws-ops-echo-'));
    undo.push(() => rmSync(dir, { recursive: true, force: true }));
    const port = await freePort();
    const { slack } = fleet;
    const args = ['--import', 'tsx', ECHO, slack.botToken, slack.signingSecret, slack.apiUrl, String(port)];
    const echo = startProgram(args, {}, join(dir, 'echo.log'));
    undo.push(echo.stop);
    const [ours, bolt] = [slack.botUrl ?? '', `http://127.0.0.1:${port}`];
    await ready(bolt, [echo], 'any');
    return {
      name: 'acknowledgement',
      about: `Signed slash commands, ${PER_SECOND} a second for ${SECONDS} s, while the worker carries out jobs at ${SITES} sites: the 99th percentile of the time until each is acknowledged. \`bolt\` is an app of a dozen lines that acknowledges and echoes, under the same load from the same sender. The sites, which stand for other machines, run ${fleet.sitesAre}.`,
      runs: 5,
      goals: [
        { of: 'ours', to: 'bolt', atMost: 2 },
        { of: 'ours.slowest', atMost: 3_000 },
      ],
      ways: [
        { name: 'ours', run: () => busy(fleet, () => asking(slack, ours)) },
        { name: 'bolt', run: () => busy(fleet, () => asking(slack, bolt)) },
      ],
      close: undo.close,
    };
  });
}

/** Sends the commands and gives the times until they were acknowledged. */
async function asking(slack: SlackEmulator, url: string): Promise<Sample> {
  slack.connect(url);
  const sent = Array.from({ length: PER_SECOND * SECONDS }, async (_, i) => {
    await delay((i * 1000) / PER_SECOND);
    const { status, ms, body } = await slack.command({ text: TEXTS[i % TEXTS.length] ?? 'help' });
    if (status !== 200) throw new Error(`a command was answered with ${status} ${body}`);
    return ms;
  });
  const times = (await Promise.all(sent)).sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return { value: at(0.99), figures: { middle: at(0.5), slowest: at(1) } };
}

/**
 * Does something while jobs of every site follow one another. On a machine that is busy with other things one of them
 * may fail, which is no part of what is measured.
 * @throws when none at all got through
 */
async function busy<T>({ sites, jobs }: Fleet, work: () => Promise<T>): Promise<T> {
  let over = false;
  let done = 0;
  let last: unknown;
  const caller = { id: 'bench', name: 'bench', via: 'cli' } as const;
  const round = async (site: string) => {
    await jobs.submit({ kind: 'action', action: 'deploy', site, deployment: 'dev', dryRun: true }, caller);
    await jobs.status({ kind: 'status', site, deployment: 'dev' }, 10_000);
    done++;
  };
  const running = sites.map(async (site) => {
    while (!over) {
      await round(site).catch((error: unknown) => {
        last = error;
      });
      await delay(PAUSE_MS);
    }
  });
  const worked = await work().finally(() => {
    over = true;
    return Promise.all(running);
  });
  if (done === 0) throw last;
  return worked;
}
