import { OpsError } from '../core/errors.ts';
import type { RenderedFile } from '../core/file.ts';
import { type Plan, type Step, type StepId, sealPlan } from '../core/plan.ts';
import type { ActionRequest } from '../core/request.ts';
import { join, raw, type Script } from '../core/script.ts';
import { reveal } from '../core/secret.ts';
import { type Target, variable } from '../core/target.ts';
import { installerOf } from '../installers/index.ts';
import type { Release } from '../installers/installer.ts';
import { launcherOf } from '../launchers/index.ts';
import { type Observation, observationFor } from './check.ts';
import { aclProbeScript, foldersOf, foldersScript } from './folders.ts';
import { operationOf } from './operations/index.ts';
import type { Operation } from './operations/operation.ts';
import { renderFiles } from './render.ts';
import { renderTarget } from './render-target.ts';
import { rollbackNote, wayBack } from './rollback.ts';
import { snapshotFor } from './snapshots.ts';
import { LIMIT, STEPS, TITLE, titleOf } from './steps.ts';
import { verification } from './verify.ts';
import { catalogueNote, withServices } from './with-services.ts';
import { stagedScript, writeScript } from './write.ts';

/**
 * The release a request means: the version asked for, or the configured one, with a name that is unique per job.
 * @throws OpsError usage.argument when neither gives a version.
 */
export function releaseOf(target: Target, request: ActionRequest, jobId: string): Release {
  const version = request.version ?? reveal(variable(target, 'JAWS_SITE_VERSION'));
  if (version === '') {
    throw new OpsError('usage.argument', `${target.id}: no version was given and JAWS_SITE_VERSION is empty`);
  }
  return { version, name: `${version}-${jobId}` };
}

/** The step that only looks. It needs no facts, so it can be shown and run before there is a plan. */
export function checkStep(request: ActionRequest, target: Target, release: Release): Step {
  return {
    ...act('check', observationFor(request, target, release).script),
    kind: 'observe',
    shell: 'login',
  };
}

/**
 * The plan of an action. Pure: the same request, target, release and observation give the same plan and hash.
 * @throws OpsError usage.argument for an action that has no plan, render.* for a file that cannot be rendered.
 */
export function makePlan(request: ActionRequest, target: Target, release: Release, seen: Observation): Plan {
  const steps = stepsOf(request, target, release, seen);
  const named = releaseNamed(request, release, seen);
  return sealPlan({
    ...(named === undefined ? {} : { release: named }),
    target: target.id,
    request,
    version: versionOf(request, target, release, seen),
    steps,
    notes: operationOf(request.action) === undefined ? notesOf(request, target, release, seen) : [],
  });
}

function stepsOf(
  request: ActionRequest,
  target: Target,
  release: Release,
  seen: Observation,
): readonly Step[] {
  const meant = withServices(request, target, seen);
  if (request.action === 'rollback')
    return rollbackSteps({ request, target: meant, release, seen, files: [] });
  const ids = STEPS[request.action];
  const files = request.action === 'deploy' ? renderTarget(target, release) : [];
  return ids.map((id) => stepOf(id, { request, target: meant, release, seen, files }));
}

interface Ingredients {
  readonly request: ActionRequest;
  readonly target: Target;
  readonly release: Release;
  readonly seen: Observation;
  readonly files: readonly RenderedFile[];
}

function stepOf(id: StepId, ingredients: Ingredients): Step {
  const { request, target, release, seen, files } = ingredients;
  const operation = operationOf(request.action);
  if (operation !== undefined) return operationStep(id, operation, ingredients);
  const launcher = launcherOf(target);
  const installer = installerOf(target);
  switch (id) {
    case 'check':
      return checkStep(request, target, release);
    case 'stage': {
      const scripts = [
        stagedScript(files),
        aclProbeScript(foldersOf(target)),
        launcher.stage(target, seen.launcher),
        installer.stage(target, release),
      ];
      const passing = renderFiles(installer.secrets?.(target) ?? []);
      return { ...act('stage', inSubshells(scripts)), shell: 'login', files: [...files, ...passing] };
    }
    case 'stop':
      return act('stop', launcher.stop(target, seen.launcher, request.service));
    case 'environment':
      return act('environment', foldersScript(foldersOf(target)));
    case 'write':
      return act(
        'write',
        inSubshells([
          writeScript(target, files, release.name, installer.installed(target, seen.installer)),
          installer.switch(target, release),
        ]),
      );
    case 'start':
      return { ...act('start', launcher.start(target, seen.launcher, request.service)), shell: 'login' };
    case 'act':
      throw new RangeError(`${request.action} has no step of its own`);
    case 'verify': {
      const { fact, timeoutMs } = verification(request, target);
      return { ...act('verify', fact.script), kind: 'observe', timeoutMs };
    }
  }
}

