import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test, vi } from 'vitest';

vi.setConfig({ testTimeout: 240_000 });

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
const CONFIG = fileURLToPath(new URL('../../config', import.meta.url));

async function jawsOps(...words: string[]): Promise<string> {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], JAWS_OPS_CONFIG: CONFIG };
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', CLI, ...words], { env });
  return stdout;
}

describe('--version', () => {
  test('after a subcommand is the version of JAWS Site', async () => {
    const plan: unknown = JSON.parse(await jawsOps('plan', 'dev', 'aws', '--version', '2.6.0', '--json'));
    expect(plan).toMatchObject({ target: 'aws-dev', version: '2.6.0' });
  });

  test('after a subcommand names a release, as it does for a deploy', async () => {
    for (const words of [
      ['plan', 'dev', 'aws'],
      ['render', 'dev', 'aws', '--out', '/nowhere'],
    ]) {
      await expect(jawsOps(...words, '--version', 'prod'), words[0]).rejects.toMatchObject({
        code: 2,
        stderr: expect.stringContaining('VERSION: got "prod", which names an environment'),
      });
    }
  });

  test('before one is that of the program', async () => {
    expect(await jawsOps('--version')).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
