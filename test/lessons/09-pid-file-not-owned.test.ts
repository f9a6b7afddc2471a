import { expect, test } from 'vitest';
import { reveal } from '../../src/core/secret.ts';
import { systemd } from '../../src/launchers/systemd.ts';
import type { SystemdFacts } from '../../src/launchers/systemd-observe.ts';
import { parseUnit } from '../../src/launchers/systemd-unit-state.ts';
import { renderTarget } from '../../src/plan/render-target.ts';
import { combinations, RELEASE } from '../golden/combinations.ts';

// After a change of the operating system systemd no longer trusted pid files of forking units, and they stayed down
// after the next reboot.

const { offered } = combinations();
const dori = (method: string) => {
  const found = offered.find(
    (one) =>
      one.site === 'dori' &&
      one.deployment === 'dev' &&
      one.launchTool === 'systemd' &&
      one.installMethod === method,
  );
  if (found === undefined) throw new Error(`dori does not offer systemd + ${method}`);
  return found;
};
const unitTexts = (method: string) =>
  renderTarget(dori(method).target, RELEASE)
    .filter(({ path }) => path.endsWith('.service'))
    .map(({ content }) => reveal(content));

test('what dori uses needs no pid file: a simple unit around a process in the foreground', () => {
  expect(dori('apptainer-run').own).toBe(true);
  for (const text of unitTexts('apptainer-run')) {
    expect(text).toContain('Type=simple');
    expect(text).not.toContain('PIDFile=');
  }
  for (const text of unitTexts('apptainer-instance')) expect(text).toMatch(/Type=forking[\s\S]*PIDFile=\//);
});

test.each([
  'PID file /i/log/jaws-run-daemon-dev.pid not owned by root or service user. Refusing.',
  'New main PID 4711 does not belong to service, and PID file is not owned by root. Refusing.',
])('a refused pid file is recognised in the journal: %s', (line) => {
  const { target } = dori('apptainer-instance');
  const [service] = target.services;
  const unit = `${service?.name}-dev.service`;
  const lines = ['LoadState=loaded', 'ActiveState=failed', 'SubState=failed', 'Result=protocol', 'MainPID=0'];
  const facts = {
    ...(systemd.nothing as SystemdFacts),
    answer: 'answered' as const,
    units: [parseUnit(unit, lines)],
    logs: [{ service: service?.name ?? '', source: 'journal', lines: [`systemd[1]: ${unit}: ${line}`] }],
  };
  const [status] = systemd.launched(target, facts).services;
  expect(status).toMatchObject({
    condition: 'fatal',
    detail: expect.stringContaining('refuses the pid file; install with apptainer-run'),
  });
});
