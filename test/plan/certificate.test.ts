import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { OpsError } from '../../src/core/errors.ts';
import { type Certificate, certificateFindings, parseCertificate } from '../../src/plan/certificate.ts';
import { explained, readCertificate } from '../../src/remote/certificate.ts';
import { aFolder } from '../fixtures/shell.ts';
import { makeKey } from '../fixtures/sshd.ts';
import { aTarget } from '../fixtures/target.ts';

const folder = aFolder();
afterAll(() => folder.remove());
const ca = makeKey(folder.path, 'ca');
const identityFile = makeKey(folder.path, 'key');
const access = { ...aTarget().access, transport: 'openssh', user: 'jaws', identityFile } as const;
const MINUTE = 60_000;

function sign(...options: readonly string[]): void {
  execFileSync('ssh-keygen', ['-q', '-s', ca, '-I', 'test', ...options, `${identityFile}.pub`]);
}

describe('a certificate as ssh-keygen tells it', () => {
  test('is none where there is no file, and where the transport knows none', async () => {
    expect(await readCertificate(access)).toBeUndefined();
    sign('-n', 'jaws');
    expect(await readCertificate({ ...access, transport: 'ssh2' })).toBeUndefined();
  });

  test('has its validity in our time and its accounts', async () => {
    sign('-n', 'jaws,nmjaws', '-V', '20260102030405Z:20260103040506Z');
    expect(await readCertificate(access)).toEqual({
      path: `${identityFile}-cert.pub`,
      from: Date.UTC(2026, 0, 2, 3, 4, 5),
      until: Date.UTC(2026, 0, 3, 4, 5, 6),
      principals: ['jaws', 'nmjaws'],
    });
  });

  test('may be valid for ever and for everybody', async () => {
    sign();
    expect(await readCertificate(access)).toEqual({ path: `${identityFile}-cert.pub`, principals: [] });
  });

  test('that is something else is an error that names the file', async () => {
    execFileSync('sh', ['-c', 'echo nonsense >"$1"', 'sh', `${identityFile}-cert.pub`]);
    await expect(readCertificate(access)).rejects.toMatchObject({
      code: 'site.login',
      message: expect.stringContaining('key-cert.pub'),
    });
    expect(() => parseCertificate('/x', 'nothing')).toThrow(/no validity/);
  });
});

describe('what a certificate means for a run of an hour', () => {
  const now = Date.UTC(2026, 5, 1);
  const until = (ms: number): Certificate => ({
    path: '/k-cert.pub',
    from: now - MINUTE,
    until: now + ms,
    principals: ['jaws'],
  });
  const judge = (certificate: Certificate | undefined) =>
    certificateFindings(access, certificate, now, 60 * MINUTE);

  test.each([
    ['one that has ended', until(-3 * MINUTE), 'fail', '/k-cert.pub ended 3 min ago'],
    ['one for later', { ...until(90 * MINUTE), from: now + 5 * MINUTE }, 'fail', 'valid only in 5 min'],
    ['one for others', { ...until(90 * MINUTE), principals: ['ada'] }, 'fail', 'is for ada, expected jaws'],
    [
      'one that may end meanwhile',
      until(59 * MINUTE),
      'warn',
      'ends in 59 min, and the time limits of this run are 1 h',
    ],
    ['one that ends soon after', until(90 * MINUTE), 'warn', 'ends in 1 h 30 min'],
    ['one for the day', until(23 * 60 * MINUTE), 'ok', 'valid for 23 h more'],
    ['one for ever', { path: '/k', principals: [] }, 'ok', 'for ever'],
  ] as const)('%s', (_which, certificate, level, message) => {
    expect(judge(certificate)).toMatchObject([{ level, message: expect.stringContaining(message) }]);
  });

  test('none at all means nothing, and the remedy is the site’s own command', () => {
    expect(judge(undefined)).toEqual([]);
    const [found] = certificateFindings({ ...access, renew: 'sshproxy -c jaws' }, until(-1), now, 0);
    expect(found?.next).toContain('`sshproxy -c jaws`');
  });
});

describe('a refused login', () => {
  const refused = new OpsError('site.login', 'jaws@host:22 refused the login');
  const now = Date.UTC(2026, 0, 3, 5, 5, 6);

  test('is told by the certificate that ended, and by what renews it', async () => {
    sign('-n', 'jaws', '-V', '20260102030405Z:20260103040506Z');
    const error = await explained({ ...access, renew: 'sshproxy -c jaws' }, refused, now);
    expect(error).toMatchObject({
      code: 'site.login',
      message: `jaws@host:22 refused the login; login certificate: ${identityFile}-cert.pub ended 1 h ago`,
      next: expect.stringContaining('`sshproxy -c jaws`'),
      cause: refused,
    });
  });

  test('is left as it is where the certificate is not the cause, and so is any other error', async () => {
    expect(await explained(access, refused, Date.UTC(2026, 0, 3))).toBe(refused);
    const other = new OpsError('site.unreachable', 'host:22 does not answer');
    expect(await explained(access, other, now)).toBe(other);
    writeFileSync(`${identityFile}-cert.pub`, 'no certificate');
    expect(await explained(access, refused, now)).toBe(refused);
  });
});
