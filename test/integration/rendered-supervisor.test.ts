import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { reveal } from '../../src/core/secret.ts';
import type { Target } from '../../src/core/target.ts';
import { renderTarget } from '../../src/plan/render-target.ts';
import { freePort } from '../../src/sandbox/free-port.ts';
import { put } from '../fixtures/readers.ts';
import { aTarget } from '../fixtures/target.ts';
import { until } from '../fixtures/until.ts';

const PASSWORD = `#p%(here)%%a"s's\\w ö;#$HOME \`x\`漢:`;

let root: string;
let target: Target;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'jaws-rendered-'));
});
afterEach(async () => {
  const pid = supervisordPid();
  if (pid !== undefined) process.kill(pid, 'SIGTERM');
  await until('its end', () => supervisordPid() === undefined);
  rmSync(root, { recursive: true, force: true });
});

function supervisordPid(): number | undefined {
  try {
    return Number(readFileSync(`${target.paths.supervisor}/jaws-pidfile`, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Writes the rendered files below the root, with a venv whose programs are the system's and a stand-in service. */
function install(password: string, port: number): void {
  target = aTarget({
    root,
    secrets: { JAWS_SUPERVISORD_PW: password },
    values: {
      JAWS_SUPERVISOR_HOST: '127.0.0.1',
      JAWS_SUPERVISOR_PORT: String(port),
      JAWS_SUPERVISOR_URL: `http://127.0.0.1:${port}`,
    },
  });
  const files = renderTarget(target, { version: '2.5.4', name: '2.5.4-test01' });
  for (const file of files) put(file.path, reveal(file.content), file.mode);
  for (const folder of [target.paths.log, target.paths.supervisor]) mkdirSync(folder, { recursive: true });
  const wrapper = reveal(files.find((file) => file.path.endsWith('/supervisorctl'))?.content ?? '');
  const venv = /^exec (.*)\/bin\/supervisorctl /m.exec(wrapper)?.[1] ?? '';
  for (const tool of ['supervisord', 'supervisorctl']) {
    executable(`${venv}/bin/${tool}`, `exec /usr/bin/${tool} "$@"`);
  }
  executable(
    `${target.paths.venv}/bin/jaws-site`,
    'trap "exit 0" TERM; echo "$@"; while :; do sleep 0.2; done',
  );
  for (const one of [venv, target.paths.venv]) put(`${one}/bin/activate`, '');
}

function executable(path: string, script: string): void {
  chmodSync(put(path, `#!/bin/sh\n${script}\n`), 0o700);
}

function run(
  tool: 'supervisord' | 'supervisorctl',
  ...args: string[]
): { code: number | null; text: string } {
  const ended = spawnSync(`${target.paths.bin}/${tool}`, args, { encoding: 'utf8', timeout: 100_000 });
  return { code: ended.status, text: `${ended.stdout}${ended.stderr}` };
}

test('supervisord and supervisorctl agree on a password with everything in it', async () => {
  install(PASSWORD, await freePort());
  expect(run('supervisorctl', 'status').code).toBe(4);
  expect(run('supervisord')).toEqual({ code: 0, text: '' });
  const running = () =>
    run('supervisorctl', 'status', 'jaws-site:*')
      .text.split('\n')
      .map((line) => /^(\S+) +RUNNING /.exec(line)?.[1])
      .filter((unit) => unit !== undefined)
      .sort();
  await until('the services', () => running().length === 4);
  expect(running()).toEqual([
    'jaws-site:message-consumer',
    'jaws-site:rpc-server',
    'jaws-site:runs',
    'jaws-site:transfers',
  ]);
  expect(run('supervisorctl', '-p', 'wrong', 'status').code).not.toBe(0);
  expect(run('supervisorctl', 'stop', 'jaws-site:*').code).toBe(0);
});
