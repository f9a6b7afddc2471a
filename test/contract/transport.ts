import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { succeeded } from '../../src/core/exit.ts';
import { raw, sh } from '../../src/core/script.ts';
import { Secret } from '../../src/core/secret.ts';
import type { Access } from '../../src/core/target.ts';
import type { Connector, Transport } from '../../src/core/transport.ts';
import { createConnector } from '../../src/remote/pool.ts';
import { freePort } from '../../src/sandbox/free-port.ts';
import { aliveWith, aMark, startBlackhole } from '../fixtures/site.ts';
import { makeKey, startSshd, type TestSshd } from '../fixtures/sshd.ts';
import { holdTimeLimits } from '../fixtures/time-limits.ts';
import { until } from '../fixtures/until.ts';

/** What every transport must do, on a real sshd. */
export function describeTransport(transport: Access['transport']): void {
  describe(`transport ${transport}`, () => {
    let sshd: TestSshd;
    let connector: Connector;
    let site: Transport;
    const timeoutMs = 120_000;

    beforeAll(async () => {
      sshd = await startSshd();
      connector = createConnector();
      site = await connector.connect(sshd.access({ transport }));
    });
    afterAll(async () => {
      await connector?.close();
      await sshd?.remove();
    });

    const connect = (changes: Partial<Access>) => connector.connect(sshd.access({ transport, ...changes }));

    it.each([0, 1, 2, 7, 126, 127, 128, 255])('tells exit code %i', async (code) => {
      const { exit } = await site.run(raw(`exit ${code}`), { timeoutMs });
      expect(exit).toEqual({ kind: 'exit', code });
      expect(succeeded(exit)).toBe(code === 0);
    });

    it('tells a signal from an exit code, whichever shell it hit', async () => {
      const child = await site.run(raw("sh -c 'kill -s KILL $$'"), { timeoutMs });
      expect(child.exit).toEqual({ kind: 'signal', name: 'SIGKILL' });
      const itself = await site.run(raw('kill -s KILL $$'), { timeoutMs });
      // Through a shared master, OpenSSH does not tell that the outermost shell was killed.
      const unknown = { kind: 'lost', reason: 'the session was closed' };
      expect(itself.exit).toEqual(transport === 'ssh2' ? { kind: 'signal', name: 'SIGKILL' } : unknown);
    });

    it('keeps stdout and stderr apart, without a byte added', async () => {
      const script = raw('printf "a\\n\\nb"; printf "c" >&2');
      expect(await site.run(script, { timeoutMs })).toMatchObject({ stdout: 'a\n\nb', stderr: 'c' });
    });

    it('runs a script with a syntax error as one that failed', async () => {
      const { exit, stderr } = await site.run(raw('echo "unterminated'), { timeoutMs });
      expect(exit).toEqual({ kind: 'exit', code: 2 });
      expect(stderr).toMatch(/unterminated/i);
    });

    it('hands bytes on stdin to the script as they are', async () => {
      const stdin = randomBytes(3_000_001);
      const { stdout } = await site.run(raw('sha256sum'), { timeoutMs, stdin });
      expect(stdout).toContain(createHash('sha256').update(stdin).digest('hex'));
    });

    it('gives a script without payload an empty stdin', async () => {
      expect(await site.run(raw('cat; echo end'), { timeoutMs })).toMatchObject({ stdout: 'end\n' });
    });

    it('passes every character of a word', async () => {
      const word = `%s $HOME \`id\` "q" 'q' \\n !x \t é ☃ \u{1f433} *`;
      const { stdout } = await site.run(sh`printf %s ${word}`, { timeoutMs });
      expect(stdout).toBe(word);
    });

    it('shows no secret in the process list of the site', async () => {
      const secret = new Secret('PW', `pw-${randomBytes(8).toString('hex')}`);
      const seen = join(sshd.folder, 'seen');
      let shown: number[] | undefined;
      const script = sh`token=${secret}; echo on; until [ -f ${seen} ]; do sleep 0.05; done; printf %s "$token"`;
      const { stdout } = await site.run(script, {
        timeoutMs,
        onOutput: () => {
          shown ??= aliveWith(secret.reveal());
          writeFileSync(seen, '');
        },
      });
      expect(stdout).toBe(`on\n${secret.reveal()}`);
      expect(shown).toEqual([]);
    });

    it('bounds what it keeps of long output and hands all of it on', async () => {
      let handed = 0;
      const script = raw(
        'head -c 10000000 /dev/zero | tr "\\0" x; head -c 10000000 /dev/zero | tr "\\0" y >&2',
      );
      const result = await site.run(script, { timeoutMs, onBytes: (chunk) => (handed += chunk.length) });
      expect(result.exit).toEqual({ kind: 'exit', code: 0 });
      expect(handed).toBe(10_000_000);
      expect(result.stdout.length).toBeLessThan(4.2 * 1024 * 1024);
      expect(result.stdout).toContain('bytes left out');
      expect(result.stderr.length).toBeLessThan(4.2 * 1024 * 1024);
    });

    it('hands output on as it comes, never with half a character', async () => {
      const chunks: string[] = [];
      const stop = new AbortController();
      const run = site.run(raw('printf "caf\\303"; printf "\\251\\n"; sleep 60'), {
        timeoutMs,
        signal: stop.signal,
        onOutput: (text) => chunks.push(text),
      });
      await until('the output', () => chunks.join('') === 'café\n');
      stop.abort();
      await run;
    });

    it('runs a login shell when asked', async () => {
      const script = raw('shopt -q login_shell && echo login || echo plain');
      expect((await site.run(script, { timeoutMs, shell: 'login' })).stdout).toBe('login\n');
    });

    it('does not wait for what a script left in the background', async () => {
      const { exit, stdout } = await site.run(raw('sleep 300 & echo $!'), { timeoutMs });
      expect(exit).toEqual({ kind: 'exit', code: 0 });
      await site.run(sh`kill ${stdout.trim()}`, { timeoutMs });
    });

    it('becomes another account through sudo', async () => {
      const account = await connect({ become: sshd.user });
      const { stdout, exit } = await account.run(raw('echo "$SUDO_USER $(id -un)"; cat'), {
        timeoutMs,
        stdin: Buffer.from('payload'),
      });
      expect(exit).toEqual({ kind: 'exit', code: 0 });
      expect(stdout).toBe(`${sshd.user} ${sshd.user}\npayload`);
    });

    it('names sudo when the account cannot be reached', async () => {
      const account = await connect({ become: 'no-such-account' });
      const error = await account.run(raw('id'), { timeoutMs }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'site.sudo', message: expect.stringContaining('no-such-account') });
    });

    it('ends a script at its time limit, with all its processes', async () => {
      const mark = aMark();
      const pass = holdTimeLimits();
      const result = await site.run(sh`echo on; sh -c ${`sleep ${mark} & wait`}`, {
        timeoutMs,
        onOutput: () => pass(timeoutMs),
      });
      expect(result).toMatchObject({ exit: { kind: 'timeout' }, stdout: 'on\n' });
      expect(aliveWith(mark)).toEqual([]);
    });

    it('ends a script that ignores TERM', async () => {
      const mark = aMark();
      // How long ending it may take is a limit, too.
      holdTimeLimits();
      const stop = new AbortController();
      const run = site.run(sh`trap '' TERM; echo on; sleep ${mark}; sleep ${mark}`, {
        timeoutMs,
        signal: stop.signal,
        onOutput: () => stop.abort(),
      });
      expect((await run).exit).toEqual({ kind: 'signal', name: 'SIGTERM' });
      expect(aliveWith(mark)).toEqual([]);
    });

    it('sends nothing once aborted', async () => {
      const file = join(sshd.folder, 'aborted');
      const reason = new Error('stop');
      const run = site.run(sh`touch ${file}`, { timeoutMs, signal: AbortSignal.abort(reason) });
      await expect(run).rejects.toBe(reason);
    });

    it('runs twenty scripts at once over one connection', async () => {
      const before = sshd.connections();
      const runs = Array.from({ length: 20 }, (_, i) => site.run(sh`sleep 0.05; echo ${i}`, { timeoutMs }));
      const results = await Promise.all(runs);
      expect(results.map((result) => result.stdout)).toEqual(results.map((_, i) => `${i}\n`));
      expect(sshd.connections()).toEqual(before);
    });

    it('tells a connection cut in the middle as lost, and opens a new one', async () => {
      let result: Promise<unknown> = Promise.resolve();
      await new Promise<void>((resolve) => {
        result = site.run(raw('echo on; sleep 60'), { timeoutMs, onOutput: () => resolve() });
      });
      sshd.cut();
      expect(await result).toMatchObject({ exit: { kind: 'lost' }, stdout: 'on\n' });
      expect(await site.run(raw('echo back'), { timeoutMs })).toMatchObject({ stdout: 'back\n' });
    });

    it('refuses a host that is not known, naming file and fingerprint', async () => {
      const knownHostsFile = join(sshd.folder, 'empty');
      writeFileSync(knownHostsFile, '');
      const error = await connect({ knownHostsFile }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'site.host-key' });
      expect(String(error)).toContain(`not in ${knownHostsFile}`);
      expect(String(error)).toMatch(/SHA256:[A-Za-z0-9+/]{43}/);
    });

    it('refuses a host whose key has changed, naming file and fingerprint', async () => {
      const knownHostsFile = join(sshd.folder, 'changed');
      const other = await startSshd();
      const key = readFileSync(other.knownHostsFile, 'utf8').split(' ').slice(1).join(' ');
      await other.remove();
      writeFileSync(knownHostsFile, `[${sshd.host}]:${sshd.port} ${key}`);
      const error = await connect({ knownHostsFile }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'site.host-key' });
      expect(String(error)).toContain('has changed');
      expect(String(error)).toContain(knownHostsFile);
      expect(String(error)).toMatch(/SHA256:[A-Za-z0-9+/]{43}/);
    });

    it('refuses when the known hosts file is missing', async () => {
      const error = connect({ knownHostsFile: join(sshd.folder, 'none') });
      await expect(error).rejects.toMatchObject({ code: 'site.host-key' });
    });

    it('finds hashed names in the known hosts file', async () => {
      const knownHostsFile = join(sshd.folder, 'hashed');
      copyFileSync(sshd.knownHostsFile, knownHostsFile);
      execFileSync('ssh-keygen', ['-H', '-f', knownHostsFile], { stdio: 'ignore' });
      const hashed = await connect({ knownHostsFile });
      expect(await hashed.run(raw('echo in'), { timeoutMs })).toMatchObject({ stdout: 'in\n' });
    });

    it('tells a refused key', async () => {
      const identityFile = makeKey(sshd.folder, 'stranger');
      await expect(connect({ identityFile })).rejects.toMatchObject({ code: 'site.login' });
    });

    it('tells when nobody listens', async () => {
      const port = await freePort();
      const knownHostsFile = join(sshd.folder, 'nobody');
      writeFileSync(knownHostsFile, '');
      const error = await connect({ port, knownHostsFile }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'site.unreachable' });
      expect(String(error)).toContain(`${sshd.host}:${port}`);
      expect(String(error)).toMatch(/refused/i);
    });

    it('gives up on a host that accepts and never speaks, in time', async () => {
      const blackhole = await startBlackhole();
      // Without its limit the attempt would last until the test's own.
      const error = await connect({ port: blackhole.port, connectTimeoutMs: 1_000 }).catch(
        (thrown) => thrown,
      );
      await blackhole.close();
      expect(error).toMatchObject({ code: 'site.unreachable' });
    });

    it('tells a name that does not resolve', async () => {
      const error = connect({ host: 'no-such-host.invalid' });
      await expect(error).rejects.toMatchObject({ code: 'site.unreachable' });
    });

    it('drops what login shells print before and after a script', async () => {
      const noisy = 'echo welcome; echo noise >&2; eval "$SSH_ORIGINAL_COMMAND"; echo bye';
      const loud = await startSshd({ config: [`ForceCommand ${noisy}`] });
      onTestFinished(() => loud.remove());
      const there = await connector.connect(loud.access({ transport }));
      const result = await there.run(raw('echo out; echo err >&2; exit 3'), { timeoutMs });
      expect(result).toEqual({ exit: { kind: 'exit', code: 3 }, stdout: 'out\n', stderr: 'err\n' });
    });

    it('tells an account whose shell never comes to the script, with its words', async () => {
      const shut = await startSshd({ config: ['ForceCommand echo This account is closed. >&2; exit 1'] });
      onTestFinished(() => shut.remove());
      const there = await connector.connect(shut.access({ transport }));
      const error = there.run(raw('echo in'), { timeoutMs });
      await expect(error).rejects.toMatchObject({
        code: 'site.output',
        message: expect.stringContaining('This account is closed.'),
      });
    });

    it('passes through a jump host', async () => {
      const inner = await startSshd({ like: sshd });
      onTestFinished(() => inner.remove());
      const { host, port, user } = sshd;
      const far = await connector.connect(inner.access({ transport, jumps: [{ host, port, user }] }));
      const { stdout } = await far.run(raw('echo "$SSH_CONNECTION"'), { timeoutMs });
      expect(stdout.trim().split(' ').at(-1)).toBe(String(inner.port));
    });

    it('opens a session at a time when the server allows one', async () => {
      const narrow = await startSshd({ config: ['MaxSessions 2'] });
      onTestFinished(() => narrow.remove());
      const single = await connector.connect(narrow.access({ transport }));
      const runs = Array.from({ length: 6 }, (_, i) => single.run(sh`sleep 0.1; echo ${i}`, { timeoutMs }));
      const results = await Promise.all(runs);
      expect(results.map((result) => result.stdout)).toEqual(results.map((_, i) => `${i}\n`));
    });
  });
}
