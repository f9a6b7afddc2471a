import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StepId } from '../../src/core/plan.ts';
import { collectOk } from '../../src/sandbox/process.ts';
import type { SiteHandle } from '../../src/sandbox/site.ts';
import { until } from '../fixtures/until.ts';

/** Folder of the hook inside the site. */
const FOLDER = '/run/step-hook';

/**
 * A stand-in for `locale`, which every step's script runs first: it writes down which step of which job that was, and waits as
 * long as the step is held. A step that changes something runs from its folder below `runs/`; the two looks come
 * straight from the connection.
 */
const HOOK = `#!/bin/sh
asked=$(tr '\\0\\n' '  ' </proc/$PPID/cmdline)
case $asked in
*/.jaws-ops/runs/*/script*)
  job=\${asked##*/.jaws-ops/runs/}
  step=\${job#*/}
  step=\${step%%/*}
  job=\${job%%/*} ;;
*'head -c '*)
  job=look
  if grep -q '^start ' ${FOLDER}/started; then step=verify; else step=check; fi ;;
*) exec ${FOLDER}/locale "$@" ;;
esac
printf '%s %s\\n' "$step" "$job" >>${FOLDER}/started
while [ -e "${FOLDER}/hold.$step" ]; do sleep 0.05; done
exec ${FOLDER}/locale "$@"
`;

/** Counts at a site how often each step of a job begins, and holds a step at its beginning. */
export interface StepHook {
  /** Forgets what was counted; the step waits at its beginning until it is let go. */
  hold(step: StepId): void;
  /** Resolves when the held step has begun. */
  held(step: StepId): Promise<void>;
  letGo(): void;
  /** How often each step of a job that changes something has begun since {@link hold}. */
  starts(jobId: string): ReadonlyMap<string, number>;
}

/** Puts the hook in place of the site's `locale`. It is gone with the site. */
export async function hookSteps(site: SiteHandle): Promise<StepHook> {
  const folder = `/proc/${site.pid}/root${FOLDER}`;
  const started = join(folder, 'started');
  mkdirSync(folder);
  writeFileSync(join(folder, 'hook'), HOOK, { mode: 0o755 });
  let holding: string | undefined;
  const letGo = () => {
    if (holding !== undefined) rmSync(holding, { force: true });
  };
  const put = `set -e
cp /usr/bin/locale ${FOLDER}/locale
: >${FOLDER}/started
chmod 666 ${FOLDER}/started
mount --bind ${FOLDER}/hook /usr/bin/locale`;
  const { code, stderr } = await site.exec(['sh', '-c', put]);
  if (code !== 0) throw new Error(`the hook cannot be put in place: ${stderr}`);
  const lines = () =>
    readFileSync(started, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  return {
    hold(step) {
      letGo();
      writeFileSync(started, '');
      holding = join(folder, `hold.${step}`);
      writeFileSync(holding, '');
    },
    async held(step) {
      await until(
        `the beginning of ${step}`,
        () => existsSync(started) && lines().some((line) => line.startsWith(`${step} `)),
        240_000,
      );
    },
    letGo,
    starts(jobId) {
      const begun = lines().flatMap((line) =>
        line.endsWith(` ${jobId}`) ? [line.slice(0, line.indexOf(' '))] : [],
      );
      return new Map(begun.map((step) => [step, begun.filter((each) => each === step).length]));
    },
  };
}

/**
 * Puts a file system of its own under a folder of a site, so that it can be filled.
 * @param size as mount(8) takes it, e.g. `400m`
 */
export async function ownFileSystem(site: SiteHandle, folder: string, size: string): Promise<void> {
  const { uid, gid } = site.spec.service;
  const root = `/proc/${site.pid}/root${folder}`;
  mkdirSync(root, { recursive: true });
  const options = `size=${size},uid=${uid},gid=${gid},mode=755`;
  await collectOk([
    'nsenter',
    '--target',
    `${site.pid}`,
    '--mount',
    '--',
    'mount',
    '-t',
    'tmpfs',
    '-o',
    options,
    'install',
    folder,
  ]);
}
