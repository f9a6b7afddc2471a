import type { Launcher } from './launcher.ts';
import { scrontabFiles } from './scrontab-files.ts';
import { findingsOf, launchedOf } from './scrontab-findings.ts';
import { observeScrontab, type ScrontabFacts } from './scrontab-observe.ts';
import { scrontabOptions, scrontabSchema } from './scrontab-options.ts';
import { settleScrontab } from './scrontab-settle.ts';
import { startScrontab } from './scrontab-start.ts';
import { stopScrontab } from './scrontab-stop.ts';
import { NO_SUPERVISORD } from './supervisord-observe.ts';
import { stageSupervisord } from './supervisord-stage.ts';

/** Time for the looks before and after the wait of a settle, in milliseconds. */
const LOOKS_MS = 90_000;

/**
 * Services under a supervisord that runs in the foreground of a Slurm job. An entry of scrontab runs the starter, which
 * submits the job when it is not in the queue; the job tells its address to a DNS name. A stop takes the entry out and
 * cancels the job, else the entry would start the services again; a start puts it back.
 */
export const scrontab: Launcher<ScrontabFacts> = {
  kind: 'scrontab',
  schema: scrontabSchema,
  files: scrontabFiles,
  observe: observeScrontab,
  nothing: {
    lacking: [],
    jobs: [],
    outlook: { unreadable: [] },
    answers: '',
    address: '',
    way: 'none',
    table: { block: 'missing', disabled: [], strangers: [] },
    supervisord: NO_SUPERVISORD,
  },
  settle: settleScrontab,
  launched: launchedOf,
  findings: findingsOf,
  settleTimeoutMs: (target) => scrontabOptions(target).limitSec * 1000 + LOOKS_MS,
  stage: (target, facts) => stageSupervisord(target, facts.supervisord),
  stop: (target, _facts, service) => stopScrontab(target, service),
  start: (target, _facts, service) => startScrontab(target, service),
};
