import { OpsError } from '../core/errors.ts';
import type { Launcher } from './launcher.ts';
import { supervisorSchema } from './supervisor-options.ts';

function absent(): never {
  throw new OpsError('internal', 'the supervisor launch tool cannot do this');
}

/** Services under supervisord, reached with supervisorctl. */
export const supervisor: Launcher = {
  kind: 'supervisor',
  schema: supervisorSchema,
  files: () => [],
  observe: absent,
  settle: absent,
  launched: absent,
  findings: absent,
  settleTimeoutMs: () => 0,
  stage: absent,
  stop: absent,
  start: absent,
};
