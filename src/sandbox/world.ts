import { cpSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { OpsError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import { type Endpoint, type Operators, overlayConfig } from './config-overlay.ts';
import { type Folder, openFolder, PACKAGE_DIR } from './folder.ts';
import { freePort } from './free-port.ts';
import { certify, keyAt } from './keys.ts';
import { lockFile } from './lock.ts';
import { type QuickPip, quickPip } from './quick-pip.ts';
import { type RedisServer, startRedis } from './redis.ts';
import { requireParts } from './requirements.ts';
import { credentialsOf, type SandboxSecrets, secretsAt, writeSecrets } from './secrets.ts';
import { makeSite, type SiteHandle } from './site.ts';
import { type SiteSpec, siteSpecs } from './site-spec.ts';
import { buildWheels } from './wheels.ts';

/** All the sites of JAWS on this machine, and what a bot and a worker need to use them. */
export interface World {
  readonly dir: string;
  readonly redis: RedisServer;
  readonly redisUrl: string;
  /** For JAWS_OPS_CONFIG: the project's configuration with the sandbox's ways to the sites. */
  readonly configDir: string;
  /** For JAWS_OPS_SECRETS; its content is `secrets`. */
  readonly secretsFile: string;
  readonly secrets: SandboxSecrets;
  readonly identityFile: string;
  readonly knownHostsFile: string;
  /** Every site of the configuration; those not asked for are down until started. */
  readonly sites: Readonly<Record<string, SiteHandle>>;
  /** A site by name. Throws RangeError for one there is not. */
  site(name: string): SiteHandle;
  /** Renews the certificate that opens the sites with short-lived keys, e.g. for `-5m:+1d`. */
  certify(validity: string): Promise<void>;
  /** Ends every process. The folder stays; after `cut`, which asks no service to end, it is of no use any more. */
  stop(how?: 'shutdown' | 'cut'): Promise<void>;
}

export interface WorldOptions {
  /** Folder of the sandbox; what sites keep is still there at the next start. */
  readonly dir: string;
  /** Names of the sites to start; all when absent. */
  readonly sites?: readonly string[];
  /** The configuration to stand in for; the project's own when absent. */
  readonly configFrom?: string;
  readonly operators?: Operators;
  /** Secrets in place of throwaway ones; the stand-in servers expect these passwords. */
  readonly secrets?: SandboxSecrets;
  /** Versions of JAWS Site to offer. */
  readonly versions?: readonly string[];
}

/**
 * Starts a sandbox. Nothing outside its folder is changed; its processes and mounts end with this process.
 * @throws OpsError `system.part` when this machine cannot hold one, `sandbox.running` when one runs in the folder,
 *   `usage.argument` for a site there is not.
 */
export async function startWorld(options: WorldOptions): Promise<World> {
  await requireParts();
  const from = options.configFrom ?? join(PACKAGE_DIR, 'config');
  const specs = siteSpecs(from);
  const wanted = options.sites ?? specs.map((spec) => spec.name);
  refuseUnknown(wanted, specs);
  const folder = openFolder(options.dir);
  const lock = lockFile(folder.lock);
  const undo: ((how: 'shutdown' | 'cut') => Promise<void>)[] = [];
  const stop = async (how: 'shutdown' | 'cut' = 'shutdown') => {
    await Promise.allSettled(undo.splice(0).map((end) => end(how)));
    lock.release();
  };
  try {
    if (options.secrets) writeSecrets(folder.secrets, options.secrets);
    const secrets = secretsAt(folder.secrets);
    const redis = startRedis(folder.redis);
    undo.push(async (how) => (how === 'cut' ? (await redis).kill() : (await redis).stop()));
    const [sites] = await Promise.all([
      makeSites(folder, specs, secrets, await quickPip()),
      buildWheels(folder.wheels, options.versions),
      redis,
    ]);
    const endpoints = Object.fromEntries(
      sites.map((site): [string, Endpoint] => [
        site.name,
        {
          address: site.address,
          port: site.port,
          identityFile: site.identityFile,
          knownHostsFile: folder.knownHosts,
        },
      ]),
    );
    writeFileSync(folder.knownHosts, sites.map((site) => site.knownHosts).join(''), { mode: 0o600 });
    overlayConfig(from, folder.config, endpoints, options.operators);
    copyRunbooks(join(dirname(from), 'runbooks'), folder.runbooks);
    undo.push(...sites.map((site) => (how: 'shutdown' | 'cut') => site.stop(how)));
    // Every start is awaited, so that a failure of one leaves none half-way for `stop`.
    const starts = await Promise.allSettled(
      sites.filter(({ name }) => wanted.includes(name)).map((site) => site.start()),
    );
    for (const start of starts) if (start.status === 'rejected') throw start.reason;
    const byName = new Map(sites.map((site) => [site.name, site]));
    return {
      dir: options.dir,
      redis: await redis,
      redisUrl: (await redis).url,
      configDir: folder.config,
      secretsFile: folder.secrets,
      secrets,
      identityFile: folder.identity,
      knownHostsFile: folder.knownHosts,
      sites: Object.fromEntries(byName),
      site(name) {
        const found = byName.get(name);
        if (!found) throw new RangeError(`the sandbox has no site ${name}`);
        return found;
      },
      certify: (validity) => certify(folder.userCa, folder.certified, certifiedAccounts(specs), validity),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The runbooks that stand beside the configuration this one was made of. */
function copyRunbooks(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  if (existsSync(from)) cpSync(from, to, { recursive: true });
}

async function makeSites(
  folder: Folder,
  specs: readonly SiteSpec[],
  secrets: SandboxSecrets,
  pip: QuickPip,
): Promise<readonly SiteHandle[]> {
  const keys = { authorizedKey: await keyAt(folder.identity), userCa: await keyAt(folder.userCa) };
  await keyAt(folder.certified);
  await certify(folder.userCa, folder.certified, certifiedAccounts(specs), CERTIFICATE_VALIDITY);
  return Promise.all(
    specs.map(async (spec) =>
      makeSite({
        spec,
        dir: folder.site(spec.name),
        port: await freePort(spec.address),
        wheels: folder.wheels,
        pip,
        keys,
        identityFile: spec.certificates ? folder.certified : folder.identity,
        credentials: credentialsOf(secrets, spec.name),
      }),
    ),
  );
}

/** As long as those of NERSC's sshproxy, and from a little before now: no two clocks agree. */
const CERTIFICATE_VALIDITY = '-5m:+1d';

/** The accounts that the certificate of the sandbox's operator is for. */
function certifiedAccounts(specs: readonly SiteSpec[]): readonly string[] {
  const names = specs.filter((spec) => spec.certificates).map((spec) => spec.login.name);
  return names.length > 0 ? [...new Set(names)] : ['nobody'];
}

function refuseUnknown(wanted: readonly string[], specs: readonly SiteSpec[]): void {
  const names = specs.map((spec) => spec.name);
  for (const name of wanted) {
    if (names.includes(name)) continue;
    const hint = nearest(name, names);
    throw new OpsError(
      'usage.argument',
      `site ${name}: there is none; expected ${names.join(' | ')}${hint ? `; did you mean ${hint}?` : ''}`,
    );
  }
}
