import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { signal } from '../../src/sandbox/process.ts';
import { aliveWith } from '../fixtures/site.ts';
import { until } from '../fixtures/until.ts';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

test.each([
  ['Ctrl-C during a command', '/jaws status\n\u0003'],
  ['Ctrl-D', '\u0004'],
])('%s at the prompt of the demo ends it and everything it started', async (_name, keys) => {
  const dir = mkdtempSync(join(tmpdir(), 'jaws-ops-prompt-'));
  // script(1) gives the demo a terminal of its own, and takes keys from a pipe.
  const command = `${process.execPath} --import tsx ${CLI} demo --dir ${dir}`;
  const child = spawn('script', ['-qefc', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    let shown = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
    });
    await until('the prompt', () => shown.includes('ada> '));
    child.stdin.write(keys);
    await until('the end of the demo', () => child.exitCode !== null);
    expect(child.exitCode).toBe(0);
    await until('the end of its processes', () => aliveWith(dir).length === 0);
  } finally {
    child.kill('SIGKILL');
    for (const pid of aliveWith(dir)) signal(pid, 'SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  }
});
