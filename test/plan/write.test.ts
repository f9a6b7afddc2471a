import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RenderedFile, stagedName } from '../../src/core/file.ts';
import { revealed } from '../../src/core/script.ts';
import { besideName } from '../../src/plan/beside.ts';
import { stagedScript, writeScript } from '../../src/plan/write.ts';
import { put } from '../fixtures/readers.ts';
import { aFolder, runHere, shellcheck } from '../fixtures/shell.ts';
import { aTarget } from '../fixtures/target.ts';

let folder: ReturnType<typeof aFolder>;
beforeEach(() => {
  folder = aFolder();
});
afterEach(() => folder.remove());

function site(files: readonly RenderedFile[], release = '2.5.4-a') {
  const target = aTarget({ root: folder.path });
  const staging = join(folder.path, 'staging');
  mkdirSync(staging, { recursive: true });
  for (const path of [target.paths.ops, target.paths.config]) mkdirSync(path, { recursive: true });
  for (const file of files) put(join(staging, stagedName(file.path)), String(file.content));
  const script = writeScript(target, files, release);
  return {
    target,
    script,
    run: (env = {}) => runHere(script, { JAWS_OPS_STAGING: staging, HOME: folder.path, ...env }),
  };
}

const file = (path: string, content: string, mode = 0o600): RenderedFile => ({ path, content, mode });

test('writes each file with its mode and tells how many changed', () => {
  const { target } = site([]);
  const conf = file(`${target.paths.config}/jaws-site.conf`, '[DB]\n');
  const unit = file('~/.config/systemd/user/rpc.service', '[Unit]\n', 0o644);
  const { run } = site([conf, unit]);
  const first = run();
  expect(first).toMatchObject({ code: 0 });
  expect(first.stdout).toContain('2 of 2 files changed');
  expect(readFileSync(conf.path, 'utf8')).toBe('[DB]\n');
  expect(statSync(conf.path).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder.path, '.config/systemd/user/rpc.service')).mode & 0o777).toBe(0o644);
  expect(run().stdout).toContain('0 of 2 files changed');
});

test('keeps what it replaces in a snapshot, once, even when the step is repeated', () => {
  const { target } = site([]);
  const path = `${target.paths.config}/site.env`;
  writeFileSync(path, 'before\n');
  const { run } = site([file(path, 'after\n')]);
  expect(run().code).toBe(0);
  expect(run().code).toBe(0);
  const snapshot = `${target.paths.ops}/snapshots/2.5.4-a`;
  expect(readFileSync(`${snapshot}/present`, 'utf8')).toBe(`${path}\n`);
  const kept = runHere({ parts: [{ text: `tar -xOPf ${snapshot}/files.tar` }] });
  expect(kept.stdout).toBe('before\n');
});

test('removes a file of ours that is no longer generated and leaves the files of others', () => {
  const { target } = site([]);
  const old = `${target.paths.config}/old.conf`;
  const foreign = `${target.paths.config}/supervisor.cromwell.conf`;
  writeFileSync(foreign, 'theirs\n');
  expect(site([file(old, 'old\n')], 'r1').run().code).toBe(0);
  const second = site([file(`${target.paths.config}/new.conf`, 'new\n')], 'r2').run();
  expect(second.stdout).toContain(`removed ${old}`);
  expect(existsSync(old)).toBe(false);
  expect(readFileSync(foreign, 'utf8')).toBe('theirs\n');
});

