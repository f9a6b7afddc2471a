import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { raw, revealed, type Script, sh } from '../../src/core/script.ts';
import { Secret } from '../../src/core/secret.ts';
import { bootstrap } from '../../src/remote/bootstrap.ts';
import { stepScript } from '../../src/remote/detached-script.ts';
import { finishScript } from '../../src/remote/finish-script.ts';
import { endSession } from '../../src/remote/session.ts';

const token = 'jaws-ops-1';

describe('the command of a script', () => {
  const script = sh`echo ${new Secret('PW', 'hidden')}`;

  it.each([
    ['sh', undefined, /^sh -c 'eval "\{ `head -c \d+`"'$/],
    ['login', undefined, /^bash -l -c 'eval "\{ `head -c \d+`"'$/],
    ['sh', 'svc-jaws', /^sudo -n -u svc-jaws -i sh -c 'eval "\{ `head -c \d+`"'$/],
  ] as const)('has nothing in it that a login shell could expand: %s, %s', (shell, become, expected) => {
    const { command } = bootstrap(script, { token, shell, ...(become === undefined ? {} : { become }) });
    expect(command).toMatch(expected);
    expect(command).not.toMatch(/[$!\n\\]/);
  });

  it('takes no account that is not one', () => {
    expect(() => bootstrap(script, { token, shell: 'sh', become: 'a; reboot' })).toThrow(RangeError);
  });

  it.each([1, 40, 200, 420])('runs nothing when its last %i bytes are missing', (missing) => {
    const { command, input } = bootstrap(raw('echo harm; echo done'), { token, shell: 'sh' });
    const cut = spawnSync('sh', ['-c', command], { input: input.subarray(0, input.length - missing) });
    expect(cut.status).not.toBe(0);
    expect(cut.stdout.toString()).toBe('');
  });

  // As by a profile that reads from stdin.
  it.each(
    ['sh', 'bash'].flatMap((shell) =>
      [1, 14, 40, 110, 230, 300, 420, 700].map((taken) => [shell, taken] as const),
    ),
  )('runs nothing of it in %s when its first %i bytes are missing', (shell, taken) => {
    const harm = Array.from({ length: 300 }, (_, i) => `echo "harm ${i}" 'of it'`).join('\n');
    const { command, input } = bootstrap(raw(harm), { token, shell: 'sh' });
    const cut = spawnSync(shell, ['-c', command.replace(/^sh /, `${shell} `)], {
      input: input.subarray(taken),
    });
    expect(cut.status).not.toBe(0);
    expect(cut.stdout.toString()).not.toContain('harm');
  });
});

describe('what is sent to a site', () => {
  const holder = { opsDir: '/site/a b/.jaws-ops', jobId: 'j1', attempt: 2, who: "o'neil; reboot" };
  const step = stepScript({
    holder,
    token,
    lock: 'acquire',
    step: 'stage',
    script: "echo 'hi'",
    shell: 'login',
    seal: '.sealed',
    offset: 0,
    ending: { reason: 'cancel', graceMs: 1_000 },
  });
  const scripts: Record<string, Script> = {
    step,
    finish: finishScript(holder, token, "line 'one'\nline two"),
    end: endSession(7, 300),
  };

  it.each(Object.entries(scripts))(
    '%s parses in dash and bash, and shellcheck finds no warning',
    (_name, script) => {
      const input = `#!/bin/sh\n${revealed(script)}\n`;
      for (const shell of ['dash', 'bash']) execFileSync(shell, ['-n'], { input });
      const found = spawnSync('shellcheck', ['-s', 'sh', '-S', 'warning', '-'], { input, encoding: 'utf8' });
      expect(found.stdout).toBe('');
      expect(found.status).toBe(0);
    },
  );

  it('names a person without letting the name act', () => {
    expect(revealed(step)).toContain('who=o_neil_reboot\n');
  });

  it.each(['relative/ops', '/', '~/ops'])('is not made for the folder %s', (opsDir) => {
    expect(() => finishScript({ ...holder, opsDir }, token, 'line')).toThrow(RangeError);
  });

  it.each(['', '..', 'a/b', '-rf', 'a b'])('is not made for the job %j', (jobId) => {
    expect(() => finishScript({ ...holder, jobId }, token, 'line')).toThrow(RangeError);
  });
});
