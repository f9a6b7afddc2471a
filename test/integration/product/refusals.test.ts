import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { typed } from '../../../src/sandbox/typed.ts';
import { aProduct, type TestProduct } from '../../fixtures/product.ts';
import { makeKey } from '../../fixtures/sshd.ts';

let product: TestProduct;
beforeAll(async () => {
  product = await aProduct(['aws', 'assembly']);
});
afterAll(() => product.remove());

/** Every file below a site's home, with its time: equal before and after when nothing was changed. */
async function everything(site: string): Promise<string> {
  const { stdout } = await product.world
    .site(site)
    .exec(['find', '/home/ec2-user', '-printf', '%p %T@ %s\\n']);
  return stdout;
}

describe('bad input gets one clear answer and starts nothing', () => {
  test.each([
    ['an unknown site', '/jaws deploy dev awss', 'did you mean aws?'],
    ['an unknown deployment', '/jaws deploy prd aws', 'did you mean prod?'],
    ['an unknown command', '/jaws deplyo dev aws', 'did you mean deploy?'],
    ['an unknown flag', '/jaws deploy dev aws --dry-rnu', 'dry-run'],
    ['a version that is an environment', '/jaws deploy dev aws staging', 'staging'],
    ['a version with a shell in it', '/jaws deploy dev aws $(reboot)', '$(reboot)'],
    ['a missing word', '/jaws deploy aws', 'DEPLOYMENT'],
    ['nothing at all', '/jaws deploy', 'DEPLOYMENT'],
  ])('%s', async (_what, text, expected) => {
    const before = await product.jobs.list({ limit: 50 });
    const { shown, succeeded, state } = await typed(product, text);
    expect(succeeded).toBe(false);
    expect(shown).toContain(expected);
    expect(state).toBeUndefined();
    expect(await product.jobs.list({ limit: 50 })).toHaveLength(before.length);
  });

  test('someone whom the policy does not allow', async () => {
    const { shown, succeeded, state } = await typed(product, '/jaws deploy dev aws', 'mallory');
    expect(succeeded).toBe(false);
    expect(shown).toContain('refused.permission');
    expect(state).toBeUndefined();
    expect((await typed(product, '/jaws help', 'mallory')).shown).not.toMatch(/^deploy /m);
  });
});

describe('a site that must not be trusted, or does not let us in', () => {
  let knownHosts: string;
  let before: string;
  beforeAll(() => {
    knownHosts = readFileSync(product.world.knownHostsFile, 'utf8');
  });
  beforeEach(async () => {
    before = await everything('assembly');
  });

  test('a wrong host key ends the deploy before anything is sent', async () => {
    const { address, port } = product.world.site('assembly');
    const lines = knownHosts.trimEnd().split('\n');
    const own = lines.findIndex((line) => line.includes(`[${address}]:${port}`));
    const other = lines
      .find((_, i) => i !== own)
      ?.split(' ')
      .slice(1)
      .join(' ');
    writeFileSync(
      product.world.knownHostsFile,
      lines.map((line, i) => (i === own ? `[${address}]:${port} ${other}` : line)).join('\n'),
    );
    const { state } = await typed(product, '/jaws deploy dev assembly');
    writeFileSync(product.world.knownHostsFile, knownHosts);
    expect(state?.status).toBe('failed');
    expect(state?.problem?.code).toBe('site.host-key');
    expect(state?.problem?.message).toContain('known_hosts');
    expect(await everything('assembly')).toBe(before);
  });

  test('a refused login names the account and the host', async () => {
    const { identityFile } = product.world;
    const given = readFileSync(identityFile, 'utf8');
    const stranger = makeKey(dirname(identityFile), 'stranger');
    writeFileSync(identityFile, readFileSync(stranger, 'utf8'));
    const { state } = await typed(product, '/jaws deploy dev assembly');
    writeFileSync(identityFile, given);
    expect(state?.problem?.code).toBe('site.login');
    expect(state?.problem?.message).toContain('ec2-user');
  });

  test('a host that does not answer is unreachable, and nothing was changed', async () => {
    await product.world.site('assembly').stop();
    const { state } = await typed(product, '/jaws deploy dev assembly');
    expect(state?.status).toBe('failed');
    expect(state?.problem?.code).toBe('site.unreachable');
    const { shown } = await typed(product, '/jaws status assembly dev');
    expect(shown).toContain('host unreachable');
    await product.world.site('assembly').start();
    expect(await everything('assembly')).toBe(before);
  });
});

describe('secrets that cannot be used', () => {
  test('a password that a file has no way to hold is refused before anything is stopped', async () => {
    const before = await everything('aws');
    const kept = readFileSync(product.world.secretsFile, 'utf8');
    const file = parse(kept);
    writeFileSync(
      product.world.secretsFile,
      stringify({ ...file, default: { ...file.default, JAWS_DB_PW: 'pa$HOME' } }),
    );
    const { state } = await typed(product, '/jaws deploy dev aws');
    writeFileSync(product.world.secretsFile, kept);
    expect(state?.problem?.code).toBe('render.value');
    expect(state?.problem?.message).toContain('JAWS_DB_PW');
    expect(JSON.stringify(state)).not.toContain('pa$HOME');
    expect(await everything('aws')).toBe(before);
  });

  test('a file that others can read is refused, by name and mode', async () => {
    chmodSync(product.world.secretsFile, 0o644);
    const { state } = await typed(product, '/jaws deploy dev aws');
    chmodSync(product.world.secretsFile, 0o600);
    expect(state?.status).toBe('refused');
    expect(state?.problem?.code).toBe('secrets.file');
    expect(state?.problem?.message).toContain('644');
  });

  test('a missing one is named with its target', async () => {
    const kept = readFileSync(product.world.secretsFile, 'utf8');
    const file = parse(kept);
    const { JAWS_DB_PW: _gone, ...rest } = file.default;
    writeFileSync(product.world.secretsFile, stringify({ ...file, default: rest }));
    const { state } = await typed(product, '/jaws deploy dev aws');
    writeFileSync(product.world.secretsFile, kept);
    expect(state?.problem?.code).toBe('secrets.value');
    expect(state?.problem?.message).toContain('JAWS_DB_PW');
    expect(state?.problem?.message).toContain('aws-dev');
  });
});
