import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { typed } from '../../../src/sandbox/typed.ts';
import { aProduct, type TestProduct } from '../../fixtures/product.ts';

/** A site that installs from wheels, and one that pulls images with a login. */
const SITES = ['aws', 'jgi'] as const;
const HOMES = { aws: ['/home/ec2-user'], jgi: ['/global'] } as const;

let product: TestProduct;
/** Lines of `ps` of the sites as root sees it, again and again while services are deployed. */
const processes: Record<(typeof SITES)[number], ReadonlySet<string>> = { aws: new Set(), jgi: new Set() };
/** Looks as often as the machine allows to whoever runs beside it, until the file is there. */
const WATCH = 'until [ -e /run/seen ]; do ps -eo args; sleep 0.02; done';
const DEPLOYS_MS = 600_000;
beforeAll(async () => {
  product = await aProduct(SITES);
  for (const site of SITES) {
    const { exec } = product.world.site(site);
    const watch = exec(['sh', '-c', WATCH], { timeoutMs: DEPLOYS_MS });
    try {
      expect((await typed(product, `/jaws deploy dev ${site}`)).state?.status).toBe('succeeded');
      expect((await typed(product, `/jaws deploy dev ${site} 9.9.9`)).state?.status).not.toBe('succeeded');
      await typed(product, `/jaws status ${site} dev`);
    } finally {
      await exec(['touch', '/run/seen']);
      processes[site] = new Set((await watch).stdout.split('\n'));
    }
  }
}, DEPLOYS_MS);
afterAll(() => product.remove());

/** A secret in every form in which it might have been written down. */
function formsOf(secret: string): readonly string[] {
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
    Buffer.from(`jaws:${secret}`).toString('base64'),
    secret.replaceAll('%', '%%'),
    `'${secret.replaceAll("'", `'\\''`)}'`,
    // The part that tells the throwaway secrets apart, whatever was done to the rest.
    secret.split(/[ +/]/)[0] ?? secret,
  ];
}

function secretsOf(): readonly { name: string; value: string }[] {
  const { secrets } = product.world;
  const layers = [
    secrets.default,
    ...[secrets.deployments, secrets.sites, secrets.targets].flatMap((layer) => Object.values(layer)),
  ];
  return layers.flatMap((layer) => Object.entries(layer).map(([name, value]) => ({ name, value })));
}

function found(text: string): readonly string[] {
  return secretsOf()
    .filter(({ value }) => formsOf(value).some((form) => text.includes(form)))
    .map(({ name }) => name);
}

async function everythingInRedis(): Promise<string> {
  const redis = new Redis(product.world.redisUrl);
  const texts: string[] = [];
  for await (const keys of redis.scanStream({ count: 500 }) as AsyncIterable<string[]>) {
    for (const key of keys) texts.push(key, JSON.stringify(await contentOf(redis, key)));
  }
  redis.disconnect();
  return texts.join('\n');
}

async function contentOf(redis: Redis, key: string): Promise<unknown> {
  switch (await redis.type(key)) {
    case 'string':
      return redis.get(key);
    case 'hash':
      return redis.hgetall(key);
    case 'list':
      return redis.lrange(key, 0, -1);
    case 'set':
      return redis.smembers(key);
    case 'zset':
      return redis.zrange(key, '0', '-1', 'WITHSCORES');
    case 'stream':
      return redis.xrange(key, '-', '+');
    default:
      return undefined;
  }
}

/** Form encoding undone, so that a secret between other characters is found as well. */
function decoded(escapes: string): string {
  try {
    return decodeURIComponent(escapes);
  } catch {
    return escapes;
  }
}

test('the search itself finds a secret where there is one', async () => {
  const conf = await product.world
    .site('aws')
    .exec(['cat', '/home/ec2-user/jaws-install/aws-dev/config/jaws-site.conf']);
  expect(found(conf.stdout)).toContain('JAWS_DB_PW');
  expect(secretsOf().length).toBeGreaterThan(6);
});

test('no secret is in any Slack message, edit or answer', () => {
  const sent = product.slack.record.transcript().join('\n');
  const said = `${sent}\n${sent.replaceAll('+', ' ').replace(/(%[0-9A-F]{2})+/gi, decoded)}`;
  expect(said.includes('Deployed JAWS Site 2.5.4')).toBe(true);
  expect(found(said)).toEqual([]);
});

test('no secret is in the logs of bot and worker', () => {
  const log = readFileSync(product.logFile, 'utf8');
  expect(log.includes('run ended')).toBe(true);
  expect(found(log)).toEqual([]);
});

test('no secret is in any Redis key or value', async () => {
  const stored = await everythingInRedis();
  expect(stored.includes('aws-dev')).toBe(true);
  expect(found(stored)).toEqual([]);
});

test.each(SITES)('no secret is in the process list of %s at any moment of a deploy', (site) => {
  const seen = [...processes[site]].join('\n');
  expect(seen.includes(site === 'aws' ? 'pip install' : 'apptainer pull')).toBe(true);
  // Apptainer takes the account's name as an argument, and its password on standard input.
  expect(found(seen).filter((name) => name !== 'CI_REGISTRY_USER')).toEqual([]);
});

test.each(SITES)('no secret is in what a deploy leaves at %s outside of its 0600 files', async (site) => {
  const script =
    'find "$@" /tmp -type f ! -perm 600 ! -path "*/venvs/*" ! -path "*/supervisor/venv/*" -exec cat {} +';
  const open = await product.world.site(site).exec(['sh', '-c', script, 'sh', ...HOMES[site]]);
  expect(open.stdout.includes('jaws-site')).toBe(true);
  expect(found(open.stdout)).toEqual([]);
});

test('the login at the registry is in no file at all once the deploy is over', async () => {
  const everything = await product.world
    .site('jgi')
    .exec(['sh', '-c', 'find /global /home /tmp -type f -exec cat {} +']);
  expect(found(everything.stdout)).toContain('JAWS_DB_PW');
  expect(found(everything.stdout).filter((name) => name.startsWith('CI_REGISTRY'))).toEqual([]);
});
