import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sha256 } from '../../src/core/file.ts';
import { revealed } from '../../src/core/script.ts';
import { siteFacts } from '../../src/plan/site-facts.ts';
import { aFolder, shellcheck } from '../fixtures/shell.ts';
import { aTarget } from '../fixtures/target.ts';

let root: ReturnType<typeof aFolder>;
beforeEach(() => {
  root = aFolder();
});
afterEach(() => root.remove());

async function look(target: ReturnType<typeof aTarget>) {
  const child = spawn('sh', ['-s'], { stdio: ['pipe', 'pipe', 'inherit'] });
  let stdout = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stdin.end(revealed(siteFacts(target).script));
  const [code] = await once(child, 'close');
  return siteFacts(target).parse(stdout, code);
}

test('tells account, host, groups and that nothing is installed', async () => {
  const seen = await look(aTarget({ root: root.path, values: { JAWS_GROUP: 'no-such-group' } }));
  expect(seen).toMatchObject({
    account: userInfo().username,
    installed: false,
    writable: true,
    unknownGroups: ['no-such-group', 'ec2-user'],
    drifted: [],
  });
  expect(seen.lock).toBeUndefined();
  expect(seen.freeKiB).toBeGreaterThan(0);
});

test('tells which endpoint can be reached from the site', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const values = {
    JAWS_DB_HOST: '127.0.0.1',
    JAWS_DB_PORT: String(port),
    JAWS_RMQ_HOST: '127.0.0.1',
    JAWS_RMQ_PORT: '1',
  };
  const seen = await look(aTarget({ root: root.path, values }));
  server.close();
  expect(seen.endpoints.map(({ reachable }) => reachable)).toEqual([true, false]);
});

test('tells the owner of a lock, and the files that were changed since they were written', async () => {
  const target = aTarget({ root: root.path });
  const { ops, config } = target.paths;
  mkdirSync(`${ops}/lock`, { recursive: true });
  mkdirSync(config, { recursive: true });
  writeFileSync(`${ops}/lock/owner`, 'job=d-1 attempt=1 who=ada since=2026-11-22T00:00:00Z\n');
  writeFileSync(`${config}/site.env`, 'changed by hand\n');
  writeFileSync(`${config}/same.conf`, 'same\n');
  writeFileSync(
    `${ops}/files.sha256`,
    `${sha256('written\n')}  ${config}/site.env\n${sha256('same\n')}  ${config}/same.conf\n`,
  );
  const seen = await look(target);
  expect(seen.lock).toContain('job=d-1 ');
  expect(seen.lockAgeSec).toBeLessThan(60);
  expect(seen.drifted).toEqual([`${config}/site.env`]);
});

test('an answer without an account is an error that shows the answer', () => {
  expect(() => siteFacts(aTarget()).parse('Welcome to the cluster!', 0)).toThrow(/Welcome to the cluster/);
});

test('the script has no fault that shellcheck knows', () => {
  expect(shellcheck(siteFacts(aTarget()).script)).toBe('');
});
