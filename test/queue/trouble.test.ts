import { Writable } from 'node:stream';
import pino from 'pino';
import { expect, test } from 'vitest';
import { createTrouble, type Trouble } from '../../src/queue/trouble.ts';

/** A trouble and the messages it has logged. */
function aTrouble(): { readonly trouble: Trouble; readonly logged: string[] } {
  const logged: string[] = [];
  const sink = new Writable({
    write(line, _encoding, done) {
      const entry = JSON.parse(String(line));
      logged.push(entry.msg === 'queue' ? entry.error.message : entry.msg);
      done();
    },
  });
  return { trouble: createTrouble(pino({ level: 'info' }, sink), '127.0.0.1:6379'), logged };
}

const REFUSED = new Error('connect ECONNREFUSED 127.0.0.1:6379');

test('a Redis that is away is told of once, however many queues try again, and once when it is back', () => {
  const { trouble, logged } = aTrouble();
  for (let attempt = 0; attempt < 100; attempt += 1) {
    for (const queue of ['run-aws-dev', 'run-aws-prod', 'reads-aws']) trouble.tell(REFUSED, queue);
    trouble.lost();
  }
  trouble.back();
  trouble.back();
  expect(logged).toEqual([
    REFUSED.message,
    'no connection to Redis: tried again until it is there',
    'connection to Redis is back',
  ]);
  trouble.lost();
  trouble.tell(REFUSED, 'run-aws-dev');
  expect(logged, 'the next time is another').toHaveLength(5);
});

test('what goes wrong while Redis is there is told each time', () => {
  const { trouble, logged } = aTrouble();
  trouble.back();
  for (const queue of ['run-aws-dev', 'run-aws-prod']) trouble.tell(new Error('READONLY'), queue);
  expect(logged).toEqual(['READONLY', 'READONLY']);
});
