import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../../scripts/setup.sh', import.meta.url));

describe('npm run setup', () => {
  let bin = '';
  beforeEach(() => {
    bin = mkdtempSync(join(tmpdir(), 'setup-'));
  });
  afterEach(() => {
    rmSync(bin, { recursive: true, force: true });
  });

  /** Puts a stand-in on the PATH of a machine that has nothing else. */
  const program = (name: string, script: string) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  const setUp = (path: string, ...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync('/bin/bash', [SCRIPT, ...args], {
      env: { PATH: path },
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  };

  it('says nothing and asks nobody when everything is there', () => {
    for (const name of ['apt-get', 'dpkg', 'dpkg-query', 'npm'])
      program(name, 'echo must not run >&2; exit 9');
    const ended = setUp(`${bin}:/usr/local/bin:/usr/bin:/bin`);
    expect(ended).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it('prints one command to an account that may not install', () => {
    program('id', 'echo 1000');
    program('apt-get', 'echo must not run >&2; exit 9');
    symlinkSync('/usr/bin/sudo', join(bin, 'sudo'));
    const { status, stderr } = setUp(bin);
    expect(status).toBe(1);
    expect(stderr).toMatch(/missing .*redis-server/);
    expect(stderr).not.toContain('must not run');
    const commands = stderr.split('\n').filter((line) => line.includes('apt-get'));
    expect(commands).toHaveLength(1);
    expect(commands[0]).toMatch(/^ {2}sudo sh -c 'apt-get update && apt-get install .*\bredis-server\b.*'$/);
  });

  it('names the packages where there is no apt-get', () => {
    const { status, stderr } = setUp(bin);
    expect(status).toBe(1);
    expect(stderr).toMatch(/not a Debian system[\s\S]*\bredis-server\b/);
    expect(stderr).not.toContain('apt-get');
  });

  it('asks for what the benchmarks compare us with only when told to', () => {
    const peers = 'ansible-core fabric pssh';
    expect(setUp(bin).stderr).not.toContain('ansible');
    expect(setUp(bin, '--peers').stderr.trim().split('\n').at(-1)?.trim()).toBe(peers);
  });

  it('names each package once', () => {
    const { stderr } = setUp(bin);
    const packages = (stderr.trim().split('\n').at(-1) ?? '').trim().split(' ');
    expect(packages.length).toBeGreaterThan(3);
    expect(packages).toEqual([...new Set(packages)]);
  });
});
