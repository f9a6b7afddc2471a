import type { LookName } from '../../core/look.ts';
import { certificate } from './certificate.ts';
import { cleanup } from './cleanup.ts';
import { command } from './command.ts';
import { cron } from './cron.ts';
import { diff } from './diff.ts';
import { doctor } from './doctor.ts';
import { host } from './host.ts';
import { logs } from './logs.ts';
import type { Look } from './look.ts';
import { plan } from './plan.ts';
import { queueWait } from './queue-wait.ts';
import { reservations } from './reservations.ts';
import { runner } from './runner.ts';

/** Every question there is. A new one is a file beside this one and its line here. */
export const looks: Readonly<Record<LookName, Look>> = {
  host,
  command,
  logs,
  diff,
  doctor,
  'queue-wait': queueWait,
  reservations,
  certificate,
  runner,
  cron,
  cleanup,
  plan,
};
