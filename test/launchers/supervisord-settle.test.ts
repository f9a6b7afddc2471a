import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { revealed, sh } from '../../src/core/script.ts';
import { SERVICES } from '../../src/core/service.ts';
import { unitOf } from '../../src/launchers/supervisord-paths.ts';
import { verdictScript } from '../../src/launchers/supervisord-settle.ts';
import { aTarget } from '../fixtures/target.ts';
import { until } from '../fixtures/until.ts';

const services = SERVICES.slice(0, 2);
const [unit = '', other = ''] = services.map(unitOf);

/** Stands for a service that was started a moment ago. */
let child: ChildProcess;
beforeAll(async () => {
  child = spawn('sleep', ['1000'], { stdio: 'ignore' });
  await until('it is of some age', () => age() >= 0.4);
});
afterAll(() => child.kill('SIGKILL'));

/** Seconds since the service was started, to a hundredth. Source: proc(5). */
function age(): number {
  const [up = ''] = readFileSync('/proc/uptime', 'utf8').split(' ');
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').replace(/.*\) /s, '').split(' ');
  return Number(up) - Number(fields[19]) / 100;
}

/** What a look makes of a service that runs for so long in supervisord's eyes, as the one there is. */
function verdict(
  line: string,
  settleSec: number,
  where: 'here' | 'elsewhere' = 'here',
): { readonly pause: number; readonly verdict: string } {
  const target = aTarget({ services, launcher: { kind: 'supervisor', settleSec } });
  const script = sh`ask() { code=0; out=${line}; }
${verdictScript(target, where)}
printf '%s\n' "$pause" "$verdict"`;
  const [pause, said = ''] = execFileSync('sh', ['-c', revealed(script)], { encoding: 'utf8' }).split('\n');
  return { pause: Number(pause), verdict: said };
}

/** A line of `supervisorctl status` about the service. */
const running = (seconds: number) =>
  `${unit} RUNNING   pid ${child.pid}, uptime 0:0${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;

describe('the age at which a service is believed', () => {
  it('is the one the kernel knows, and the next look comes when that is enough', () => {
    const before = age();
    const seen = verdict(running(0), 1);
    const after = age();
    expect(seen.verdict).toBe(`wait ${unit} ; ${unit}=${child.pid},`);
    expect(seen.pause).toBeGreaterThanOrEqual(1 - after);
    // By supervisord's word alone it would be 1.05. Later, its second and the kernel's would be those of two processes.
    if (after < 1) expect(seen.pause).toBeLessThan(1 - before + 0.07);
  });

  it('is what supervisord says of a process that is not the one of this host', () => {
    expect(verdict(running(100), 100)).toEqual({ pause: 1, verdict: `rest ; ${unit}=${child.pid},` });
    expect(verdict(running(100), 101).verdict).toMatch(/^wait /);
  });

  it('is what supervisord says where it is on another host', () => {
    expect(verdict(running(0), 1, 'elsewhere')).toEqual({
      pause: 1.05,
      verdict: `wait ${unit} ; ${unit}=${child.pid},`,
    });
  });

  it('is waited for by the second while another service is on its way', () => {
    const seen = verdict(`${running(0)}\n${other} STARTING`, 1);
    expect(seen).toEqual({ pause: 1, verdict: `wait ${unit} ${other} ; ${unit}=${child.pid},` });
  });
});
