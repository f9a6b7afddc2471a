import { expect, test } from 'vitest';
import { nearest } from '../../src/core/nearest.ts';

const SITES = ['assembly', 'aws', 'dori', 'jgi', 'nmdc', 'perlmutter', 'tahoma'];

test.each([
  ['awz', 'aws'],
  ['AWS', 'aws'],
  ['perlmuter', 'perlmutter'],
  ['perl', 'perlmutter'],
  ['jig', 'jgi'],
  ['asembly', 'assembly'],
])('%s is probably %s', (typed, meant) => {
  expect(nearest(typed, SITES)).toBe(meant);
});

test.each(['cori', 'xyzzy', 'nersc-perl', ''])('%s is no near miss, or names itself', (typed) => {
  expect(nearest(typed, SITES)).toBe(typed === 'cori' ? 'dori' : undefined);
});

test('letters in another order are one mistake', () => {
  expect(nearest('pord', ['dev', 'staging', 'prod'])).toBe('prod');
});

test('a beginning that several share is no answer by itself', () => {
  expect(nearest('st', ['start', 'status', 'stop'])).toBe(undefined);
});

test('nothing is near when there is nothing', () => {
  expect(nearest('aws', [])).toBeUndefined();
});
