import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServiceStatus, TargetCondition } from '../../src/core/service.ts';
import type { Target } from '../../src/core/target.ts';
import type { Launched, Launcher } from '../../src/launchers/launcher.ts';
import { SETTLES_SOON } from '../fixtures/target.ts';
import { until } from '../fixtures/until.ts';
import { isAlive, type LocalSite } from './local-site.ts';

/** A launch tool at a site of its own, for the suite to use up. */
export interface LauncherWorld<F> {
  readonly launcher: Launcher<F>;
  readonly target: Target;
  readonly site: LocalSite;
  /** Puts the tool's files and working services in place, as the steps before a start do. */
  install(): void;
  /** Id of a process that another team runs under the same tool, or undefined where that cannot be. */
  stranger(): Promise<number | undefined>;
  /** Whether a process lives, where its id is none of this machine's. */
  readonly alive?: (pid: number) => Promise<boolean>;
  /** What a target is after a stop, where that ends the supervising process as well. */
  readonly stopped?: TargetCondition;
  /** Ends the process that supervises the services, which then end as well; undefined where there is none. */
  readonly crash?: () => Promise<void>;
}

/** The looks and acts of a launcher, carried out. Acts get the facts of the last look, as those of a plan do. */
export function operator<F>({ launcher, target, site }: LauncherWorld<F>) {
  let seen: F | undefined;
  const observe = async (): Promise<F> => {
    seen = await site.look(launcher.observe(target));
    return seen;
  };
  const known = async (): Promise<F> => seen ?? observe();
  return {
    observe,
    launched: async (): Promise<Launched> => launcher.launched(target, await observe()),
    settled: async (): Promise<Launched> =>
      launcher.launched(target, await site.look(launcher.settle(target))),
    findings: async () => launcher.findings(target, await observe()),
    stage: async () => site.must(launcher.stage(target, await known())),
    stop: async (service?: string) => site.must(launcher.stop(target, await known(), service)),
    start: async (service?: string) => site.must(launcher.start(target, await known(), service)),
  };
}

/** A whole life takes long where a scheduler and its limits are in the way, and the machine is busy. */
const LIFE_MS = 300_000;

/** What every launch tool must do, told as the life of one target. */
export function launcherSuite<F>(name: string, make: () => Promise<LauncherWorld<F>>): void {
  describe(`launch tool ${name}`, () => {
    let world: LauncherWorld<F>;
    beforeAll(async () => {
      world = await make();
    });
    afterAll(() => world.site.remove());

    it(
      'takes a target from nothing to running and back, and never touches another team',
      async () => {
        const { target, install } = world;
        const op = operator(world);
        const alive = world.alive ?? (async (pid: number) => isAlive(pid));
        expect(await op.launched()).toMatchObject({ condition: 'not-installed' });
        expect((await op.findings()).filter((finding) => finding.level === 'fail')).toEqual([]);
        expect(await op.stop()).toContain('nothing to stop');
        await op.stage();
        install();
        expect(await op.stage(), 'a second stage builds nothing').toContain('in place');

        await op.start();
        const first = await op.settled();
        expect(first.condition).toBe('running');
        expect(first.services.map((service) => service.service)).toEqual(target.services.map((s) => s.name));
        expect(first.services.every((service) => (service.uptimeSec ?? 0) >= SETTLES_SOON.settleSec)).toBe(
          true,
        );
        const stranger = await world.stranger();

        await op.start();
        expect(pids(await op.launched()), 'a start of what runs changes nothing').toEqual(pids(first));

        await op.stop('run-daemon');
        const three = await op.launched();
        expect(three.condition).toBe('degraded');
        expect(pids(three)).toEqual({ ...pids(first), 'run-daemon': undefined });
        await op.stop('run-daemon');
        await op.start('run-daemon');
        expect(await op.settled()).toMatchObject({ condition: 'running' });

        await op.stop();
        expect(await op.launched()).toMatchObject({ condition: world.stopped ?? 'stopped' });
        for (const pid of Object.values(pids(first)))
          expect(pid !== undefined && (await alive(pid))).toBe(false);
        expect(await op.stop()).toMatch(/stopped|nothing to stop/);
        expect(await world.stranger()).toBe(stranger);
        if (stranger !== undefined) expect(await alive(stranger)).toBe(true);

        await op.start();
        expect(await op.settled()).toMatchObject({ condition: 'running' });
      },
      LIFE_MS,
    );

    it('sees that the supervising process is gone, and brings it back', async () => {
      if (world.crash === undefined) return;
      const op = operator(world);
      await op.stage();
      world.install();
      await op.start();
      await world.crash();
      await until(
        'the services are seen as down',
        async () => (await op.launched()).condition === 'supervisor-down',
      );
      expect((await op.launched()).services.map((service: ServiceStatus) => service.condition)).toEqual(
        world.target.services.map(() => 'stopped'),
      );
      expect((await op.findings()).filter((finding) => finding.level === 'fail')).toEqual([]);
      expect(await op.stop()).toContain('nothing to stop');
      expect(await op.start()).toContain('has been started');
      expect(await op.settled()).toMatchObject({ condition: 'running' });
    });
  });
}

/** Process ids by service. */
export function pids({ services }: Launched): Record<string, number | undefined> {
  return Object.fromEntries(services.map((service) => [service.service, service.pid]));
}
