import { describe, expect, test } from 'vitest';
import { statusChoices } from '../../src/commands/status-choices.ts';
import type { Intention } from '../../src/core/intention.ts';
import type { TargetCondition, TargetStatus } from '../../src/core/service.ts';
import { alice, directory, reader } from '../fixtures/directory.ts';
import { targetStatus } from '../fixtures/runs.ts';

const at = (deployment: string, condition: TargetCondition, site = 'aws'): TargetStatus => ({
  ...targetStatus(condition),
  deployment,
  site,
});
const wanted = (deployment: string, up: 'up' | 'down'): Intention => ({
  site: 'aws',
  deployment,
  wanted: up,
  except: [],
});
const lines = (targets: TargetStatus[], intentions: Intention[] = [], caller = alice) =>
  statusChoices({ directory, caller }, targets, intentions).map(({ label, line }) => `${label}: ${line}`);

describe('of one target', () => {
  test.each<[string, TargetStatus, Intention[], string[]]>([
    ['nothing where all is well', at('dev', 'running'), [wanted('dev', 'up')], []],
    [
      'to start what should be up',
      at('dev', 'stopped'),
      [wanted('dev', 'up')],
      ['Start what is down: start dev aws'],
    ],
    [
      'its log where a service fell over',
      at('dev', 'fatal'),
      [wanted('dev', 'up')],
      ['Start what is down: start dev aws', 'Logs of run-daemon: logs dev aws run-daemon'],
    ],
    ['a start that nobody urges', at('dev', 'stopped'), [], ['Start: start dev aws']],
    [
      'one that was stopped on purpose',
      at('dev', 'stopped'),
      [wanted('dev', 'down')],
      ['Start again: start dev aws'],
    ],
    ['nothing where the host is away', at('dev', 'unreachable'), [wanted('dev', 'up')], []],
    ['nothing where nothing is installed', at('dev', 'not-installed'), [], []],
  ])('%s', (_, target, intentions, expected) => {
    expect(lines([target], intentions)).toEqual(expected);
  });
});

describe('of many', () => {
  const all = [wanted('dev', 'up'), wanted('prod', 'up')];

  test('several that are down at a site are brought back together', () => {
    expect(lines([at('dev', 'stopped'), at('prod', 'stopped')], all)).toEqual([
      'Start what is down: recover aws',
    ]);
  });

  test('the one that is down is started alone', () => {
    expect(lines([at('dev', 'running'), at('prod', 'stopped')], all)).toEqual([
      'Start what is down: start prod aws',
    ]);
  });

  test('of several sites nothing is offered', () => {
    expect(lines([at('dev', 'stopped'), at('dev', 'stopped', 'jgi')], all)).toEqual([]);
  });

  test('who may only read is offered to read', () => {
    expect(lines([at('dev', 'stopped'), at('prod', 'stopped')], all, reader)).toEqual([]);
    expect(lines([at('dev', 'fatal')], all, reader)).toEqual(['Logs of run-daemon: logs dev aws run-daemon']);
  });
});