/** Undoes the last deploy; where that one has replaced nothing, the services are all there is to bring back. */
function rollbackSteps(ingredients: Ingredients): readonly Step[] {
  const { request, target, seen } = ingredients;
  const usual = (id: StepId) => stepOf(id, ingredients);
  const way = wayBack(request, target, seen);
  if (way === undefined) return [usual('check'), usual('start'), usual('verify')];
  const timeoutMs = LIMIT.write;
  return [
    usual('check'),
    { ...act('stage', inSubshells(way.proofs)), shell: 'login', title: titleOf('stage', request), timeoutMs },
    usual('stop'),
    { ...act('write', inSubshells(way.changes)), title: titleOf('write', request) },
    usual('start'),
    usual('verify'),
  ];
}

/** The release an action installs or undoes. */
function releaseNamed(request: ActionRequest, release: Release, seen: Observation): string | undefined {
  if (request.action === 'deploy') return release.name;
  if (request.action !== 'rollback') return undefined;
  return snapshotFor(request, seen.snapshots ?? [])?.release ?? request.undo;
}

function operationStep(id: StepId, operation: Operation, { request, target, release }: Ingredients): Step {
  const { verifyMs } = operation;
  const { title, shell, timeoutMs } = operation.own?.(target) ?? operation;
  if (id === 'check') return checkStep(request, target, release);
  if (id === 'act') return { ...act('act', operation.act(target)), title, shell, timeoutMs };
  return { ...act('verify', operation.verify(target).script), kind: 'observe', shell, timeoutMs: verifyMs };
}

/**
 * A UTF-8 locale that the site has, in place of the one a profile may have set, which may be none: Python and pip
 * fail on names they cannot decode. Services get theirs from their shims.
 */
const LOCALE = raw(`for locale in C.UTF-8 en_US.UTF-8; do
  [ "$(LC_ALL=$locale locale charmap 2>/dev/null)" = UTF-8 ] || continue
  LC_ALL=$locale LANG=$locale
  export LC_ALL LANG
  break
done`);

function act(id: StepId, script: Script): Step {
  return {
    id,
    title: TITLE[id],
    kind: 'act',
    script: join([LOCALE, script]),
    shell: 'sh',
    files: [],
    timeoutMs: LIMIT[id],
    onFailure: 'stop',
  };
}

/**
 * Scripts of different owners one after another, each with its own options and traps; the first failure ends all.
 * Not `( … ) || exit`: on the left of `||` a shell ignores the `set -e` of the script inside.
 */
function inSubshells(scripts: readonly Script[]): Script {
  return join(
    scripts.map((script) => join([raw('('), script, raw(')\ncode=$?\n[ "$code" -eq 0 ] || exit "$code"')])),
  );
}

/** The version that is live at the end: only a deploy brings another one. Empty where none is known. */
function versionOf(request: ActionRequest, target: Target, release: Release, seen: Observation): string {
  if (request.action === 'deploy') return release.version;
  const snapshot = request.action === 'rollback' ? snapshotFor(request, seen.snapshots ?? []) : undefined;
  if (snapshot !== undefined) return snapshot.before.version ?? '';
  if (operationOf(request.action) !== undefined) return '';
  return installerOf(target).installed(target, seen.installer).version ?? '';
}

function notesOf(
  request: ActionRequest,
  target: Target,
  release: Release,
  seen: Observation,
): readonly string[] {
  const { live, version } = installerOf(target).installed(target, seen.installer);
  const launched = launcherOf(target).launched(target, seen.launcher);
  const notes =
    request.action === 'rollback'
      ? [rollbackNote(request, seen)]
      : request.action !== 'deploy'
        ? []
        : [
            live === undefined
              ? `first install of ${release.version}`
              : `${version ?? live} → ${release.version}`,
          ];
  const { services } = withServices(request, target, seen);
  const others = catalogueNote(request.action, target, services);
  if (others !== undefined) notes.push(others);
  if (launched.condition === 'supervisor-down') notes.push('the supervisor is down and will be started');
  if (launched.condition === 'not-installed')
    notes.push(`services will be set up under ${target.launcher.kind}`);
  return notes;
}
