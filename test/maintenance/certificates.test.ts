import { expect, test } from 'vitest';
import { certificateFindings } from '../../src/plan/certificate.ts';
import { certificate, certificateIn } from '../../src/plan/looks/certificate.ts';
import { isFact } from '../../src/plan/looks/look.ts';
import { aBot, HOUR, MIN } from '../fixtures/bot.ts';
import { aTarget } from '../fixtures/target.ts';

const openssh = { transport: 'openssh' } as const;

/** What a worker answers whose certificate is valid until an instant. */
function answer(until: number | undefined, now: number) {
  const target = aTarget({ access: { ...openssh, user: 'jaws', renew: 'sshproxy -c jaws' } });
  const found = { path: '/k-cert.pub', principals: [], ...(until === undefined ? {} : { until }) };
  const report = certificate.ask({
    request: { kind: 'look', look: 'certificate', site: 'aws', words: {} },
    target,
    targets: [target],
    login: certificateFindings(target.access, found, now, 0),
    certificate: found,
    now: () => now,
  });
  if (isFact(report)) throw new Error('the site need not be asked');
  return report;
}

test('the worker answers by itself how long its certificate is valid', () => {
  expect(certificateIn(answer(10 * HOUR, 0))).toEqual({ level: 'ok', until: 10 * HOUR });
  expect(certificateIn(answer(HOUR, 0))).toEqual({ level: 'warn', until: HOUR });
  expect(certificateIn(answer(HOUR, 2 * HOUR))).toEqual({ level: 'fail', until: HOUR });
  expect(certificateIn(answer(undefined, 0))).toBeUndefined();
});

test('that a certificate ends is told once two hours before and once after, and again of the next one', async () => {
  const bot = aBot({}, openssh);
  const first = bot.world.now + 24 * HOUR;
  let until = first;
  bot.jobs.reports = async () => answer(until, bot.world.now);
  for (const end = bot.world.now + 48 * HOUR; bot.world.now < end; bot.world.now += 15 * MIN) {
    if (bot.world.now === first + HOUR) until = bot.world.now + 22 * HOUR;
    await bot.turn('certificate-aws');
  }
  expect(bot.channel.map(({ topic, report }) => [topic, report.findings?.[0]?.level])).toEqual([
    ['certificates', 'warn'],
    ['certificates', 'fail'],
    ['certificates', 'warn'],
    ['certificates', 'fail'],
  ]);
  expect(bot.channel[0]?.report.findings?.[0]?.next).toContain('sshproxy -c jaws');
});

test('only sites that are reached with certificates are asked', () => {
  expect(aBot().ids).not.toContain('certificate-aws');
});
