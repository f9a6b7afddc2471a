import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { loadConfig } from '../src/config/config.ts';
import { sha256 } from '../src/core/file.ts';
import { reveal, Secret } from '../src/core/secret.ts';
import type { Target } from '../src/core/target.ts';
import { renderTarget } from '../src/plan/render-target.ts';
import { SECRET_NAMES } from './fleet-configuration.ts';
import type { Subject } from './measure.ts';

const CONFIG = fileURLToPath(new URL('../config', import.meta.url));

/** Every site × deployment of config/. */
function allTargets(): readonly Target[] {
  const config = loadConfig(CONFIG);
  return config.sites.flatMap((site) =>
    config.deployments.map((deployment) => config.target(site, deployment)),
  );
}

/** From YAML files to every target. Floor: reading and parsing the same files. */
export function loading(): Subject {
  const files = readdirSync(CONFIG, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => join(CONFIG, name));
  return {
    name: 'load',
    about: `From the YAML layers to all ${allTargets().length} targets. Floor: reading and parsing the same files.`,
    runs: 31,
    warmUp: 3,
    ways: [
      { name: 'ours', run: allTargets },
      { name: 'floor', run: () => files.map((file) => parse(readFileSync(file, 'utf8'))) },
    ],
  };
}

/**
 * Every generated file of every target, with its digest. All get the launch tool and install method of `aws`, so that
 * the work is the same for each. Floor: taking the digests of texts that are already there.
 */
export function rendering(): Subject {
  const secrets = Object.fromEntries(SECRET_NAMES.map((name) => [name, new Secret(name, `of-${name}`)]));
  const { launcher, installer } = loadConfig(CONFIG).target('aws', 'dev');
  const targets = allTargets().map((target) => ({
    ...target,
    launcher,
    installer,
    env: { ...target.env, secrets },
  }));
  const render = () =>
    targets.flatMap((target) => renderTarget(target, { version: '2.5.4', name: '2.5.4-bench' }));
  const texts = render().map((file) => reveal(file.content));
  return {
    name: 'render',
    about: `All ${texts.length} generated files of ${targets.length} targets, with their digests. Floor: the digests alone.`,
    runs: 31,
    warmUp: 3,
    ways: [
      { name: 'ours', run: () => render().map((file) => sha256(file.content)) },
      { name: 'floor', run: () => texts.map((text) => createHash('sha256').update(text).digest('hex')) },
    ],
  };
}
