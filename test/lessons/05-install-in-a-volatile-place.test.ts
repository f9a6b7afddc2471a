import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checkConfig } from '../../src/config/config.ts';
import { changedConfig, replacing } from '../config/folder.ts';
import { aQuickSite, refusals } from './world.ts';

// The install base was in /tmp: a clean-up took supervisord, venvs and configuration away, and a restart could not help.

test.each(['/tmp/jaws-install', '/var/tmp/jaws', '/dev/shm/jaws', '/scratch/../tmp/jaws'])(
  'an install base such as %s is refused with the configuration',
  (base) => {
    const dir = changedConfig({
      'sites/aws.yaml': replacing('/home/ec2-user/jaws-install', base),
    });
    const [problem, ...others] = checkConfig(dir);
    expect(others).toEqual([]);
    expect(problem?.message).toMatch(/JAWS_INSTALL_BASEDIR: got .*, expected/);
  },
);

test('what was wiped is seen as not installed, not as stopped, and a deploy may build it again', async () => {
  const quick = await aQuickSite();
  try {
    quick.install();
    expect(await quick.launched()).toMatchObject({ condition: 'supervisor-down' });
    rmSync(quick.target.paths.supervisor, { recursive: true });
    expect(await quick.launched()).toMatchObject({ condition: 'not-installed' });
    expect(refusals(await quick.findings())).toEqual([]);
    rmSync(quick.target.paths.install, { recursive: true });
    expect(await quick.launched()).toMatchObject({
      condition: 'not-installed',
      detail: expect.stringContaining('supervisor.conf is missing'),
    });
    expect((await quick.start()).output, 'a restart alone says what to do').toContain('deploy first');
  } finally {
    await quick.site.remove();
  }
});
