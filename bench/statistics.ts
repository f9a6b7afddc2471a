/** Middle and width of several runs. */
export interface Spread {
  readonly median: number;
  /** First and third quartile: half of the runs lie between them. */
  readonly low: number;
  readonly high: number;
  readonly runs: number;
}

/** @throws RangeError for no values at all. */
export function spreadOf(values: readonly number[]): Spread {
  return {
    median: quantile(values, 0.5),
    low: quantile(values, 0.25),
    high: quantile(values, 0.75),
    runs: values.length,
  };
}

/**
 * The value below which a share of all lies, between two of them in proportion.
 * @param share from 0 to 1
 * @throws RangeError for no values at all.
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  if (below === undefined || above === undefined) throw new RangeError('no values');
  return below + (above - below) * (place - Math.floor(place));
}
