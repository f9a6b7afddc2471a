import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stagedName } from '../../src/core/file.ts';
import type { Script } from '../../src/core/script.ts';
import type { Target } from '../../src/core/target.ts';
import type { Installer, Release } from '../../src/installers/installer.ts';
import { renderFiles } from '../../src/plan/render.ts';
import type { LocalSite } from './local-site.ts';

/** An install method at a site of its own, with two versions to install and one that is not there. */
export interface InstallerWorld<F> {
  readonly installer: Installer<F>;
  readonly target: Target;
  readonly site: LocalSite;
  readonly first: Release;
  readonly second: Release;
  readonly absent: Release;
  /** Whether the look before an install tells which versions can be had. */
  readonly tellsVersions: boolean;
  /** Version that the live command itself tells. */
  liveVersion(): Promise<string>;
}

/** The script that stages a release, after the files it needs for that were sent. */
export function staged<F>(
  { installer, target, site }: Pick<InstallerWorld<F>, 'installer' | 'target' | 'site'>,
  release: Release,
): Script {
  const files = renderFiles(installer.secrets?.(target) ?? []);
  site.write(files.map((file) => ({ ...file, path: join(site.staging, stagedName(file.path)) })));
  return installer.stage(target, release);
}

/** What every install method must do. */
export function installerSuite<F>(name: string, make: () => Promise<InstallerWorld<F>>): void {
  describe(`install method ${name}`, () => {
    let world: InstallerWorld<F>;
    beforeAll(async () => {
      world = await make();
    });
    afterAll(() => world.site.remove());

    it('builds beside, switches, and goes back', async () => {
      const { installer, target, site, first, second } = world;
      const look = (release: Release) => site.look(installer.observe(target, release));
      const empty = await look(first);
      expect(installer.installed(target, empty)).toEqual({});
      expect(installer.findings(target, empty, first).filter((finding) => finding.level === 'fail')).toEqual(
        [],
      );
      expect(await site.look(installer.live(target))).toEqual({});

      await site.must(staged(world, first));
      expect(await site.look(installer.live(target)), 'staged is not live').toEqual({});
      await site.must(installer.switch(target, first));
      const live = { live: first.name, version: first.version };
      expect(await site.look(installer.live(target))).toEqual(live);
      expect(installer.installed(target, await look(second))).toEqual(live);
      expect(await world.liveVersion()).toContain(first.version);

      expect(await site.must(staged(world, first)), 'what is complete is reused').toContain(
        `${first.name} is `,
      );
      await site.must(staged(world, second));
      expect(await world.liveVersion(), 'staging leaves the live one alone').toContain(first.version);
      await site.must(installer.switch(target, second));
      await site.must(installer.switch(target, second));
      expect(await world.liveVersion()).toContain(second.version);
      expect(await site.must(installer.kept(target, first))).toContain(`${first.name} is there`);
      await site.must(installer.prune(target));
      await site.must(installer.switch(target, first));
      expect(await world.liveVersion(), 'the one before is still there').toContain(first.version);
    });

    it('reads what was staged for it once', async () => {
      await world.site.must(staged(world, world.first));
      const left = readdirSync(world.site.staging, { recursive: true, withFileTypes: true });
      expect(left.filter((entry) => !entry.isDirectory())).toEqual([]);
    });

    it('fails on a version that is not there, and says what there is when it can', async () => {
      const { installer, target, site, first, absent } = world;
      const facts = await site.look(installer.observe(target, absent));
      const failed = installer.findings(target, facts, absent).filter((finding) => finding.level === 'fail');
      expect(failed).toHaveLength(world.tellsVersions ? 1 : 0);
      if (world.tellsVersions) expect(failed[0]?.message).toContain(first.version);
      expect((await site.run(staged(world, absent))).code).toBe(1);
      expect((await site.run(installer.switch(target, absent))).code).toBe(1);
      expect((await site.run(installer.kept(target, absent))).code).toBe(1);
    });
  });
}
