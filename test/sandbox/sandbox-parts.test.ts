import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultFolder, openFolder } from '../../src/sandbox/folder.ts';
import { lockFile } from '../../src/sandbox/lock.ts';
import { type Machine, requireParts } from '../../src/sandbox/requirements.ts';
import { credentialsOf, secretsAt } from '../../src/sandbox/secrets.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'jaws-ops-parts-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('the lock of a sandbox folder', () => {
  it('is held by one at a time', () => {
    const path = join(dir, 'lock');
    const lock = lockFile(path);
    expect(() => lockFile(path)).toThrow(expect.objectContaining({ code: 'sandbox.running' }));
    lock.release();
    lockFile(path).release();
    expect(readdirSync(dir)).toEqual([]);
  });

  it.each([
    ['a process that is gone', '4194304 77'],
    ['a process whose pid is another’s now', `${process.pid} 1`],
    ['a writer that was cut off', ''],
  ])('left by %s is taken over', (_whose, text) => {
    const path = join(dir, 'lock');
    writeFileSync(path, text);
    const lock = lockFile(path);
    expect(readFileSync(path, 'utf8')).toMatch(new RegExp(`^${process.pid} \\d+\n$`));
    lock.release();
    expect(readdirSync(dir)).toEqual([]);
  });
});

describe('the secrets of a sandbox', () => {
  it('are kept, unreadable for others, and different in each sandbox', () => {
    const path = join(dir, 'secrets.yaml');
    const secrets = secretsAt(path);
    expect(secretsAt(path)).toEqual(secrets);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(secretsAt(join(dir, 'other.yaml'))).not.toEqual(secrets);
  });

  it('are what the stand-in servers expect, the narrowest layer winning', () => {
    const secrets = { ...secretsAt(join(dir, 's.yaml')), targets: { 'aws-prod': { JAWS_DB_PW: 'narrow' } } };
    const { mysql, rabbitmq } = credentialsOf(secrets, 'aws');
    expect(mysql['jaws jaws_aws_prod']).toBe('narrow');
    expect(mysql['jaws jaws_aws_dev']).toBe(secrets.default['JAWS_DB_PW']);
    expect(rabbitmq['jaws jaws_dev']).toBe(secrets.deployments['dev']?.['JAWS_RMQ_PW']);
  });
});

describe('what a sandbox asks of its machine', () => {
  const machine: Machine = { platform: 'linux', uid: 0, has: () => true, exists: () => true };
  const refusal = (change: Partial<Machine>) =>
    requireParts({ ...machine, ...change }).then(
      () => undefined,
      (error: unknown) => error,
    );

  it.each([
    ['another system', { platform: 'darwin' }, 'Linux', 'container'],
    ['an ordinary account', { uid: 1000 }, 'root', 'sudo'],
    ['no sshd', { has: (name: string) => name !== 'sshd' }, 'sshd', 'apt-get install -y openssh-server'],
    [
      'no supervisor',
      { exists: (path: string) => !path.endsWith('supervisor') },
      'supervisor',
      'apt-get install -y supervisor',
    ],
  ])('is said clearly: %s', async (_what, change, message, next) => {
    expect(await refusal(change)).toMatchObject({
      code: 'system.part',
      message: expect.stringContaining(message),
      next: expect.stringContaining(next),
    });
  });
});

describe('the folder of a sandbox', () => {
  it('is .sandbox in the project unless JAWS_OPS_SANDBOX names another', () => {
    expect(defaultFolder({})).toMatch(/\/\.sandbox$/);
    expect(defaultFolder({ JAWS_OPS_SANDBOX: '/x' })).toBe('/x');
  });

  it('is never one with other things in it', () => {
    writeFileSync(join(dir, 'thesis.tex'), '');
    expect(() => openFolder(dir)).toThrow(expect.objectContaining({ code: 'usage.argument' }));
    expect(readdirSync(dir)).toEqual(['thesis.tex']);
  });
});
