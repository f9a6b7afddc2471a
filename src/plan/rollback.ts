import type { ActionRequest } from '../core/request.ts';
import type { Script } from '../core/script.ts';
import type { Target } from '../core/target.ts';
import { installerOf } from '../installers/index.ts';
import type { Observation } from './check.ts';
import { withChoices } from './choices.ts';
import { restorableScript, restoreScript, type Snapshot, snapshotFor } from './snapshots.ts';

/** What a rollback does besides stopping and starting services. */
export interface Way {
  readonly snapshot: Snapshot;
  /** Prove, before anything is stopped, that the rest will work. */
  readonly proofs: readonly Script[];
  /** Bring files and software back. */
  readonly changes: readonly Script[];
}

/** The way back; undefined where the deploy to undo has replaced nothing, so that services are all there is to start. */
export function wayBack(
  request: ActionRequest,
  target: Target,
  seen: Pick<Observation, 'snapshots'>,
): Way | undefined {
  const snapshot = snapshotFor(request, seen.snapshots ?? []);
  if (snapshot === undefined) return undefined;
  const { release, before } = snapshot;
  // The software is switched back by the method that switched it.
  const then = withChoices(target, { installMethod: snapshot.installer });
  const installer = installerOf(then);
  const earlier = before.live === undefined ? [] : [{ name: before.live, version: before.version ?? '' }];
  return {
    snapshot,
    proofs: [restorableScript(target, release), ...earlier.map((one) => installer.kept(then, one))],
    changes: [restoreScript(target, release), ...earlier.map((one) => installer.switch(then, one))],
  };
}

/** What people are told of a rollback beforehand. */
export function rollbackNote(request: ActionRequest, seen: Pick<Observation, 'snapshots'>): string {
  const snapshot = snapshotFor(request, seen.snapshots ?? []);
  if (snapshot === undefined)
    return `${request.undo ?? 'the last deploy'} has replaced nothing: its services are started`;
  const { live, version } = snapshot.before;
  return `undoes ${snapshot.release}: back to ${version ?? live ?? 'the files before it'}`;
}