test('corrects a mode that was changed by hand', () => {
  const { target } = site([]);
  const path = `${target.paths.config}/site.env`;
  writeFileSync(path, 'same\n', { mode: 0o644 });
  expect(site([file(path, 'same\n')]).run().stdout).toContain(`wrote ${path}`);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('replaces nothing when one file cannot be written, and leaves nothing beside the others', () => {
  const { target } = site([]);
  const { config } = target.paths;
  writeFileSync(`${config}/site.env`, 'before\n');
  writeFileSync(`${config}/in-the-way`, '');
  const files = [file(`${config}/site.env`, 'after\n'), file(`${config}/in-the-way/x.conf`, 'x\n')];
  expect(site(files).run().code).not.toBe(0);
  expect(readFileSync(`${config}/site.env`, 'utf8')).toBe('before\n');
  expect(readdirSync(config).sort()).toEqual(['in-the-way', 'site.env']);
});

test('writes several files to several folders, whatever their names, modes and groups are', () => {
  const { target } = site([]);
  const { config, bin } = target.paths;
  // Whoever is not root may give a file only to a group of its own.
  const group = process.getuid?.() === 0 ? 12_345 : process.getgid?.();
  const files = [
    file(`${config}/it's 100%.conf`, 'one\n'),
    file(`${bin}/-n`, 'two\n', 0o700),
    file(`${config}/a b`, 'three\n', 0o644),
    file(`${bin}/back\\slash $HOME \`id\``, 'four\n', 0o700),
    { ...file(`~/.config/äö*?[x]`, 'five\n', 0o640), group: `${group}` },
  ];
  const { code, stdout } = site(files).run();
  expect({ code, stdout }).toMatchObject({ code: 0 });
  expect(stdout).toContain('5 of 5 files changed');
  for (const { path, content, mode } of files) {
    const at = path.replace(/^~/, folder.path);
    expect(stdout).toContain(`wrote ${at}\n`);
    expect(readFileSync(at, 'utf8')).toBe(content);
    expect(statSync(at).mode & 0o777).toBe(mode);
  }
  expect(statSync(`${folder.path}/.config/äö*?[x]`).gid).toBe(group);
  expect([readdirSync(config).sort(), readdirSync(bin).length]).toEqual([['a b', "it's 100%.conf"], 2]);
});

test('takes nothing of what a step that was broken off has left, and removes it', () => {
  const { target } = site([]);
  const { config } = target.paths;
  const beside = `${config}/${besideName(target)}`;
  for (const changed of [1, 0]) {
    put(`${beside}/other.conf`, 'stale\n');
    put(`${beside}/site.env`, 'stale\n');
    const { code, stdout } = site([file(`${config}/site.env`, 'new\n')]).run();
    expect({ code, stdout }).toMatchObject({ code: 0 });
    expect(stdout).toContain(`${changed} of 1 files changed`);
    expect(readFileSync(`${config}/site.env`, 'utf8')).toBe('new\n');
    expect(readdirSync(config)).toEqual(['site.env']);
  }
});

test('writes also where what a broken-off step has left cannot be removed', () => {
  const { target } = site([]);
  const { config } = target.paths;
  const rm = join(folder.path, 'bin', 'rm');
  put(rm, '#!/bin/sh\nexit 1\n', 0o755);
  put(`${config}/${besideName(target)}/.nfs0001`, 'stale\n');
  const { code, stdout } = site([file(`${config}/site.env`, 'new\n')]).run({
    PATH: `${dirname(rm)}:${process.env['PATH']}`,
  });
  expect({ code, stdout }).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('1 of 1 files changed'),
  });
});

test('leaves alone what is on its way into the same folder for another deployment', () => {
  const units = join(folder.path, 'units');
  const theirs = `${units}/${besideName(aTarget({ root: folder.path, deployment: 'prod' }))}/rpc-prod.service`;
  put(theirs, 'theirs\n');
  expect(site([file(`${units}/rpc-dev.service`, 'ours\n')]).run().code).toBe(0);
  expect(readFileSync(theirs, 'utf8')).toBe('theirs\n');
  expect(readdirSync(units)).toHaveLength(2);
});

test('replaces nothing when a folder is where a file has to be', () => {
  const { target } = site([]);
  const { config } = target.paths;
  put(`${config}/a.conf`, 'before\n');
  put(`${config}/site.env/theirs`, 'theirs\n');
  const { code, stdout } = site([
    file(`${config}/a.conf`, 'after\n'),
    file(`${config}/site.env`, 'x\n'),
  ]).run();
  expect(code).toBe(1);
  expect(stdout).toContain(`error: ${config}/site.env is a folder, expected a file or nothing`);
  expect(readFileSync(`${config}/a.conf`, 'utf8')).toBe('before\n');
  expect(readdirSync(config).sort()).toEqual(['a.conf', 'site.env']);
});

