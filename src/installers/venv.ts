import { OpsError } from '../core/errors.ts';
import type { Installer } from './installer.ts';
import { venvSchema } from './venv-options.ts';

function absent(): never {
  throw new OpsError('internal', 'the venv install method cannot do this');
}

/** JAWS Site in a Python venv. */
export const venv: Installer = {
  kind: 'venv',
  schema: venvSchema,
  files: () => [],
  observe: absent,
  installed: absent,
  findings: absent,
  stage: absent,
  switch: absent,
  prune: absent,
};
