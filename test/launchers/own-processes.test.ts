import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { revealed } from '../../src/core/script.ts';
import { ownProcessesFunction } from '../../src/launchers/own-processes.ts';
import { put } from '../fixtures/readers.ts';
import { aFolder, shellcheck } from '../fixtures/shell.ts';
import { aTarget } from '../fixtures/target.ts';

/** An account that is not root's, as far as this one may be another; a group besides. */
const OTHER = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
/** Says when it is there, and runs until it is ended; with a first word, keeps others from looking into it. */
const PROGRAM = `import ctypes, sys, time
if sys.argv[1:2] == ['hidden']:
    ctypes.CDLL(None).prctl(4, 0)
print('there', flush=True)
time.sleep(100000)`;

describe.each(['sh', 'bash'])('processes of a target, as %s finds them', (shell) => {
  let root: ReturnType<typeof aFolder>;
  let target: ReturnType<typeof aTarget>;
  let running: ChildProcess[] = [];
  beforeEach(() => {
    root = aFolder();
    target = aTarget({ root: `${root.path}/it's 50% of [a] b` });
  });
  afterEach(async () => {
    await Promise.all(
      running.map(async (child) => {
        child.kill('SIGKILL');
        if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      }),
    );
    running = [];
    root.remove();
  });

  /** Starts a process that bears these words, and returns its pid. */
  async function start(
    argv0: string,
    more: readonly string[] = [],
    account: object = OTHER,
  ): Promise<number> {
    const child = spawn('/usr/bin/python3', ['-S', '-c', PROGRAM, ...more], {
      argv0,
      cwd: '/',
      stdio: ['ignore', 'pipe', 'inherit'],
      ...account,
    });
    running.push(child);
    await once(child.stdout as NonNullable<typeof child.stdout>, 'data');
    return child.pid as number;
  }

  /** Lines of `own_processes`, asked by the account. */
  function found(): readonly string[] {
    const script = `cd /\n${revealed(ownProcessesFunction(target))}\nown_processes\n`;
    const { stdout, stderr } = spawnSync(shell, ['-s'], {
      input: script,
      encoding: 'utf8',
      cwd: '/',
      ...OTHER,
    });
    expect(stderr).toBe('');
    return stdout.split('\n').filter((line) => line !== '');
  }

  it('are none where none runs', () => {
    expect(found()).toEqual([]);
  });

  it('are told with pid, parent, group and command, from either folder', async () => {
    const live = await start(`${target.paths.venv}/bin/python`, ['run-daemon']);
    const older = await start(`${target.paths.venvs}/2.5.3-a/bin/python`);
    const lines = found();
    expect(lines.map((line) => Number(line.split(' ')[0])).sort()).toEqual([live, older].sort());
    const [pid, parent, , ...command] = lines.find((line) => line.startsWith(`${live} `))?.split(' ') ?? [];
    expect([pid, parent]).toEqual([`${live}`, `${process.pid}`]);
    expect(command.join(' ')).toContain(`${target.paths.venv}/bin/python -S -c`);
  });

  it('are also those that may not be looked into', async () => {
    const hidden = await start(`${target.paths.venv}/bin/python`, ['hidden']);
    expect(found().map((line) => Number(line.split(' ')[0]))).toEqual([hidden]);
  });

  it('are also scripts of theirs that another program runs', async () => {
    const script = `${target.paths.venv}/bin/jaws-site`;
    put(script, PROGRAM, 0o755);
    for (let at = script; at.startsWith(root.path); at = dirname(at)) chmodSync(at, 0o755);
    const child = spawn('/usr/bin/python3', [script, 'run-daemon'], {
      cwd: '/',
      stdio: ['ignore', 'pipe', 'inherit'],
      ...OTHER,
    });
    running.push(child);
    await once(child.stdout, 'data');
    expect(found().map((line) => Number(line.split(' ')[0]))).toEqual([child.pid]);
  });

  it('are not those that name a folder further on, nor those of a neighbour with a longer name', async () => {
    await start('vim', [`${target.paths.venv}/bin/activate`]);
    await start(`${target.paths.venv}-other/bin/python`);
    expect(found()).toEqual([]);
  });

  // Only root can be two accounts.
  if (OTHER.uid !== undefined)
    it('are not those of another account', async () => {
      await start(`${target.paths.venv}/bin/python`, [], {});
      expect(found()).toEqual([]);
    });

  it('are found by a script without a fault that shellcheck knows', () => {
    expect(shellcheck(ownProcessesFunction(target))).toBe('');
  });
});
