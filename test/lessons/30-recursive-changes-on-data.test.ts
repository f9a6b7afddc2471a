import { expect, test } from 'vitest';
import { revealed } from '../../src/core/script.ts';
import { reveal } from '../../src/core/secret.ts';
import { assumedObservation } from '../../src/plan/check.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { combinations, RELEASE } from '../golden/combinations.ts';

// Modes and ACLs of everything below the executions folder were set at each start, which kept Cromwell from starting.

const RECURSIVE =
  /\b(chmod|chgrp|chown|setfacl)\s+(-\w*R|--recursive)|\bfind\b[^\n]*-exec\w*\s+(chmod|chgrp|chown|setfacl)/;

test('no step of a deploy, start or stop changes anything below a folder of data', () => {
  for (const { target, site, name } of combinations().offered) {
    for (const action of ['deploy', 'restart', 'stop'] as const) {
      const request = { kind: 'action' as const, action, site, deployment: target.deployment, dryRun: false };
      const { steps } = makePlan(request, target, RELEASE, assumedObservation(target));
      for (const { id, script, files } of steps) {
        const where = `${target.id}, ${name}, ${action}: ${id}`;
        expect(revealed(script), where).not.toMatch(RECURSIVE);
        for (const { path, content } of files) expect(reveal(content), path).not.toMatch(RECURSIVE);
      }
    }
  }
});
