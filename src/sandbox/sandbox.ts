import type { WorldOptions } from './world.ts';
import { startWorld, type World } from './world.ts';

/** What `jaws-ops sandbox` prints: one line of JSON. */
export interface Endpoints {
  readonly pid: number;
  readonly dir: string;
  readonly redisUrl: string;
  readonly configDir: string;
  readonly secretsFile: string;
  readonly identityFile: string;
  readonly knownHostsFile: string;
  readonly sites: Readonly<
    Record<
      string,
      { readonly address: string; readonly port: number; readonly user: string; readonly pid: number }
    >
  >;
}

/** Where everything of a running sandbox is. */
export function endpointsOf(world: World): Endpoints {
  const running = Object.values(world.sites).flatMap((site) =>
    site.pid === undefined
      ? []
      : [
          [
            site.name,
            { address: site.address, port: site.port, user: site.spec.login.name, pid: site.pid },
          ] as const,
        ],
  );
  return {
    pid: process.pid,
    dir: world.dir,
    redisUrl: world.redisUrl,
    configDir: world.configDir,
    secretsFile: world.secretsFile,
    identityFile: world.identityFile,
    knownHostsFile: world.knownHostsFile,
    sites: Object.fromEntries(running),
  };
}

/**
 * The `sandbox` process: starts the world, prints its endpoints, stays up until SIGINT, SIGTERM or SIGHUP and ends
 * everything it started.
 * @param print receives the one line, without its newline.
 */
export async function runSandbox(options: WorldOptions, print: (line: string) => void): Promise<void> {
  const signalled = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
  const world = await startWorld(options);
  // The listeners of sites would keep the process up too, but not when every one of them is taken down.
  const alive = setInterval(() => undefined, 3_600_000);
  try {
    print(JSON.stringify(endpointsOf(world)));
    await signalled;
  } finally {
    clearInterval(alive);
    await world.stop();
  }
}
