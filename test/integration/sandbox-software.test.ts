import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { secretOf } from '../../src/sandbox/secrets.ts';
import type { SiteHandle } from '../../src/sandbox/site.ts';
import { aSandbox, ssh } from '../fixtures/sandbox.ts';
import { until } from '../fixtures/until.ts';

const HOME = '/home/ec2-user';
const user = { user: 'ec2-user' } as const;
let world: Awaited<ReturnType<typeof aSandbox>>;
let site: SiteHandle;

/** A jaws-site.conf as the site's parser wants it: `%` doubled. */
function configuration(db: string, rmq: string): string {
  const ini = (text: string) => text.replaceAll('%', '%%');
  return [
    `[DB]\nuser = jaws\npassword = ${ini(db)}\nhost = mysql.lbl.gov\nport = 3306\ndb = jaws_aws_dev`,
    `[RMQ]\nuser = jaws\npassword = ${ini(rmq)}\nhost = rmq.lbl.gov\nport = 5672\nvhost = jaws_dev`,
    '[GLOBUS]\nendpoint_id =\nhost_path = /\n[CROMWELL]\nurl = http://localhost:50101',
    '[SITE]\nid = aws\ndeployment = dev\ninputs_dir = /tmp/inputs\n',
  ].join('\n');
}

const secret = (name: string) => secretOf(world.secrets, 'aws', 'dev', name) ?? '';
const service = (name: string) =>
  site.exec(
    [`${HOME}/venv/bin/jaws-site`, '--log', `${HOME}/${name}.log`, '--config', `${HOME}/c.conf`, name],
    user,
  );
const logOf = async (name: string) => (await site.exec(['cat', `${HOME}/${name}.log`])).stdout;

beforeAll(async () => {
  world = await aSandbox(['aws']);
  site = world.site('aws');
  const install = await ssh(
    world,
    site,
    'python3.9 -m venv venv && venv/bin/pip install --no-index --find-links /opt/jaws-wheels supervisor==4.2.5 ' +
      '/opt/jaws-wheels/jaws_site-2.5.3-py3-none-any.whl',
  );
  expect(install, install.stderr).toMatchObject({ code: 0 });
});
afterAll(() => world.remove());

describe('the wheels of a site', () => {
  it('give the command in the version asked for', async () => {
    const version = await site.exec([`${HOME}/venv/bin/jaws-site`, '--version'], user);
    expect(version).toMatchObject({ code: 0, stdout: 'jaws-site 2.5.3\n' });
    expect((await site.exec([`${HOME}/venv/bin/jaws-site`, '--help'], user)).stdout).toContain('Stand-in');
  });

  it('give a supervisord that runs, logs and stops the services', async () => {
    writeFileSync(site.path(`${HOME}/c.conf`), configuration(secret('JAWS_DB_PW'), secret('JAWS_RMQ_PW')));
    const conf = [
      '[inet_http_server]\nport = 127.0.0.1:64101',
      `[supervisord]\nlogfile = ${HOME}/s.log\npidfile = ${HOME}/s.pid`,
      '[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface',
      '[supervisorctl]\nserverurl = http://localhost:64101',
      `[program:runs]\ncommand = ${HOME}/venv/bin/jaws-site --log ${HOME}/run.log --config ${HOME}/c.conf run-daemon`,
      // It is not killed for being slow at its end, which it logs.
      'startsecs = 1\nstopwaitsecs = 100\n',
    ].join('\n');
    writeFileSync(site.path(`${HOME}/s.conf`), conf);
    expect((await ssh(world, site, 'venv/bin/supervisord -c s.conf')).code).toBe(0);
    const control = (command: string) =>
      site.exec([`${HOME}/venv/bin/supervisorctl`, '-c', `${HOME}/s.conf`, command, 'runs'], user);
    await until('the service', async () => (await control('status')).stdout.includes('RUNNING'));
    await until('a sign of its life', async () => (await logOf('run')).includes('alive'));
    expect((await control('stop')).stdout).toContain('runs: stopped');
    expect(await logOf('run')).toMatch(
      /logged in to mysql[\s\S]*logged in to rabbitmq[\s\S]*SIGTERM[\s\S]*stopped/,
    );
  });
});

describe('the stand-in services', () => {
  it('end when the database refuses their password', async () => {
    writeFileSync(site.path(`${HOME}/c.conf`), configuration('wrong', secret('JAWS_RMQ_PW')));
    expect(await service('rpc-server')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('access denied'),
    });
  });

  it('end when a required key is missing or the file is not valid', async () => {
    writeFileSync(site.path(`${HOME}/c.conf`), '[DB]\nuser = jaws\n');
    const missing = await service('rpc-server');
    expect(missing.code).toBe(1);
    for (const key of ['[DB] password', '[SITE] id', '[GLOBUS] endpoint_id', '[CROMWELL] url']) {
      expect(missing.stderr).toContain(key);
    }
    writeFileSync(site.path(`${HOME}/c.conf`), configuration('x', 'y').replace('= x', '= 50% off'));
    expect(await service('rpc-server')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('InterpolationSyntaxError'),
    });
  });

  it('end when ordered to, each for itself', async () => {
    writeFileSync(site.path(`${HOME}/c.conf`), configuration(secret('JAWS_DB_PW'), secret('JAWS_RMQ_PW')));
    writeFileSync(site.path(`${HOME}/fail-transfer-daemon`), '');
    expect(await service('transfer-daemon')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('ordered'),
    });
  });

  it('refuse a service there is not', async () => {
    expect(await service('task-log')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('invalid choice'),
    });
  });
});
