import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { join, raw, revealed } from '../../src/core/script.ts';
import { rpcFunctions } from '../../src/launchers/supervisord-rpc.ts';
import { aTarget } from '../fixtures/target.ts';

/** A password of everything that a shell, a reader of ini files or a URL might take for something else. */
const PASSWORD = `a%b 100% &"c"'$(d)\`:/é \\ =#;`;

describe('asking supervisord without supervisorctl', () => {
  const root = mkdtempSync(joinPath(tmpdir(), 'jaws-rpc-'));
  const target = aTarget({ root });
  let answer = { status: 200, body: '' };
  /** Resolves when an answer may be given. */
  let awake: () => Promise<void> = async () => undefined;
  let asked: { login: string; body: string } | undefined;
  let server: Server;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const [, login = ''] = (request.headers.authorization ?? '').split(' ');
        asked = {
          login: Buffer.from(login, 'base64').toString('utf8'),
          body: Buffer.concat(chunks).toString('utf8'),
        };
        void awake().then(() =>
          response.writeHead(answer.status, { 'content-type': 'text/xml' }).end(answer.body),
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    mkdirSync(target.paths.config, { recursive: true });
    configure();
  });
  afterAll(async () => {
    rmSync(root, { recursive: true, force: true });
    await new Promise((resolve) => server.close(resolve));
  });

  function configure(over: Readonly<Record<string, string>> = {}): void {
    const { port } = server.address() as AddressInfo;
    const keys = {
      serverurl: `http://127.0.0.1:${port}`,
      username: 'jaws',
      password: PASSWORD.replaceAll('%', '%%'),
      ...over,
    };
    const lines = Object.entries(keys).map(([key, value]) => `${key}=${value}`);
    const other = '[inet_http_server]\nusername=x\npassword=y\n';
    writeFileSync(`${target.paths.config}/supervisor.conf`, `${other}[supervisorctl]\n${lines.join('\n')}\n`);
  }

  async function ask(call: string): Promise<{ code: number; out: string }> {
    asked = undefined;
    const script = revealed(join([rpcFunctions(target), raw(call)]));
    const given = await promisify(execFile)('sh', ['-c', script]).catch(
      (error: { code: number; stdout: string }) => error,
    );
    return { code: 'code' in given ? given.code : 0, out: given.stdout };
  }

  const member = (name: string, value: string) =>
    `<member>\n<name>${name}</name>\n<value><string>${value}</string></value>\n</member>\n`;
  const processInfo = (group: string, name: string, state: string, description: string) =>
    `<value><struct>\n${member('name', name)}${member('group', group)}<member>\n<name>state</name>\n<value><int>20</int></value>\n</member>\n${member('statename', state)}${member('description', description)}</struct></value>\n`;
  const response = (data: string) =>
    `<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n<value><array><data>\n${data}</data></array></value>\n</param>\n</params>\n</methodResponse>\n`;
  const both =
    processInfo('jaws-site', 'runs', 'RUNNING', 'pid 7, uptime 0:00:05') +
    processInfo('other', 'other', 'FATAL', 'a &lt;b&gt; &amp; c');

  it('prints what supervisorctl would, with its exit codes', async () => {
    answer = { status: 200, body: response(both) };
    expect(await ask('quick_status')).toEqual({
      code: 3,
      out: `${'jaws-site:runs'.padEnd(33)}RUNNING   pid 7, uptime 0:00:05\n${'other'.padEnd(33)}FATAL     a <b> & c\n`,
    });
    expect(asked).toEqual({
      login: `jaws:${PASSWORD}`,
      body: "<?xml version='1.0'?><methodCall><methodName>supervisor.getAllProcessInfo</methodName><params></params></methodCall>",
    });
    const group = await ask(`quick_status 'jaws-site:*'`);
    expect([group.code, group.out.split('\n').length]).toEqual([0, 2]);
    expect((await ask('quick_status jaws-site:runs')).code).toBe(0);
  });

  it.each([
    ['a group that is not there', 'quick_status gone:*', 200, response(both)],
    ['a wrong password', 'quick_status', 401, 'no'],
    ['an answer that was cut', 'quick_status', 200, response(both).slice(0, -60)],
    ['a fault', 'quick_status', 200, response(`${both}<fault>`)],
    [
      'text on two lines',
      'quick_status',
      200,
      response(processInfo('jaws-site', 'runs', 'FATAL', 'one\ntwo') + both),
    ],
    ['no process', 'quick_status', 200, response('')],
    ['a changed group', 'unchanged', 200, response('<value><string>jaws-site</string></value>\n')],
    ['a file that cannot be read', 'unchanged', 200, response('<fault>')],
  ])('leaves %s to supervisorctl', async (_what, call, status, body) => {
    answer = { status, body };
    const { code } = await ask(call);
    expect([0, 3]).not.toContain(code);
  });

  const result = (name: string, status: number) =>
    `<value><struct>\n${member('name', name)}${member('group', 'jaws-site')}<member>\n<name>status</name>\n<value><int>${status}</int></value>\n</member>\n${member('description', 'x')}</struct></value>\n`;

  it.each([
    ['stop', 'stopped'],
    ['start', 'started'],
  ])('wakes a supervisord that has nothing else to wake it for a %s', async (what, done) => {
    answer = { status: 200, body: response(result('runs', 80)) };
    awake = () => new Promise((resolve) => server.once('connection', () => resolve()));
    const said = await ask(`quick_${what}`);
    awake = async () => undefined;
    expect(said).toEqual({ code: 0, out: `jaws-site:runs: ${done}\n` });
  });

  it('starts and stops our group, with the words and exit codes of supervisorctl', async () => {
    answer = { status: 200, body: response(result('runs', 80) + result('rpc-server', 60)) };
    expect(await ask('quick_start')).toEqual({
      code: 0,
      out: 'jaws-site:runs: started\njaws-site:rpc-server: ERROR (already started)\n',
    });
    expect(asked?.body).toContain(
      'supervisor.startProcessGroup</methodName><params><param><value><string>jaws-site</string></value></param>',
    );
    answer = { status: 200, body: response(result('runs', 80) + result('rpc-server', 70)) };
    expect(await ask('quick_stop')).toEqual({
      code: 0,
      out: 'jaws-site:runs: stopped\njaws-site:rpc-server: ERROR (not running)\n',
    });
    answer = { status: 200, body: response(result('runs', 50) + result('rpc-server', 40)) };
    expect(await ask('quick_start')).toEqual({
      code: 7,
      out: 'jaws-site:runs: ERROR (spawn error)\njaws-site:rpc-server: ERROR (abnormal termination)\n',
    });
    answer = { status: 200, body: response(result('runs', 21)) };
    expect((await ask('quick_start')).code).toBe(9);
  });

  it('knows files without a change', async () => {
    answer = { status: 200, body: response('') };
    expect(await ask('unchanged')).toEqual({ code: 0, out: '' });
    expect(asked?.body).toContain('supervisor.reloadConfig');
  });

  it.each([
    ['serverurl', 'unix:///run/supervisor.sock'],
    ['serverurl', 'http://127.0.0.1:1'],
    ['password', '%(ENV_PASSWORD)s'],
    ['password', 'word ; comment'],
  ])('leaves %s=%s to supervisorctl', async (key, value) => {
    configure({ [key]: value });
    answer = { status: 200, body: response(both) };
    expect((await ask('quick_status')).code).toBe(9);
    expect(asked).toBeUndefined();
    configure();
  });
});
