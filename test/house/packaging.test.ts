import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

const read = (path: string) => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');

const Process = z.object({
  image: z.string(),
  user: z.string().optional(),
  command: z.array(z.string()),
  environment: z.record(z.string(), z.string()).default({}),
  env_file: z.never().optional(),
  secrets: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  networks: z.array(z.string()).default([]),
});
const Compose = z.object({
  services: z.object({ redis: Process, bot: Process, worker: Process }),
  secrets: z.record(z.string(), z.object({ file: z.string() })),
  networks: z.record(z.string(), z.object({ internal: z.boolean().optional() })),
});

/** Everything a process is given: variables, secrets and mounts, as one text to search in. */
const given = (service: z.infer<typeof Process>) =>
  JSON.stringify([service.environment, service.secrets, service.volumes]);

describe('docker-compose.yml', () => {
  const { services, secrets, networks } = Compose.parse(parse(read('docker-compose.yml'), { merge: true }));
  const { redis, bot, worker } = services;

  it('gives the bot no SSH key and no site secret', () => {
    expect(given(bot)).not.toMatch(/ssh|site|JAWS_OPS_SECRETS/i);
    expect(bot.networks).not.toContain('sites');
  });

  it('gives the worker no Slack token, and no port', () => {
    expect(given(worker)).not.toMatch(/slack|token|signing/i);
    expect(worker.networks).not.toContain('slack');
    expect(worker.ports).toEqual([]);
  });

  it('gives secrets as files only', () => {
    for (const service of [bot, worker]) {
      for (const [name, value] of Object.entries(service.environment)) {
        if (/TOKEN|SECRET|PASSWORD/.test(name)) expect(value).toMatch(/^\/run\/secrets\//);
      }
      for (const name of service.secrets) expect(Object.keys(secrets)).toContain(name);
    }
  });

  it('runs a Redis that keeps every job, out of reach of everything else', () => {
    expect(redis.command.join(' ')).toBe(
      'redis-server --appendonly yes --appendfsync everysec --maxmemory-policy noeviction',
    );
    expect(redis.volumes).toEqual(['redis:/data']);
    expect(redis.ports).toEqual([]);
    expect(redis.networks.map((name) => networks[name]?.internal)).toEqual([true]);
  });

  it('opens ports to this machine only', () => {
    for (const port of bot.ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it('keeps the files of secrets out of git and out of the image', () => {
    for (const { file } of Object.values(secrets)) expect(file).toMatch(/^\.\/secrets\//);
    expect(read('.gitignore').split('\n')).toContain('/secrets/');
    const allowed = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'));
    expect(read('.dockerignore')).toMatch(/^\*\n/);
    expect(allowed.filter((line) => /secret|\.env|\.git\b/.test(line))).toEqual([]);
  });
});

describe('Dockerfile', () => {
  const text = read('Dockerfile');

  it('ends as an ordinary account', () => {
    expect(text.match(/^USER .*/gm)?.at(-1)).toBe('USER node');
  });

  it('holds everything the program reads at run time', () => {
    for (const folder of ['dist', 'config', 'runbooks', 'templates', 'public'])
      expect(text).toMatch(new RegExp(`^COPY .*\\b${folder} `, 'm'));
  });

  it('copies nothing that a clone does not have', () => {
    const tracked = execFileSync('git', ['ls-files'], { encoding: 'utf8' }).split('\n');
    const sources = [...text.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, list = '']) =>
      list.split(' '),
    );
    expect(sources.length).toBeGreaterThan(3);
    for (const source of sources.filter((name) => name !== '.'))
      expect(
        tracked.some((path) => path === source || path.startsWith(`${source}/`)),
        source,
      ).toBe(true);
  });

  it('runs a Node that package.json accepts', () => {
    const { engines } = z
      .object({ engines: z.object({ node: z.string() }) })
      .parse(JSON.parse(read('package.json')));
    const major = /^>=(\d+)/.exec(engines.node)?.[1];
    for (const [, from] of text.matchAll(/^FROM node:(\d+)/gm)) expect(from).toBe(major);
  });
});

describe('package-lock.json', () => {
  const { packages } = z
    .object({
      packages: z.record(
        z.string(),
        z.object({
          version: z.string().optional(),
          optionalDependencies: z.record(z.string(), z.string()).optional(),
        }),
      ),
    })
    .parse(JSON.parse(read('package-lock.json')));

  it('names the packages of other platforms, without which `npm ci` refuses it', () => {
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) =>
          !packages[`node_modules/${name}`]?.version && !packages[`${path}/node_modules/${name}`]?.version,
      ),
    );
    expect(missing).toEqual([]);
  });
});
