/** One measured subject. Times are medians in milliseconds; null where a peer is not installed. */
export interface Result {
  readonly name: string;
  readonly ours: number;
  readonly peer: number | null;
  /** The least that the same work could take: what is left without our own code. */
  readonly floor: number;
  readonly peerName: string | null;
  readonly unit: 'ms';
  readonly ratioToFloor: number;
  readonly ratioToPeer: number | null;
}

/** Something to measure: our way and the floor, each of which does the whole work once per call. */
export interface Subject {
  readonly name: string;
  ours(): unknown;
  floor(): unknown;
}

/** Measures a subject. Our way and the floor take turns, so that a busy moment of the machine meets both. */
export function measure(subject: Subject, rounds: number): Result {
  const ours: number[] = [];
  const floor: number[] = [];
  for (let warmUp = 0; warmUp < 3; warmUp++) {
    subject.ours();
    subject.floor();
  }
  for (let round = 0; round < rounds; round++) {
    ours.push(timeOf(subject.ours));
    floor.push(timeOf(subject.floor));
  }
  const [mine, least] = [median(ours), median(floor)];
  return {
    name: subject.name,
    ours: mine,
    peer: null,
    floor: least,
    peerName: null,
    unit: 'ms',
    ratioToFloor: mine / least,
    ratioToPeer: null,
  };
}

/** The middle value; of an even count the upper one of the two in the middle. */
export function median(values: readonly number[]): number {
  const middle = [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
  if (middle === undefined) throw new RangeError('the median of nothing is not defined');
  return middle;
}

function timeOf(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}
