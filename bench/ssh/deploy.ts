import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRedactor } from '../../src/core/redact.ts';
import type { RunState } from '../../src/core/run.ts';
import type { Target } from '../../src/core/target.ts';
import type { Connector } from '../../src/core/transport.ts';
import { foldersOf } from '../../src/plan/folders.ts';
import type { RunContext } from '../../src/queue/api.ts';
import { createConnector } from '../../src/remote/pool.ts';
import { execute } from '../../src/run/execute.ts';
import type { Subject } from '../measure.ts';
import { startDistance } from './delay.ts';
import { ansible, BY_HAND, fabric, handWritten, isInstalled, renderRound, type Way } from './deploy-peers.ts';
import { changed, EIGHT_SERVICES, filesOf, lightSites, SETTLING, VERSION } from './sites.ts';

/** Deploys to seven sites at once, with an SSH round trip of so many milliseconds. */
export async function deploying(roundTripMs: number): Promise<Subject> {
  const sites = await lightSites(['dev'], EIGHT_SERVICES);
  const dir = mkdtempSync(join(tmpdir(), 'jaws-bench-'));
  const distance =
    roundTripMs === 0
      ? undefined
      : await startDistance(
          sites.all.map(({ sshd }) => sshd.port),
          roundTripMs,
        );
  const ways: readonly Way[] = sites.targets.map((target, i) => {
    const port = distance?.ports[i] ?? target.access.port;
    alsoKnown(target, port);
    return { target: { ...target, access: { ...target.access, port } }, port };
  });
  let round = 0;
  const rendered = () => renderRound(dir, sites.targets, ++round);
  sites.stageRelease(BY_HAND);
  rendered();
  const peers = [
    // Minutes each: once far away would tell nothing new.
    ...(roundTripMs === 0
      ? [{ name: 'ansible-playbook', program: 'ansible-playbook', most: 2, run: ansible(dir, ways) }]
      : []),
    { name: 'fabric', program: 'fab', most: 2, run: fabric(dir, ways) },
  ];
  return {
    name: roundTripMs === 0 ? 'deploy' : `deploy-${roundTripMs}ms`,
    about: aboutOf(sites.targets, roundTripMs),
    runs: 3,
    goals: [
      { of: 'ours', to: 'floor', atMost: roundTripMs === 0 ? 1.15 : 1.3 },
      ...(roundTripMs === 0 ? [{ of: 'ansible-playbook', to: 'ours', atLeast: 15 }] : []),
    ],
    ways: [
      {
        name: 'ours',
        async reset() {
          round++;
          sites.stageRelease(`${VERSION}-b${round}`);
        },
        run: () => deployAll(ways, round),
      },
      { name: 'floor', reset: async () => rendered(), run: handWritten(dir, ways) },
      ...peers
        .filter(({ program }) => isInstalled(program))
        .map(({ name, most, run }) => ({ name, most, reset: async () => rendered(), run })),
    ],
    absent: peers.filter(({ program }) => !isInstalled(program)).map(({ name }) => name),
    async close() {
      await distance?.close();
      rmSync(dir, { recursive: true, force: true });
      await sites.close();
    },
  };
}

/** What the work is, with the numbers that the targets themselves give. */
function aboutOf(targets: readonly Target[], roundTripMs: number): string {
  const [target] = targets;
  if (target === undefined) throw new RangeError('no site');
  const [files, folders, services] = [filesOf(target, 0), foldersOf(target), target.services].map(
    ({ length }) => length,
  );
  const far = roundTripMs === 0 ? '' : `, ${roundTripMs} ms of round trip away`;
  return `A redeploy to ${targets.length} sites at once${far}: ${files} rendered files and ${folders} folders with their modes, a group of ${services} services stopped, another release made live, the services started and each seen RUNNING ${SETTLING.settleSec} seconds after its start. Four of the services are those of JAWS Site, the others stand for daemons of its earlier versions and of its backend, each with a file to start it. Each site is an sshd and a supervisord of its own on this machine, reached by a new connection; the release is built beforehand. Waiting is the same for every way: \`startsecs\` 1 and a settle time of ${SETTLING.settleSec} s (by default 3 and 10), services that end at once and cost no CPU. Ours: the plan and its executor, with check, lock, snapshot, verification and audit. Floor: \`tar | ssh\` of a shell script, all sites in parallel.`;
}

/** A second port of the same host has the same key. */
function alsoKnown({ access }: Target, port: number): void {
  const text = readFileSync(access.knownHostsFile, 'utf8');
  const own = `[${access.host}]:${access.port} `;
  const key = text
    .split('\n')
    .find((line) => line.startsWith(own))
    ?.slice(own.length);
  if (port !== access.port)
    writeFileSync(access.knownHostsFile, `[${access.host}]:${port} ${key}\n`, { flag: 'a' });
}

async function deployAll(ways: readonly Way[], round: number): Promise<void> {
  const connector = createConnector();
  try {
    await Promise.all(ways.map(({ target }) => deploy(changed(target, round), connector, `b${round}`)));
  } finally {
    await connector.close();
  }
}

/** One action by the product's own executor, its job in memory instead of Redis. @throws when it did not succeed. */
export async function deploy(target: Target, connector: Connector, jobId: string): Promise<RunState> {
  const caller = { id: 'bench', name: 'bench', via: 'cli' } as const;
  const { site, deployment } = target;
  const context: RunContext = {
    jobId,
    request: { kind: 'action', action: 'deploy', site, deployment, version: VERSION, dryRun: false },
    caller,
    queuedAt: Date.now(),
    memory: {},
    attempt: 1,
    signal: new AbortController().signal,
    decision: async () => undefined,
    locks: async () => [],
    windows: async () => [],
    fate: async () => 'unknown',
    earlier: async () => undefined,
    report: async () => undefined,
    remember: async () => undefined,
    saveOutput: async () => undefined,
  };
  const state = await execute(context, {
    target,
    connector,
    redactor: createRedactor(Object.values(target.env.secrets)),
    isSamePerson: () => true,
    worker: 'bench',
    now: Date.now,
  });
  if (state.status !== 'succeeded') throw new Error(`${target.id}: ${JSON.stringify(state.problem)}`);
  return state;
}
