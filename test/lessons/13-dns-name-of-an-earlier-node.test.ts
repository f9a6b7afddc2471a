import { expect, test } from 'vitest';
import { scrontab } from '../../src/launchers/scrontab.ts';
import type { ScrontabFacts } from '../../src/launchers/scrontab-observe.ts';
import { answerOf, parseStatus } from '../../src/launchers/supervisord-status.ts';
import { combinations } from '../golden/combinations.ts';

// The DNS name still led to the node of the job before, or did not resolve at all. That looked like a supervisord
// that is down, though it ran.

const mine = combinations().offered.find(({ own, site }) => own && site === 'perlmutter');

function facts(over: Partial<ScrontabFacts>): ScrontabFacts {
  const nothing = scrontab.nothing as ScrontabFacts;
  return {
    ...nothing,
    jobs: [{ id: '12', state: 'RUNNING', reason: 'None', start: '', node: 'nid2' }],
    answers: '10.0.0.1',
    address: '10.0.0.2',
    way: 'srun',
    ...over,
    supervisord: {
      ...nothing.supervisord,
      conf: true,
      siteConf: true,
      answer: 'answered',
      processes: parseStatus(
        (mine?.target.services ?? []).map(
          ({ program }, i) => `jaws-site:${program} RUNNING pid ${i + 1}, uptime 0:01:00`,
        ),
      ),
      ...over.supervisord,
    },
  };
}

test('a name that does not resolve is told apart from a supervisord that refuses, whatever the exit code', () => {
  expect(answerOf(1, "error: <class 'socket.gaierror'>, [Errno -2] Name or service not known")).toBe(
    'unresolved',
  );
  expect(answerOf(4, 'http://x:64101 refused connection')).toBe('refused');
  expect(answerOf(4, 'jaws-site: ERROR (no such group)')).toBe('answered');
});

test('services that run behind a stale name are running, and the difference of the addresses is shown', () => {
  if (mine === undefined) throw new Error('perlmutter does not offer its own tools');
  const { target } = mine;
  const stale = scrontab.launched(target, facts({}));
  expect(stale.condition).toBe('running');
  expect(stale.detail).toContain(`${target.id}.jaws.dyn.jgi.doe.gov answers 10.0.0.1`);
  expect(stale.detail).toContain("the job's node is 10.0.0.2: reached by srun");
  expect(scrontab.launched(target, facts({ way: 'direct', answers: '10.0.0.2' })).detail).toBeUndefined();
  expect(scrontab.findings(target, facts({}))).toContainEqual(
    expect.objectContaining({ level: 'warn', subject: 'DNS' }),
  );
});

test('a look that cannot ask supervisord never says that services are down', () => {
  if (mine === undefined) throw new Error('perlmutter does not offer its own tools');
  const unasked = facts({});
  const blind = {
    ...unasked,
    supervisord: { ...unasked.supervisord, answer: 'unresolved' as const, processes: [], said: 'gaierror' },
  };
  expect(scrontab.launched(mine.target, blind)).toMatchObject({ condition: 'unknown' });
});
