import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RenderedFile, stagedName } from '../../src/core/file.ts';
import type { Step } from '../../src/core/plan.ts';
import { raw, type Script, sh } from '../../src/core/script.ts';
import { Secret } from '../../src/core/secret.ts';
import type { Access } from '../../src/core/target.ts';
import type { Connector } from '../../src/core/transport.ts';
import { type DetachedOptions, finishRun, runDetached } from '../../src/remote/detached.ts';
import { createConnector } from '../../src/remote/pool.ts';
import { DECIDED, decideStep, lookAtStep } from '../../src/remote/step-outcome.ts';
import { signal } from '../../src/sandbox/process.ts';
import { aliveWith, aMark } from '../fixtures/site.ts';
import { startSshd, type TestSshd } from '../fixtures/sshd.ts';
import { holdTimeLimits } from '../fixtures/time-limits.ts';
import { until } from '../fixtures/until.ts';

/** A site's `sh` may be dash or bash; neither transport minds which, so each is tried with one of them. */
const sites: readonly { transport: Access['transport']; shell: string }[] = [
  { transport: 'ssh2', shell: 'dash' },
  { transport: 'openssh', shell: 'bash' },
];

describe.each(sites)('a detached step over $transport where sh is $shell', ({ transport, shell }) => {
  let sshd: TestSshd;
  let connector: Connector;
  let folder: string;
  let opsDir: string;
  let bin: string;
  let removeBin = () => {};

  beforeAll(async () => {
    bin = mkdtempSync(join(tmpdir(), 'jaws-sh-'));
    symlinkSync(`/bin/${shell}`, join(bin, 'sh'));
    sshd = await startSshd({ env: { PATH: `${bin}:/usr/local/bin:/usr/bin:/bin` } });
    removeBin = () => rmSync(bin, { recursive: true });
    connector = createConnector();
  });
  afterAll(async () => {
    await connector?.close();
    await sshd?.remove();
    removeBin();
  });
  beforeEach(() => {
    folder = mkdtempSync(join(sshd.folder, 'site-'));
    opsDir = join(folder, 'install', '.jaws-ops');
    return async () => {
      await until('what the steps started ends', () => {
        const left = aliveWith(folder);
        for (const pid of left) signal(pid, 'SIGKILL');
        return left.length === 0;
      });
      rmSync(folder, { recursive: true, force: true });
    };
  });

  const stepOf = (script: Script, changes: Partial<Step> = {}): Step => ({
    id: 'stage',
    title: 'Stage',
    kind: 'act',
    script,
    shell: 'sh',
    files: [],
    timeoutMs: 120_000,
    onFailure: 'stop',
    ...changes,
  });
  const start = (step: Step, changes: Partial<DetachedOptions> = {}) =>
    runDetached({
      connect: () => connector.connect(sshd.access({ transport })),
      opsDir,
      jobId: 'job-1',
      attempt: 1,
      who: 'kim',
      step,
      lock: 'acquire',
      reconnectTimeoutMs: 100_000,
      ...changes,
    });
  const stepFile = (name: string, job = 'job-1') => join(opsDir, 'runs', job, 'stage', name);
  const counted = () => readFileSync(join(folder, 'count'), 'utf8').split('\n').length - 1;
  const count = () => sh`echo run >>${join(folder, 'count')}`;
  const finish = (changes: Partial<Parameters<typeof finishRun>[0]> = {}) =>
    finishRun({
      connect: () => connector.connect(sshd.access({ transport })),
      opsDir,
      jobId: 'job-1',
      attempt: 1,
      auditLine: '2026-11-22T12:00:00Z kim deploy succeeded job=job-1',
      ...changes,
    });

  it('runs, follows its log and tells its exit code', async () => {
    let seen = '';
    const result = await start(stepOf(raw('echo one; echo two >&2; printf three; exit 3')), {
      onOutput: (text) => {
        seen += text;
      },
    });
    expect(result).toEqual({ exit: { kind: 'exit', code: 3 }, output: 'one\ntwo\nthree', found: 'started' });
    expect(seen).toBe(result.output);
    expect(readFileSync(stepFile('log'), 'utf8')).toBe(result.output);
    expect(readFileSync(stepFile('exit'), 'utf8').trim()).toBe('3');
    expect(statSync(opsDir).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'install')).mode & 0o777).toBe(0o755);
  });

  it('runs with the shell of the site', async () => {
    const { output } = await start(stepOf(raw('readlink /proc/$$/exe')));
    expect(output).toMatch(new RegExp(`/${shell}\n$`));
  });

  it('gives output while the step runs', async () => {
    const go = join(folder, 'go');
    const result = await start(stepOf(sh`echo ready; until [ -f ${go} ]; do sleep 0.05; done; echo done`), {
      onOutput: () => writeFileSync(go, ''),
    });
    expect(result.output).toBe('ready\ndone\n');
  });

  it('is followed to its end where a file system has no named pipes', async () => {
    const mkfifo = join(bin, 'mkfifo');
    writeFileSync(mkfifo, '#!/bin/sh\necho "mkfifo: Operation not permitted" >&2\nexit 1\n', { mode: 0o755 });
    const result = await start(stepOf(raw('echo one; sleep 0.3; echo two; exit 3'))).finally(() =>
      rmSync(mkfifo),
    );
    expect(result).toEqual({ exit: { kind: 'exit', code: 3 }, output: 'one\ntwo\n', found: 'started' });
    const usual = await start(stepOf(raw('echo three'), { id: 'stop' }));
    expect(usual.output).toBe('three\n');
    expect(readdirSync(join(opsDir, 'runs', 'job-1', 'stop')).sort()).toEqual([
      'exit',
      'log',
      'pid',
      'run',
      'script',
    ]);
  });

  it.each([
    ['leaves something out', '/usr/bin/tail "$@" | head -c 3'],
    ['is killed', 'kill -s KILL $$'],
  ])('is followed to its end, its output complete, where tail %s', async (_, first) => {
    const [tail, called] = [join(bin, 'tail'), join(folder, 'called')];
    const wrapper = `#!/bin/sh\nmkdir ${called} 2>/dev/null || exec /usr/bin/tail "$@"\n${first}\n`;
    writeFileSync(tail, wrapper, { mode: 0o755 });
    const script = sh`${count()}; until [ -d ${called} ]; do sleep 0.05; done; echo ready; echo done; exit 3`;
    const { exit, output } = await start(stepOf(script)).finally(() => rmSync(tail));
    expect({ exit, output }).toEqual({ exit: { kind: 'exit', code: 3 }, output: 'ready\ndone\n' });
    expect(counted()).toBe(1);
  });

  it('is not run again once it has ended', async () => {
    const step = stepOf(sh`${count()}; echo out; exit 4`);
    await start(step);
    const again = await start(step, { attempt: 2 });
    expect(again).toEqual({ exit: { kind: 'exit', code: 4 }, output: 'out\n', found: 'finished' });
    expect(counted()).toBe(1);
  });

  it('goes on when the connection drops, once, its output complete', async () => {
    // It goes on after each cut only once that is made, however slowly its output arrives.
    const script = sh`${count()}; n=0; while [ $n -lt 60 ]; do n=$((n + 1)); echo "line $n"
      case $n in 15 | 30 | 45) until [ -f ${folder}/cut-$n ]; do sleep 0.05; done ;; esac; done`;
    let cuts = 0;
    let seen = '';
    const result = await start(stepOf(script), {
      onOutput: (text) => {
        seen += text;
        const due = (cuts + 1) * 15;
        if (cuts < 3 && seen.includes(`line ${due}\n`)) {
          cuts++;
          sshd.cut();
          writeFileSync(join(folder, `cut-${due}`), '');
        }
      },
    });
    const whole = Array.from({ length: 60 }, (_, i) => `line ${i + 1}\n`).join('');
    expect(result).toEqual({ exit: { kind: 'exit', code: 0 }, output: whole, found: 'started' });
    expect(seen).toBe(whole);
    expect(cuts).toBe(3);
    expect(counted()).toBe(1);
  });

  it('goes on while the site cannot be reached', async () => {
    const go = join(folder, 'go');
    const script = sh`${count()}; echo before; until [ -f ${go} ]; do sleep 0.05; done; echo after`;
    let down: Promise<void> | undefined;
    const run = start(stepOf(script), {
      onOutput: (text) => {
        if (text.includes('before')) down = sshd.stop();
      },
    });
    await until('the cut', () => down !== undefined);
    await down;
    writeFileSync(go, '');
    await until('the step ends', () => existsSync(stepFile('exit')));
    await sshd.start();
    expect(await run).toMatchObject({ exit: { kind: 'exit', code: 0 }, output: 'before\nafter\n' });
    expect(counted()).toBe(1);
  });

  it('calls the outcome unknown when the site stays away', async () => {
    const script = sh`echo on; until [ -f ${join(folder, 'go')} ]; do sleep 0.05; done`;
    let down: Promise<void> | undefined;
    const result = await start(stepOf(script), {
      reconnectTimeoutMs: 500,
      onOutput: () => {
        down = sshd.stop();
      },
    });
    expect(result.exit.kind).toBe('lost');
    await down;
    await sshd.start();
    writeFileSync(join(folder, 'go'), '');
  });

  it('is taken up by another attempt while it runs', async () => {
    const go = join(folder, 'go');
    const step = stepOf(sh`${count()}; echo on; until [ -f ${go} ]; do sleep 0.05; done; echo off`);
    const reason = new Error('worker ends');
    const leaving = new AbortController();
    const first = start(step, {
      signal: leaving.signal,
      endsOn: () => false,
      onOutput: () => leaving.abort(reason),
    });
    await expect(first).rejects.toBe(reason);
    let seen = '';
    const second = start(step, {
      attempt: 2,
      onOutput: (text) => {
        seen += text;
        writeFileSync(go, '');
      },
    });
    expect(await second).toEqual({ exit: { kind: 'exit', code: 0 }, output: 'on\noff\n', found: 'attached' });
    expect(seen).toBe('on\noff\n');
    expect(counted()).toBe(1);
  });

  it('is started once when two ask at the same instant', async () => {
    const step = stepOf(sh`${count()}; sleep 0.3; echo out`);
    const results = await Promise.all([start(step), start(step), start(step)]);
    expect(results.map((result) => result.output)).toEqual(['out\n', 'out\n', 'out\n']);
    expect(results.filter((result) => result.found === 'started')).toHaveLength(1);
    expect(counted()).toBe(1);
  });

  it('is ended by a cancel with its whole process tree, which stays so', async () => {
    const mark = aMark();
    const step = stepOf(
      sh`${count()}; (trap '' TERM; sleep ${mark}; sleep ${mark}) & echo on; sleep ${mark}`,
    );
    const cancel = new AbortController();
    const result = await start(step, { signal: cancel.signal, onOutput: () => cancel.abort(), graceMs: 300 });
    expect(result).toMatchObject({ exit: { kind: 'signal', name: 'SIGTERM' }, output: 'on\n' });
    expect(aliveWith(mark)).toEqual([]);
    expect(await start(step)).toMatchObject({ exit: { kind: 'signal', name: 'SIGTERM' }, found: 'finished' });
    expect(counted()).toBe(1);
  });

  it('is never started after it was cancelled', async () => {
    const step = stepOf(count());
    const result = await start(step, { signal: AbortSignal.abort() });
    expect(result.exit).toEqual({ kind: 'signal', name: 'SIGTERM' });
    expect(await start(step)).toMatchObject({ exit: { kind: 'signal', name: 'SIGTERM' } });
    expect(existsSync(join(folder, 'count'))).toBe(false);
  });

  it('is ended at its time limit, which counts from its own start', async () => {
    const mark = aMark();
    const timeoutMs = 40_000;
    const pass = holdTimeLimits();
    const result = await start(stepOf(sh`echo on; sleep ${mark}`, { timeoutMs }), {
      onOutput: () => pass(timeoutMs),
    });
    expect(result).toMatchObject({ exit: { kind: 'timeout' }, output: 'on\n' });
    expect(aliveWith(mark)).toEqual([]);
    expect((await start(stepOf(raw('true')))).exit).toEqual({ kind: 'timeout' });
  });

  it('leaves daemons that it started alone, and does not wait for them', async () => {
    const mark = aMark();
    const result = await start(stepOf(sh`setsid sleep ${mark} </dev/null & echo on`));
    expect(result).toMatchObject({ exit: { kind: 'exit', code: 0 }, output: 'on\n' });
    const daemons = await until('the daemon', () => {
      const found = aliveWith(mark);
      return found.length === 1 && found;
    });
    for (const pid of daemons) signal(pid, 'SIGKILL');
  });

  it('tells a process that is gone without a result as lost', async () => {
    const step = stepOf(sh`${count()}; echo on; kill -s KILL -- "-$(cut -d ' ' -f 5 /proc/$$/stat)"`);
    expect(await start(step)).toMatchObject({ exit: { kind: 'lost' }, output: 'on\n' });
    expect(await start(step)).toMatchObject({ exit: { kind: 'lost' }, output: 'on\n' });
    expect(counted()).toBe(1);
  });

  it('tells a step that was killed from one that failed', async () => {
    const result = await start(stepOf(raw("sh -c 'kill -s KILL $$'")));
    expect(result.exit).toEqual({ kind: 'signal', name: 'SIGKILL' });
  });

  it('takes a pid that now belongs to another process for gone', async () => {
    const dir = join(opsDir, 'runs', 'job-1', 'stage');
    mkdirSync(dir, { recursive: true });
    const [boot, host] = ['boot_id', 'hostname'].map((name) =>
      readFileSync(`/proc/sys/kernel/${name === 'boot_id' ? 'random/' : ''}${name}`, 'utf8').trim(),
    );
    writeFileSync(join(dir, 'pid'), `${process.pid}\nstart=1 boot=${boot} host=${host}\n`);
    writeFileSync(join(dir, 'log'), 'half\n');
    expect(await start(stepOf(count()))).toMatchObject({ exit: { kind: 'lost' }, output: 'half\n' });
  });

  describe('asked about afterwards', () => {
    const place = () => ({ opsDir, jobId: 'job-1', step: 'stage' });
    const connect = () => connector.connect(sshd.access({ transport }));
    const look = async () => lookAtStep(await connect(), place());
    const decide = async () => decideStep(await connect(), place(), 'kim treat-as-failed');

    it('tells how it ended, and that nothing is there of what never was', async () => {
      expect(await look()).toEqual({ kind: 'missing' });
      mkdirSync(join(opsDir, 'runs', 'job-1'), { recursive: true });
      expect(await look()).toEqual({ kind: 'unbegun' });
      await start(stepOf(raw('exit 7')));
      expect(await look()).toEqual({ kind: 'ended', exit: '7' });
      await decide();
      expect(await look(), 'a result is not replaced by an opinion').toEqual({ kind: 'ended', exit: '7' });
    });

    it('runs on when nobody follows it: that is told, and its job keeps the lock until it has ended', async () => {
      const go = join(folder, 'go');
      const leaving = new AbortController();
      const step = stepOf(sh`echo on; until [ -f ${go} ]; do sleep 0.05; done`);
      const left = start(step, {
        signal: leaving.signal,
        endsOn: () => false,
        onOutput: () => leaving.abort(new Error('worker ends')),
      });
      await expect(left).rejects.toThrow('worker ends');
      const pid = readFileSync(stepFile('pid'), 'utf8').split('\n')[0];
      expect(await look()).toMatchObject({ kind: 'running', pid });
      expect(await finish()).toEqual({ released: false });
      expect(existsSync(join(opsDir, 'lock'))).toBe(true);
      writeFileSync(go, '');
      await until('the step ends', () => existsSync(stepFile('exit')));
      expect(await look()).toEqual({ kind: 'ended', exit: '0' });
      expect(await finish()).toEqual({ released: true });
    });

    it('is gone without a result until somebody says what to make of it, once', async () => {
      await start(stepOf(sh`kill -s KILL -- "-$(cut -d ' ' -f 5 /proc/$$/stat)"`));
      expect(await look()).toEqual({ kind: 'gone' });
      await decide();
      await decide();
      expect(await look()).toEqual({ kind: 'ended', exit: DECIDED });
      expect(readFileSync(join(opsDir, 'audit.log'), 'utf8')).toBe('kim treat-as-failed\n');
    });

    it('cannot be seen when it was begun on another host of the site', async () => {
      const dir = join(opsDir, 'runs', 'job-1', 'stage');
      mkdirSync(dir, { recursive: true });
      writeFileSync(join(dir, 'pid'), '4711\nstart=1 boot=b host=login07 up=90\n');
      const begun = Date.now() / 1_000 - 3_600;
      utimesSync(join(dir, 'pid'), begun, begun);
      const seen = await look();
      expect(seen).toMatchObject({ kind: 'running', pid: '4711', elsewhere: 'login07' });
      expect('ageSec' in seen && Math.abs(seen.ageSec - 3_600)).toBeLessThan(60);
    });
  });

  it('runs in a login shell when asked, without what profiles print', async () => {
    const script = raw('shopt -q login_shell && echo login; exit 5');
    const result = await start(stepOf(script, { shell: 'login' }));
    expect(result).toMatchObject({ exit: { kind: 'exit', code: 5 }, output: 'login\n' });
  });

  it('brings files along, with their modes and every byte', async () => {
    const secret = new Secret('PW', `p%w$"'\\ ${'x'.repeat(200_000)}`);
    const files: RenderedFile[] = [
      { path: '/a/site.env', mode: 0o600, content: secret },
      { path: '~/bin/shim', mode: 0o755, content: '#!/bin/sh\n' },
      { path: '/a/empty', mode: 0o640, content: '' },
    ];
    const names = files.map((file) => stagedName(file.path));
    const script = sh`cd "$JAWS_OPS_STAGING" && for f in ${names}; do stat -c '%a %s' $f; done; find . -type f | wc -l`;
    const result = await start(stepOf(script, { files }));
    expect(result.output).toBe(`600 ${secret.reveal().length}\n755 10\n640 0\n3\n`);
    const staged = join(opsDir, 'runs', 'job-1', 'staging', names[0] as string);
    expect(readFileSync(staged, 'utf8')).toBe(secret.reveal());
    const later = await start(stepOf(sh`cat "$JAWS_OPS_STAGING"/${names[1] as string}`, { id: 'write' }), {
      lock: 'hold',
    });
    expect(later.output).toBe('#!/bin/sh\n');
  });

  it('refuses a script that holds a secret', async () => {
    const step = stepOf(sh`echo ${new Secret('PW', 'hidden')}`);
    await expect(start(step)).rejects.toMatchObject({ code: 'internal' });
    expect(existsSync(opsDir)).toBe(false);
  });

  it('follows a long log without losing a byte', async () => {
    let size = 0;
    const script = raw(
      'i=0; while [ $i -lt 20 ]; do i=$((i+1)); head -c 500000 /dev/zero | tr "\\0" x; done',
    );
    const result = await start(stepOf(script), {
      onOutput: (text) => {
        size += text.length;
      },
    });
    expect(result.exit).toEqual({ kind: 'exit', code: 0 });
    expect(size).toBe(10_000_000);
  });

  it('names the reason when the site cannot keep a run', async () => {
    writeFileSync(join(folder, 'install'), 'a file in the way');
    const error = await start(stepOf(count())).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'step.failed' });
    expect(String(error)).toContain(join(folder, 'install'));
  });

  describe('the fence', () => {
    const owner = () => readFileSync(join(opsDir, 'lock', 'owner'), 'utf8');

    it('names job, attempt, person and time', async () => {
      await start(stepOf(raw('true')));
      expect(owner()).toMatch(/^job=job-1 attempt=1 who=kim since=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n$/);
    });

    it('refuses while another job has it, and names that', async () => {
      await start(stepOf(raw('true')));
      const other = start(stepOf(count()), { jobId: 'job-2' });
      await expect(other).rejects.toMatchObject({
        code: 'refused.lock',
        message: expect.stringContaining('job=job-1 attempt=1 who=kim'),
      });
      expect(existsSync(join(folder, 'count'))).toBe(false);
    });

    it('respects a lock that another tool made', async () => {
      mkdirSync(join(opsDir, 'lock'), { recursive: true });
      const other = start(stepOf(count()));
      await expect(other).rejects.toMatchObject({
        code: 'refused.lock',
        message: expect.stringContaining('another tool'),
      });
    });

    describe('a lock that was left over', () => {
      const left = 'job=job-0 attempt=2 who=kim since=2026-11-22T12:00:00Z';
      const lockBy = (line: string) => {
        mkdirSync(join(opsDir, 'lock'), { recursive: true });
        if (line !== '') writeFileSync(join(opsDir, 'lock', 'owner'), `${line}\n`);
      };
      const age = (seconds: number) => {
        const at = Date.now() / 1000 - seconds;
        utimesSync(join(opsDir, 'lock'), at, at);
      };

      it('is taken over from the job that was named, and from no other', async () => {
        lockBy(left);
        const other = start(stepOf(count()), { displaces: left.replace('attempt=2', 'attempt=1') });
        await expect(other).rejects.toMatchObject({ code: 'refused.lock' });
        await start(stepOf(count()), { displaces: left });
        expect(owner()).toContain('job=job-1 attempt=1');
        expect(readdirSync(opsDir).sort()).toEqual(['lock', 'runs']);
      });

      it('is not taken over while a step of its job runs', async () => {
        const go = join(folder, 'go');
        const first = start(stepOf(sh`until [ -f ${go} ]; do sleep 0.05; done`));
        await until('the step', () => existsSync(stepFile('pid')));
        const other = start(stepOf(count(), { id: 'write' }), { jobId: 'job-2', displaces: owner().trim() });
        await expect(other).rejects.toMatchObject({
          code: 'refused.lock',
          message: expect.stringContaining('its step "stage" still runs'),
        });
        writeFileSync(go, '');
        await first;
        await start(stepOf(count(), { id: 'write' }), { jobId: 'job-2', displaces: owner().trim() });
        expect(owner()).toContain('job=job-2');
      });

      it('without an owner is taken over after a minute, not before', async () => {
        lockBy('');
        age(20);
        await expect(start(stepOf(count()))).rejects.toMatchObject({ code: 'refused.lock' });
        writeFileSync(join(opsDir, 'lock', 'owner.4711'), 'job=jo');
        age(62);
        await start(stepOf(count()));
        expect(owner()).toContain('job=job-1');
      });

      it('without an owner but with a file of another tool stays', async () => {
        lockBy('');
        writeFileSync(join(opsDir, 'lock', 'pipeline'), '4711');
        age(4000);
        await expect(start(stepOf(count()))).rejects.toMatchObject({ code: 'refused.lock' });
      });
    });

    it('goes to a later attempt, and stops the earlier one', async () => {
      await start(stepOf(raw('true')));
      await start(stepOf(raw('true')), { attempt: 2 });
      expect(owner()).toContain('attempt=2');
      for (const lock of ['hold', 'acquire'] as const) {
        const late = start(stepOf(count(), { id: 'write' }), { lock });
        await expect(late).rejects.toMatchObject({ code: 'step.fenced' });
      }
      expect(existsSync(join(folder, 'count'))).toBe(false);
    });

    it('does not let an earlier attempt end what a later one follows', async () => {
      const go = join(folder, 'go');
      const step = stepOf(sh`echo on; until [ -f ${go} ]; do sleep 0.05; done`);
      const cancel = new AbortController();
      let on = false;
      const first = start(step, {
        signal: cancel.signal,
        onOutput: () => {
          on = true;
        },
      });
      await until('output', () => on);
      const second = start(step, { attempt: 2 });
      await until('the lock changes hands', () => owner().includes('attempt=2'));
      cancel.abort();
      await expect(first).rejects.toMatchObject({ code: 'step.fenced' });
      writeFileSync(go, '');
      expect(await second).toMatchObject({ exit: { kind: 'exit', code: 0 } });
    });

    it('holds nothing that was not acquired', async () => {
      await expect(start(stepOf(count()), { lock: 'hold' })).rejects.toMatchObject({ code: 'step.fenced' });
    });

    it('is released at the end, with one audit line and no staged file left', async () => {
      const files: RenderedFile[] = [{ path: '/a', mode: 0o600, content: new Secret('PW', 'hidden') }];
      await start(stepOf(raw('true'), { files }));
      expect(await finish()).toEqual({ released: true });
      expect(await finish()).toEqual({ released: false });
      expect(existsSync(join(opsDir, 'lock'))).toBe(false);
      expect(existsSync(join(opsDir, 'runs', 'job-1', 'staging'))).toBe(false);
      expect(existsSync(stepFile('log'))).toBe(true);
      expect(readFileSync(join(opsDir, 'audit.log'), 'utf8')).toBe(
        '2026-11-22T12:00:00Z kim deploy succeeded job=job-1\n',
      );
      expect(statSync(join(opsDir, 'audit.log')).mode & 0o777).toBe(0o600);
    });

    it('is released by a later attempt that had nothing left to do', async () => {
      await start(stepOf(raw('true')));
      expect(await finish({ attempt: 2 })).toEqual({ released: true });
      expect(existsSync(join(opsDir, 'lock'))).toBe(false);
    });

    it("is not released by an earlier attempt's end", async () => {
      await start(stepOf(raw('true')));
      await start(stepOf(raw('true')), { attempt: 2 });
      expect(await finish()).toEqual({ released: false });
      expect(owner()).toContain('attempt=2');
      expect(existsSync(join(opsDir, 'audit.log'))).toBe(false);
    });

    it('is released after the upkeep, whatever becomes of that', async () => {
      const upkeep = {
        script: sh`cat ${join(opsDir, 'lock', 'owner')} >>${join(folder, 'upkeep')}; echo tidied yes; cd /; exit 3`,
        timeoutMs: 60_000,
      };
      await start(stepOf(raw('true')));
      await start(stepOf(raw('true')), { attempt: 2 });
      expect(await finish({ upkeep })).toEqual({ released: false });
      expect(existsSync(join(folder, 'upkeep')), 'not by whom another has followed').toBe(false);
      expect(await finish({ attempt: 2, upkeep })).toEqual({ released: true });
      expect(readFileSync(join(folder, 'upkeep'), 'utf8')).toMatch(/^job=job-1 attempt=2 .*\n$/);
    });

    it('is left to whoever has taken it while the upkeep went on', async () => {
      const [begun, go] = ['begun', 'go'].map((name) => join(folder, name)) as [string, string];
      await start(stepOf(raw('true')));
      const ending = finish({
        upkeep: { script: sh`: >${begun}; until [ -f ${go} ]; do sleep 0.05; done`, timeoutMs: 60_000 },
      });
      await until('the upkeep begins', () => existsSync(begun));
      // Its worker has lost sight of it and asked again, without the upkeep; then another job came.
      expect(await finish()).toEqual({ released: true });
      await start(stepOf(raw('true')), { jobId: 'job-2' });
      writeFileSync(go, '');
      expect(await ending).toEqual({ released: false });
      expect(owner()).toContain('job=job-2 ');
    });

    it('is released also when the audit log cannot be written, which is told', async () => {
      await start(stepOf(raw('true')));
      mkdirSync(join(opsDir, 'audit.log'));
      await expect(finish()).rejects.toMatchObject({ code: 'step.failed' });
      expect(existsSync(join(opsDir, 'lock'))).toBe(false);
    });

    it('keeps the twenty newest runs', async () => {
      for (let i = 0; i < 25; i++) mkdirSync(join(opsDir, 'runs', `old-${i}`), { recursive: true });
      await start(stepOf(raw('true')));
      await finish();
      const left = Array.from({ length: 25 }, (_, i) => existsSync(join(opsDir, 'runs', `old-${i}`)));
      expect(left.filter(Boolean)).toHaveLength(19);
      expect(existsSync(stepFile('exit'))).toBe(true);
    });
  });
});
