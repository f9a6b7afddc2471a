import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { judgeHostKey, knownKeys } from '../../src/remote/known-hosts.ts';
import { makeKey } from '../fixtures/sshd.ts';

const folder = mkdtempSync(join(tmpdir(), 'jaws-known-'));
afterAll(() => rmSync(folder, { recursive: true }));

const [one, two] = ['one', 'two'].map((name) =>
  readFileSync(`${makeKey(folder, name)}.pub`, 'utf8')
    .split(' ')
    .slice(0, 2)
    .join(' '),
) as [string, string];
const bytes = (key: string) => Buffer.from(key.split(' ')[1] ?? '', 'base64');
const hop = { host: 'dori.example', port: 22, user: 'svc' };
const lines = (text: string, host = 'dori.example', port = 22) =>
  knownKeys(text, host, port).map((entry) => entry.line);

describe('names in a known hosts file', () => {
  it.each([
    ['its own', `dori.example ${one}`, [1]],
    ['one of several', `other,dori.example,10.0.0.1 ${one}`, [1]],
    ['a pattern', `*.example ${one}`, [1]],
    ['a pattern with one free letter', `dor?.example ${one}`, [1]],
    ['an excluded one', `*.example,!dori.example ${one}`, []],
    ['another case', `DORI.example ${one}`, [1]],
    ['a longer name', `dori.example.org ${one}`, []],
    ['a dot that is a dot', `doriXexample ${one}`, []],
    ['a comment', `# dori.example ${one}`, []],
    ['another port', `[dori.example]:2222 ${one}`, []],
    ['a host CA', `@cert-authority dori.example ${one}`, []],
    ['half a line', 'dori.example ssh-ed25519', []],
    ['two keys', `dori.example ${one}\n\ndori.example ${two}\n`, [1, 3]],
  ])('%s', (_what, text, expected) => {
    expect(lines(text)).toEqual(expected);
  });

  it('carry a port that is not 22', () => {
    expect(lines(`[dori.example]:2222 ${one}`, 'dori.example', 2222)).toEqual([1]);
    expect(lines(`dori.example ${one}`, 'dori.example', 2222)).toEqual([]);
  });

  it('may be hashed', () => {
    const file = join(folder, 'hashed');
    writeFileSync(file, `other ${two}\ndori.example ${one}\n[dori.example]:2222 ${two}\n`);
    execFileSync('ssh-keygen', ['-H', '-f', file], { stdio: 'ignore' });
    const text = readFileSync(file, 'utf8');
    expect(text).not.toContain('dori');
    expect(lines(text)).toEqual([2]);
    expect(lines(text, 'dori.example', 2222)).toEqual([3]);
  });
});

describe('a host key', () => {
  const judge = (text: string, key = one) =>
    judgeHostKey(hop, '/etc/known', knownKeys(text, hop.host, hop.port), bytes(key));

  it('passes when any line has it', () => {
    expect(judge(`dori.example ${two}\ndori.example ${one}`)).toBeUndefined();
  });

  it('is unknown when no line names the host', () => {
    const error = judge(`other ${one}`);
    expect(error?.code).toBe('site.host-key');
    expect(error?.message).toContain(
      'dori.example: not in /etc/known; the server presented ssh-ed25519 SHA256:',
    );
  });

  it('has changed when the host has another', () => {
    const error = judge(`# a comment\ndori.example ${two}`);
    expect(error?.message).toMatch(
      /changed; .* SHA256:.* \/etc\/known expects ssh-ed25519 SHA256:.* \(line 2\)/,
    );
  });

  it('is refused when revoked, even where another line has it', () => {
    expect(judge(`dori.example ${one}\n@revoked * ${one}`)?.message).toContain('line 2 revokes');
  });

  it('is named by the fingerprint that ssh-keygen shows', () => {
    const shown = execFileSync('ssh-keygen', ['-l', '-f', join(folder, 'one.pub')], { encoding: 'utf8' });
    const fingerprint = /SHA256:\S+/.exec(shown)?.[0] ?? 'none';
    expect(judge('')?.message).toContain(fingerprint);
  });
});
