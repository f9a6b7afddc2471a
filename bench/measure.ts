import { setTimeout as delay } from 'node:timers/promises';
import { busyMs, calibrate, load, type Noise } from './machine.ts';
import { type Spread, spreadOf } from './statistics.ts';

/** What one way of doing the work came to. Without one, the time that the call took counts, in milliseconds. */
export interface Sample {
  readonly value: number;
  /** Further figures by name, e.g. `{memoryMb: 212}`; a goal calls this one `ours.memoryMb`. */
  readonly figures?: Readonly<Record<string, number>>;
}

/** One way of doing the work of a subject, the whole of it at each call. */
export interface Way {
  /** `ours`, `floor` (the least that the same work could take), or the name of what a user would pick instead. */
  readonly name: string;
  /** At most so many runs of it, the warm-up included: for ways that take minutes. */
  readonly most?: number;
  /** Puts everything back to where a run begins; not measured. */
  reset?(): Promise<void>;
  run(): unknown;
}

/** What a figure has to be, by the name of a way or of one of its figures. */
export interface Goal {
  readonly of: string;
  /** Divided by this one; absent for a figure that stands for itself. */
  readonly to?: string;
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** Something to measure. The first peer is the one that the result names. */
export interface Subject {
  readonly name: string;
  /** One sentence for the page: what the work is, and what each way does. */
  readonly about: string;
  /** `ms` when absent. */
  readonly unit?: string;
  /** Measured rounds unless the caller says otherwise. */
  readonly runs: number;
  /** Rounds before them that do not count; 1 when absent. */
  readonly warmUp?: number;
  readonly goals?: readonly Goal[];
  /** What would be measured as well, were its part installed. */
  readonly absent?: readonly string[];
  readonly ways: readonly Way[];
  close?(): Promise<void>;
}

export interface Verdict {
  readonly goal: Goal;
  /** Null where a part of it was not measured. */
  readonly value: number | null;
  readonly met: boolean | null;
}

/** One measured subject: medians, null where a way is not there. */
export interface Result {
  readonly name: string;
  readonly ours: number;
  readonly peer: number | null;
  readonly floor: number | null;
  readonly peerName: string | null;
  readonly unit: string;
  readonly ratioToFloor: number | null;
  readonly ratioToPeer: number | null;
  readonly about: string;
  /** Every way by name, the spread of its runs, and the CPU time of the whole machine meanwhile. */
  readonly ways: Readonly<Record<string, Spread & { readonly cpuMs: number }>>;
  readonly figures: Readonly<Record<string, number>>;
  readonly absent: readonly string[];
  readonly verdicts: readonly Verdict[];
  readonly noise: Noise;
}

interface Run extends Sample {
  readonly cpuMs: number;
}

/**
 * Measures a subject. The ways take turns, each round beginning with another one, so that a busy moment of the
 * machine and what one way leaves in a cache meet all of them.
 * @param told is told of each run, for people who wait
 */
export async function measure(
  subject: Subject,
  runs: number,
  told: (text: string) => void = () => undefined,
): Promise<Result> {
  const { ways, warmUp = 1 } = subject;
  const taken = new Map<string, Run[]>(ways.map((way) => [way.name, []]));
  const before = { loop: calibrate(), load: load() };
  for (let round = -warmUp; round < runs; round++) {
    for (const way of rotated(ways, round)) {
      const { name, most = Number.POSITIVE_INFINITY } = way;
      // A way of few runs goes without warm-up: in minutes, one does not show.
      if (most < Number.POSITIVE_INFINITY ? round < 0 || round >= most : false) continue;
      await way.reset?.();
      const run = await timed(way);
      told(
        `${subject.name}: ${round < 0 ? 'warm-up' : `run ${round + 1}`}, ${name}: ${run.value.toFixed(1)}`,
      );
      if (round >= 0) taken.get(name)?.push(run);
      // What runs in this process alone must not keep timers and sockets of others waiting.
      await delay(0);
    }
  }
  return resultOf(subject, taken, { before, after: { loop: calibrate(), load: load() } });
}

function rotated(ways: readonly Way[], round: number): readonly Way[] {
  const first = (round + ways.length * 1_000) % ways.length;
  return [...ways.slice(first), ...ways.slice(0, first)];
}

async function timed(way: Way): Promise<Run> {
  const cpu = busyMs();
  const start = performance.now();
  const outcome = way.run();
  const given = outcome instanceof Promise ? await outcome : outcome;
  const value = performance.now() - start;
  return { ...(isSample(given) ? given : { value }), cpuMs: busyMs() - cpu };
}

function isSample(given: unknown): given is Sample {
  return typeof given === 'object' && given !== null && 'value' in given && typeof given.value === 'number';
}

function resultOf(subject: Subject, taken: ReadonlyMap<string, readonly Run[]>, noise: Noise): Result {
  const measured = [...taken].filter(([, all]) => all.length > 0);
  const spreads = new Map(measured.map(([name, all]) => [name, spreadOf(all.map(({ value }) => value))]));
  const figures = new Map(
    measured.flatMap(([name, all]) =>
      Object.keys(all[0]?.figures ?? {}).map((key): [string, number] => [
        `${name}.${key}`,
        spreadOf(all.flatMap(({ figures: more }) => more?.[key] ?? [])).median,
      ]),
    ),
  );
  const median = (name: string | undefined) =>
    name === undefined ? null : (spreads.get(name)?.median ?? figures.get(name) ?? null);
  const ours = median('ours');
  if (ours === null) throw new RangeError(`${subject.name}: ours was not measured`);
  const peerName = subject.ways.find(({ name }) => name !== 'ours' && !name.startsWith('floor'))?.name;
  const [peer, floor] = [median(peerName), median('floor')];
  return {
    name: subject.name,
    ours,
    peer,
    floor,
    peerName: peerName ?? subject.absent?.[0] ?? null,
    unit: subject.unit ?? 'ms',
    ratioToFloor: floor === null ? null : ours / floor,
    ratioToPeer: peer === null ? null : ours / peer,
    about: subject.about,
    ways: Object.fromEntries(
      measured.map(([name, all]) => [
        name,
        { ...spreadOf(all.map(({ value }) => value)), cpuMs: spreadOf(all.map(({ cpuMs }) => cpuMs)).median },
      ]),
    ),
    figures: Object.fromEntries(figures),
    absent: subject.absent ?? [],
    verdicts: (subject.goals ?? []).map((goal) => verdictOf(goal, median)),
    noise,
  };
}

function verdictOf(goal: Goal, median: (name: string | undefined) => number | null): Verdict {
  const [of, to] = [median(goal.of), goal.to === undefined ? 1 : median(goal.to)];
  if (of === null || to === null) return { goal, value: null, met: null };
  const value = of / to;
  return { goal, value, met: value <= (goal.atMost ?? value) && value >= (goal.atLeast ?? value) };
}
