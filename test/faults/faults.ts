import { chmodSync, chownSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { isAct, type StepId } from '../../src/core/plan.ts';
import { BASE, INSTALL, type Stage } from './stage.ts';

/** Something that goes wrong while a step is under way. */
export interface Fault {
  readonly name: string;
  /** Strikes while the step waits at its beginning. */
  strike(stage: Stage, step: StepId, jobId: string): Promise<void>;
  /** Ends the fault; does nothing where it ends by itself. */
  lift(stage: Stage, step: StepId): Promise<void>;
  /** When it is lifted: as soon as the step goes on, or when the run has ended. */
  readonly lasts: 'moment' | 'run';
  /** Whether the step stays at its beginning until then. */
  readonly hangs?: true;
  /** How a run has to end: in spite of it, because of it, or either way, as the step may not need what is missing. */
  readonly ends: 'succeeded' | 'not' | 'either';
  /** The way out that is taken after a run that has failed. */
  readonly wayOut?: 'Retry' | 'Roll back';
}

/** How long what comes back is away, in milliseconds: longer than most steps take. */
const OUTAGE_MS = 2_000;

const nothing = () => Promise.resolve();

/** What a step needs and must not touch any more, and the mode that keeps it from that. */
const DENIED: Readonly<Record<StepId, readonly [path: string, mode: number]>> = {
  check: [INSTALL, 0o700],
  stage: [`${INSTALL}/venvs`, 0o755],
  stop: [`${INSTALL}/config`, 0o700],
  environment: [`${INSTALL}/log`, 0o700],
  write: [`${INSTALL}/config`, 0o755],
  start: [`${INSTALL}/config`, 0o700],
  act: [INSTALL, 0o700],
  verify: [`${INSTALL}/config`, 0o700],
};

const FILLER = `${BASE}/filler`;

/** A process of ours ends. */
export const CRASHES: readonly Fault[] = [
  {
    name: 'worker killed',
    lasts: 'moment',
    ends: 'succeeded',
    strike: ({ worker }) => worker.end('SIGKILL'),
    lift: ({ worker }) => worker.start(),
  },
  {
    name: 'worker SIGTERM',
    lasts: 'moment',
    ends: 'succeeded',
    strike: ({ worker }) => worker.end('SIGTERM'),
    lift: ({ worker }) => worker.start(),
  },
  {
    name: 'bot killed',
    lasts: 'moment',
    ends: 'succeeded',
    strike: ({ bot }) => bot.end('SIGKILL'),
    lift: ({ bot }) => bot.start(),
  },
];

/** What connects the processes goes away. */
export const OUTAGES: readonly Fault[] = [
  {
    name: 'SSH cut',
    lasts: 'moment',
    ends: 'succeeded',
    strike: async ({ site }) => void site.cutConnections(),
    lift: nothing,
  },
  {
    name: 'sshd killed and back',
    lasts: 'moment',
    ends: 'succeeded',
    async strike({ site }) {
      await site.stopSshd();
      site.cutConnections();
    },
    async lift({ site }) {
      await delay(OUTAGE_MS);
      await site.startSshd();
    },
  },
  {
    name: 'Redis killed and back',
    lasts: 'moment',
    ends: 'succeeded',
    strike: ({ world }) => world.redis.kill(),
    async lift({ world }) {
      await delay(OUTAGE_MS);
      await world.redis.start();
    },
  },
];

/** The site does not do what a step needs of it. */
export const REFUSALS: readonly Fault[] = [
  {
    name: 'disk full',
    lasts: 'run',
    ends: 'either',
    wayOut: 'Retry',
    async strike({ site }) {
      const { stderr } = await site.exec(['dd', 'if=/dev/zero', `of=${FILLER}`, 'bs=64k']);
      if (!stderr.includes('No space left')) throw new Error(`the disk is not full: ${stderr}`);
    },
    lift: async (stage) => rmSync(stage.path(FILLER)),
  },
  {
    name: 'permission denied',
    lasts: 'run',
    ends: 'not',
    wayOut: 'Roll back',
    async strike(stage, step) {
      const [path, mode] = DENIED[step];
      chownSync(stage.path(path), 0, 0);
      chmodSync(stage.path(path), mode);
    },
    async lift(stage, step) {
      const { uid, gid } = stage.site.spec.service;
      const path = stage.path(DENIED[step][0]);
      chownSync(path, uid, gid);
      chmodSync(path, path.endsWith('/venvs') ? 0o755 : 0o750);
    },
  },
  {
    name: 'hanging command',
    lasts: 'run',
    ends: 'not',
    wayOut: 'Retry',
    hangs: true,
    async strike(stage, step, jobId) {
      if (isAct(step)) letTimePass(stage, step, jobId);
    },
    lift: async ({ steps }) => steps.letGo(),
  },
];

/**
 * A step that changes something has half an hour and more, counted from its beginning, which it has written down at
 * the site: a worker that finds it again sees that its time is over.
 */
function letTimePass({ path, site }: Stage, step: StepId, jobId: string): void {
  const file = path(`${INSTALL}/.jaws-ops/runs/${jobId}/${step}/pid`);
  const { uid, gid } = statSync(file);
  const text = readFileSync(file, 'utf8');
  writeFileSync(
    file,
    text.replace(/(since|up)=(\d+)/g, (_, name, at) => `${name}=${Number(at) - 86_400}`),
  );
  chownSync(file, uid, gid);
  site.cutConnections();
}
