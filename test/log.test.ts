import { expect, it } from 'vitest';
import { MASK, Secret } from '../src/core/secret.ts';
import { createLogger } from '../src/log.ts';

const VALUE = 'p%w "q\'uo\\te$ é';

function capture(secrets: () => readonly Secret[]) {
  const lines: string[] = [];
  const logger = createLogger({
    level: 'debug',
    name: 'test',
    secrets,
    destination: { write: (line: string) => lines.push(line) },
  });
  return { logger, lines };
}

it('masks a secret in message, fields, deep keys and stacks, in any encoding, and stays JSON', () => {
  const { logger, lines } = capture(() => [new Secret('JAWS_DB_PW', VALUE)]);
  const error = new Error(`login with ${VALUE} refused`, { cause: new Error(VALUE) });
  logger.info({ deep: { [VALUE]: [VALUE, encodeURIComponent(VALUE)] }, count: 3 }, `pw ${VALUE}`);
  logger.error({ err: error, body: JSON.stringify({ pw: VALUE }) }, Buffer.from(VALUE).toString('base64'));
  expect(lines).toHaveLength(2);
  for (const line of lines) {
    expect(line.endsWith('\n')).toBe(true);
    expect(line).toContain(MASK);
    for (const trace of ['uo', 'te$', '%C3', 'cCV3IC']) expect(line).not.toContain(trace);
    expect(JSON.parse(line)).toMatchObject({ name: 'test' });
  }
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ count: 3, msg: `pw ${MASK}` });
});

it('masks a secret that was loaded after the logger was made, in child loggers too', () => {
  const secrets: Secret[] = [];
  const { logger, lines } = capture(() => secrets);
  const child = logger.child({ job: 'j1' });
  child.info('later-secret');
  secrets.push(new Secret('LATER', 'later-secret'));
  child.info('later-secret');
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['later-secret', MASK]);
});
