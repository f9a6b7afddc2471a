import { isFinal, type RunState } from '../core/run.ts';
import { targetId } from '../core/target.ts';
import type { JobCount } from '../queue/counts.ts';
import type { RedisJobs } from '../queue/jobs.ts';

/** Upper bounds of the duration histogram, in seconds. */
const BOUNDS = [5, 15, 30, 60, 120, 300, 600, 1_800] as const;

interface Histogram {
  readonly counts: number[];
  sum: number;
  total: number;
}

/** Numbers for Prometheus. */
export interface Metrics {
  /** Takes a snapshot of a run, as `watch` gives them; only final ones count. */
  observe(state: RunState): void;
  /** The text of `GET /metrics`. Without Redis it still tells what this process has seen. */
  text(): Promise<string>;
}

/**
 * Counts ended runs and their durations from snapshots, and asks Redis for the rest when it is scraped. Labels
 * come from the configuration and from closed lists, so their number stays small.
 */
export function createMetrics(jobs: Pick<RedisJobs, 'counts' | 'workers'>): Metrics {
  const ended = new Map<string, number>();
  const durations = new Map<string, Histogram>();

  function observe(state: RunState): void {
    if (!isFinal(state)) return;
    const labels = labelsOf({ target: state.target, action: state.request.action });
    const withResult = labelsOf({
      target: state.target,
      action: state.request.action,
      result: state.status,
    });
    ended.set(withResult, (ended.get(withResult) ?? 0) + 1);
    if (state.startedAt === undefined || state.finishedAt === undefined) return;
    const seconds = Math.max(0, state.finishedAt - state.startedAt) / 1_000;
    const histogram = durations.get(labels) ?? { counts: BOUNDS.map(() => 0), sum: 0, total: 0 };
    BOUNDS.forEach((bound, i) => {
      if (seconds <= bound) histogram.counts[i] = (histogram.counts[i] ?? 0) + 1;
    });
    histogram.sum += seconds;
    histogram.total += 1;
    durations.set(labels, histogram);
  }

  async function text(): Promise<string> {
    const [counts, workers] = await Promise.all([
      jobs.counts().catch(() => undefined),
      jobs.workers().catch(() => undefined),
    ]);
    return [
      ...metric('jaws_ops_redis_up', 'gauge', 'Whether Redis answered this scrape.', [
        ['', counts === undefined ? 0 : 1],
      ]),
      ...metric(
        'jaws_ops_worker_sites',
        'gauge',
        'Sites for which a worker has been seen in the last 30 s.',
        workers === undefined ? [] : [['', workers.length]],
      ),
      ...metric('jaws_ops_jobs', 'gauge', 'Jobs per target and state.', (counts ?? []).flatMap(jobSamples)),
      ...metric('jaws_ops_runs_total', 'counter', 'Runs that ended while this process watched.', [...ended]),
      ...histogramLines(durations),
      '',
    ].join('\n');
  }

  return { observe, text };
}

function jobSamples({ target, waiting, running, ended }: JobCount): [string, number][] {
  const id = targetId(target.site, target.deployment);
  const states = { waiting, running, ended };
  return Object.entries(states).map(([state, count]) => [labelsOf({ target: id, state }), count]);
}

function histogramLines(durations: ReadonlyMap<string, Histogram>): string[] {
  const name = 'jaws_ops_run_duration_seconds';
  if (durations.size === 0) return [];
  return [
    `# HELP ${name} Time from start to end of a run.`,
    `# TYPE ${name} histogram`,
    ...[...durations].flatMap(([labels, { counts, sum, total }]) => {
      const inner = labels.slice(1, -1);
      return [
        ...BOUNDS.map((bound, i) => `${name}_bucket{${inner},le="${bound}"} ${counts[i] ?? 0}`),
        `${name}_bucket{${inner},le="+Inf"} ${total}`,
        `${name}_sum${labels} ${sum}`,
        `${name}_count${labels} ${total}`,
      ];
    }),
  ];
}

function metric(
  name: string,
  type: string,
  help: string,
  samples: readonly (readonly [string, number])[],
): string[] {
  if (samples.length === 0) return [];
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...samples.map(([labels, value]) => `${name}${labels} ${value}`),
  ];
}

function labelsOf(labels: Readonly<Record<string, string>>): string {
  const text = Object.entries(labels).map(
    ([name, value]) =>
      `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`,
  );
  return `{${text.join(',')}}`;
}
