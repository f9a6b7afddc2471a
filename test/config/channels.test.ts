import { expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { changedConfig, replacing } from './folder.ts';

it('one channel is that of every topic', () => {
  const { channels } = loadConfig(changedConfig({})).site('tahoma');
  expect(new Set(Object.values(channels))).toEqual(new Set(['#emsl-jgi-coordination']));
});

it('a topic may have a channel of its own, the others have the default', () => {
  const own = '{default: "#jaws-dori", drift: "#jaws-night", certificates: C0123456}';
  const dir = changedConfig({ 'sites/dori.yaml': replacing('"#jaws-dori"', own) });
  expect(loadConfig(dir).site('dori').channels).toEqual({
    deploys: '#jaws-dori',
    reminders: '#jaws-dori',
    leftDown: '#jaws-dori',
    drift: '#jaws-night',
    certificates: 'C0123456',
  });
});
