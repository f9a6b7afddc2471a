import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { fromInside } from '../../src/config/inside.ts';
import { loadSettings } from '../../src/config/settings.ts';
import { sitesAround } from '../../src/config/worker-sites.ts';

const config = loadConfig(fileURLToPath(new URL('../../config', import.meta.url)));

test('a worker inside a site goes there without a jump, and becomes the same account', () => {
  const outside = config.target('tahoma', 'dev').access;
  const inside = fromInside(config, ['tahoma']).target('tahoma', 'dev').access;
  expect(outside.jumps).toHaveLength(1);
  expect(inside).toEqual({ ...outside, jumps: [] });
  expect(fromInside(config, ['jgi']).target('tahoma', 'dev').access).toEqual(outside);
});

test('WORKER_INSIDE names sites, and nothing else', () => {
  expect(sitesAround(loadSettings({}), config.sites)).toEqual([]);
  expect(sitesAround(loadSettings({ WORKER_INSIDE: 'Tahoma, ' }), config.sites)).toEqual(['tahoma']);
  expect(() => sitesAround(loadSettings({ WORKER_INSIDE: 'tahmoa' }), config.sites)).toThrow(
    /WORKER_INSIDE: got "tahmoa".*did you mean tahoma/,
  );
});