test('a path that is neither absolute nor in the home is refused', () => {
  expect(() => writeScript(aTarget(), [file('relative.conf', '')], 'r')).toThrow(/absolute path/);
});

test('the script has no fault that shellcheck knows', () => {
  expect(shellcheck(site([file('/x/y.conf', '')]).script)).toBe('');
});

describe('staged files are proved before anything is stopped', () => {
  /** Proves one staged file by a shell, in an empty folder that tells whether anything of it was carried out. */
  function prove(shell: 'bash' | 'sh', content: string) {
    const staging = join(folder.path, 'staging');
    const staged = file('/srv/bin/run-daemon', content, 0o700);
    put(join(staging, stagedName(staged.path)), content);
    const { status, stdout, stderr } = spawnSync(shell, ['-s'], {
      cwd: folder.path,
      input: revealed(stagedScript([staged])),
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', JAWS_OPS_STAGING: staging },
    });
    return { status, said: stdout + stderr, left: readdirSync(folder.path) };
  }

  const broken: readonly (readonly [what: string, text: string])[] = [
    ['if without fi', 'if true; then'],
    ['an open quote', 'echo "abc'],
    ['a bracket too many', 'echo )'],
    ['a brace too many', '}; touch ran; {'],
    ['a function without an end', 'f() {'],
    ['an open substitution', 'echo $(id'],
    ['an open backquote', 'echo `id'],
    ['an open expansion', 'echo ${HOME'],
    ['case without esac', 'case x in\n  a) ;;'],
    ['lines that end as on another system', 'if true; then\r\necho\r\nfi\r'],
  ];
  const only: typeof broken = [
    ['an open test', '[[ a == b'],
    ['an open list', 'a=(1 2'],
    ['open arithmetic', '((x = 1'],
  ];

  test.each(
    [...broken, ...only].flatMap(([what, text]) =>
      (['bash', 'sh'] as const).map((shell) => [what, shell, text] as const),
    ),
  )('a file for bash with %s is told by its name, asked by %s', (_, shell, text) => {
    const { status, said, left } = prove(shell, `#!/bin/bash\ntouch ran\n${text}\n`);
    expect(status).toBe(1);
    expect(said).toMatch(/run-daemon: line \d+: /);
    expect(left).toEqual(['staging']);
  });

  test.each(broken)('a file for sh with %s is told by its name', (_, text) => {
    const { status, said } = prove('bash', `#!/bin/sh\ntouch ran\n${text}\n`);
    expect({ status, said }).toMatchObject({ status: 1, said: expect.stringContaining('run-daemon: ') });
  });

  test.each(['bash', 'sh'] as const)('nothing of a good one is carried out, asked by %s', (shell) => {
    const text = `set +n\ntouch ran\nshopt -s extglob\ncat <<'EOF'\n"\nEOF\nexec "$HOME/x" "\${@:1}"\n`;
    for (const first of ['#!/bin/bash', '#!/bin/sh'])
      expect(prove(shell, `${first}\n${text}`)).toEqual({ status: 0, said: '', left: ['staging'] });
  });

  test('one that did not arrive is told', () => {
    const { code, stdout } = runHere(stagedScript([file('/srv/a', '')]), { JAWS_OPS_STAGING: folder.path });
    expect({ code, stdout }).toEqual({ code: 1, stdout: 'error: a generated file did not arrive\n' });
  });

  test('by a script without a fault that shellcheck knows', () => {
    expect(shellcheck(stagedScript([file('/srv/a', ''), file('/srv/b', '')]))).toBe('');
  });
});

test('keeps the snapshots of the last five releases', () => {
  const { target } = site([]);
  const path = `${target.paths.config}/site.env`;
  for (const release of ['r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7']) {
    expect(site([file(path, release)], release).run().code).toBe(0);
  }
  const kept = runHere({ parts: [{ text: `ls ${target.paths.ops}/snapshots` }] });
  expect(kept.stdout.trim().split('\n')).toEqual(['r3', 'r4', 'r5', 'r6', 'r7']);
});
