import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { DERIVED } from '../../src/config/derive.ts';
import { referencePages } from '../../src/config/reference.ts';
import { SECRETS, VARIABLES } from '../../src/config/variables.ts';
import { SHIPPED } from './folder.ts';

const pages = new Map(referencePages().map(({ path, text }) => [path, text]));

function schema(name: string): z.ZodType {
  return z.fromJSONSchema(JSON.parse(pages.get(`docs/schema/${name}.json`) ?? ''));
}

function shipped(name: string): unknown {
  return parse(readFileSync(`${SHIPPED}/${name}`, 'utf8'));
}

describe('the reference', () => {
  it('names every variable, secret and key', () => {
    const text = pages.get('docs/configuration.md') ?? '';
    const names = [...VARIABLES, ...SECRETS].map(({ name }) => name);
    for (const name of [
      ...names,
      ...Object.keys(DERIVED),
      'access.jumps[].host',
      'installer.pipArgs',
      'REDIS_URL',
    ]) {
      expect(text).toContain(`\`${name}\``);
    }
    expect(text).not.toMatch(/undefined|\[object/);
  });

  it('is the same every time', () => {
    expect(referencePages()).toEqual(referencePages());
  });

  it.each([
    ['defaults', 'defaults.yaml'],
    ['deployment', 'deployments/prod.yaml'],
    ['site', 'sites/aws.yaml'],
    ['site', 'sites/tahoma.yaml'],
    ['site', 'sites/perlmutter.yaml'],
    ['policy', 'policy.yaml'],
    ['secrets', 'secrets.example.yaml'],
  ])('has a JSON Schema %s that fits config/%s', (name, file) => {
    expect(schema(name).safeParse(shipped(file)).error?.issues).toBeUndefined();
  });

  it('has JSON Schemas that refuse unknown keys and wrong values', () => {
    const site = shipped('sites/aws.yaml') as Record<string, Record<string, unknown>>;
    expect(schema('site').safeParse({ ...site, acess: {} }).success).toBe(false);
    expect(schema('site').safeParse({ ...site, launcher: { kind: 'systemctl' } }).success).toBe(false);
    expect(
      schema('site').safeParse({ ...site, env: { ...site['env'], JAWS_REST_PORT_DEV: 70000 } }).success,
    ).toBe(false);
  });
});
