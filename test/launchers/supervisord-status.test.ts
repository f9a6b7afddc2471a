import { describe, expect, it } from 'vitest';
import {
  answerOf,
  otherGroups,
  parseStatus,
  parseUptime,
  serviceStatuses,
  strangersOf,
} from '../../src/launchers/supervisord-status.ts';
import { aTarget } from '../fixtures/target.ts';

/** As supervisorctl 4.2.5 prints it. */
const STATUS = `Welcome to a login node
jaws-cromwell:cromwell           RUNNING   pid 812, uptime 12 days, 3:04:05
jaws-site:message-consumer       STOPPED   Nov 22 01:21 PM
jaws-site:rpc-server             EXITED    Nov 22 01:21 PM
jaws-site:runs                   RUNNING   pid 10701, uptime 0:01:02
jaws-site:task-log               FATAL     can't find command '/nonexistent'
jaws-site:transfers              BACKOFF   Exited too quickly (process log may have details)
lonely                           STARTING  `.split('\n');

describe('the output of supervisorctl status', () => {
  const processes = parseStatus(STATUS);

  it('becomes one status per service, in the order of the catalogue', () => {
    expect(serviceStatuses(aTarget(), { processes })).toEqual([
      { service: 'run-daemon', unit: 'jaws-site:runs', condition: 'running', pid: 10701, uptimeSec: 62 },
      {
        service: 'transfer-daemon',
        unit: 'jaws-site:transfers',
        condition: 'starting',
        detail: 'starting again: Exited too quickly (process log may have details)',
      },
      {
        service: 'rpc-server',
        unit: 'jaws-site:rpc-server',
        condition: 'stopped',
        detail: 'ended by itself, Nov 22 01:21 PM',
      },
      {
        service: 'message-consumer',
        unit: 'jaws-site:message-consumer',
        condition: 'stopped',
        detail: 'Nov 22 01:21 PM',
      },
    ]);
  });

  it('is not taken for running what has not run past its settle time when a settle found no rest', () => {
    const [runs] = serviceStatuses(aTarget(), { processes, unsettledSec: 63 });
    expect(runs).toMatchObject({
      service: 'run-daemon',
      condition: 'starting',
      detail: 'runs for 62 s only',
    });
    const [settled] = serviceStatuses(aTarget(), { processes, unsettledSec: 62 });
    expect(settled).toMatchObject({ condition: 'running' });
  });

  it('tells members that are not ours and groups of others', () => {
    expect(strangersOf(aTarget(), processes)).toEqual(['jaws-site:task-log']);
    expect(otherGroups(processes)).toEqual(['jaws-cromwell', 'lonely']);
  });

  it('leaves services that are not listed as missing', () => {
    expect(serviceStatuses(aTarget(), { processes: [] }).map((service) => service.condition)).toEqual(
      Array(4).fill('missing'),
    );
  });

  it.each([
    ['uptime 0:00:05', 5],
    ['pid 1, uptime 23:59:59', 86_399],
    ['uptime 1 day, 0:00:05', 86_405],
    ['uptime 12 days, 3:04:05', 1_047_845],
    ['Not started', undefined],
  ])('reads %s', (text, seconds) => {
    expect(parseUptime(text)).toBe(seconds);
  });
});

describe('an answer of supervisorctl', () => {
  const protocol = "error: <class 'xmlrpc.client.ProtocolError'>, <ProtocolError for 127.0.0.1/RPC2:";
  it.each([
    [0, 'jaws-site:runs  RUNNING  pid 1, uptime 0:00:05', 'answered'],
    [3, 'jaws-site:runs  STOPPED  Not started', 'answered'],
    [4, 'http://localhost:64101 refused connection', 'refused'],
    [4, 'jaws-site: ERROR (no such group)', 'answered'],
    [1, `Server requires authentication\n${protocol} 401 Unauthorized>: file: xmlrpc.py line: 539`, 'denied'],
    [
      1,
      "error: <class 'socket.gaierror'>, [Errno -2] Name or service not known: file: socket.py",
      'unresolved',
    ],
    [1, `${protocol} 501 Unsupported method ('POST')>: file: xmlrpc.py line: 539`, 'other'],
    [2, "Error: Format string 'a%b' for 'supervisorctl.password' is badly formatted", 'bad-config'],
    [2, 'Error: could not find config file none.conf', 'bad-config'],
    [127, 'bin/supervisorctl: line 4: exec: supervisorctl: not found', 'no-tool'],
    [1, 'bin/supervisorctl: line 3: /x/venv/bin/activate: No such file or directory', 'no-tool'],
  ] as const)('with exit code %i and "%s" means %s', (code, text, answer) => {
    expect(answerOf(code, text)).toBe(answer);
  });
});
