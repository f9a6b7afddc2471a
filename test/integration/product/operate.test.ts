import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { STEERING } from '../../../src/commands/text.ts';
import { typed } from '../../../src/sandbox/typed.ts';
import { questionsOf } from '../../docs/pages.ts';
import { commandLines, documentOf } from '../../fixtures/command-lines.ts';
import { answering, lineOfEach, SURE, WRONG } from '../../fixtures/every-command.ts';
import { aProduct, type TestProduct } from '../../fixtures/product.ts';

const INSTALL = '/home/ec2-user/jaws-install/aws-dev';
const CONF = `${INSTALL}/config/jaws-site.conf`;

let product: TestProduct;
beforeAll(async () => {
  product = await aProduct(['aws']);
  const { state } = await typed(product, '/jaws deploy dev aws');
  expect(state?.problem).toBeUndefined();
});
afterAll(() => product?.remove());

/** What steers a terminal or turns the direction of a text around, plain, in JSON or in a form. */
const CONTROL = new RegExp(`${STEERING.source}|\\\\u(?:001b|009b|202e|0000)|%1B|%C2%9B|%00|%E2%80%AE`, 'u');
/** What Slack makes a mention of, in texts that it reads as mrkdwn. */
const PINGS = /<(!channel|!here|!everyone|@U0VICTIM|!subteam)/;
/** Every kind of trouble a program can print: terminal sequences, mrkdwn, turned text, no UTF-8, NUL, our own marks. */
const TROUBLE = Buffer.concat([
  Buffer.from(
    '\u001b[2J\u001b]0;owned\u0007\u001b]52;c;ZXZpbA==\u0007\u009b31m <!channel> <!here> <@U0VICTIM> *b* ```\n',
  ),
  Buffer.from(
    '\u202egnp.exe \u2066hidden\u2069 <http://evil.example|click> &lt;!everyone&gt;\r\u0008over\0\0\n',
  ),
  Buffer.from([0xff, 0xfe, 0xc3, 0x28, 0xf0, 0x9f, 0x0a]),
  Buffer.from('| log.0:0\nrecord=complete\nlog.0:1\n$(touch /tmp/x) `id` {{raw}} %(ENV_HOME)s\n'),
]);

/** Texts of blocks that Slack reads as mrkdwn. */
function mrkdwnOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const text: unknown = Reflect.get(value, 'text');
  if (Reflect.get(value, 'type') === 'mrkdwn' && typeof text === 'string') return [text];
  return Object.values(value).flatMap(mrkdwnOf);
}

const site = () => product.world.site('aws');
const pids = async () => {
  const { state } = await typed(product, '/jaws start dev aws');
  return new Map(state?.observed?.services.map(({ service, pid }) => [service, pid]));
};

describe.sequential('a deployed site is operated', () => {
  test('one service is restarted, the others do not notice', async () => {
    const before = await pids();
    const { state, shown } = await typed(product, '/jaws restart aws dev rpc-server');
    expect(state?.status).toBe('succeeded');
    expect(shown).toContain('Restarted rpc-server on dev at aws');
    const after = await pids();
    expect(after.get('rpc-server')).not.toBe(before.get('rpc-server'));
    for (const other of ['run-daemon', 'transfer-daemon', 'message-consumer'])
      expect(after.get(other)).toBe(before.get(other));
  });

  test('it is stopped, and started again with the version that was live', async () => {
    const stopped = await typed(product, '/jaws stop dev aws --reason "a test"');
    expect(stopped.state?.status).toBe('succeeded');
    expect(stopped.shown).toContain('reason: a test');
    expect((await typed(product, '/jaws status aws dev')).shown).toContain('dev at aws: stopped');
    const started = await typed(product, '/jaws start dev aws');
    expect(started.state).toMatchObject({ status: 'succeeded', version: '2.5.4', notes: [] });
  });

  test('only an operator may', async () => {
    const { shown, succeeded } = await typed(product, '/jaws stop dev aws', 'mallory');
    expect(succeeded).toBe(false);
    expect(shown).toContain('does not have the right "operate"');
  });

  test('the last lines of a log are read, as many as asked for', async () => {
    const { shown } = await typed(product, '/jaws logs dev aws run-daemon -n 3', 'mallory');
    expect(shown).toContain('the last 3 lines');
    expect(shown.match(/run-daemon: /g)).toHaveLength(3);
    expect((await typed(product, '/jaws logs dev aws run-daemon -n 0')).shown).toContain('-n: got "0"');
    expect((await typed(product, '/jaws logs dev aws perf-daemon')).shown).toContain('expected SERVICE');
  });

  test('a log full of hostile bytes is shown as text, and no more of it than was asked for', async () => {
    const log = site().path(`${INSTALL}/log/site-run-daemon.log`);
    const flood = Buffer.alloc(5_000_000, 'é\u001b[31m<!channel>');
    appendFileSync(log, Buffer.concat([flood, Buffer.from('\n'), ...Array(800).fill(TROUBLE)]));
    const before = product.slack.record.transcript().length;
    const delivered = await product.slack.command({
      text: 'logs dev aws run-daemon -n 2000',
      user: 'mallory',
    });
    const { text, blocks } = await delivered.first;
    await expect.poll(() => product.slack.direct('mallory')).toMatchObject([{ file: expect.any(String) }]);
    expect(delivered.replies).toHaveLength(1);
    expect(blocks.length).toBeGreaterThan(0);
    for (const said of [text, ...mrkdwnOf(blocks)]) expect(said).not.toMatch(PINGS);
    const sent = product.slack.record.transcript().slice(before);
    // An upload is a form in parts, whose own lines end in CR LF.
    for (const body of sent) expect(CONTROL.exec(body.replaceAll('\r\n', '\n'))).toBeNull();
    const file = sent.find((body) => body.split('\n').length > 1_000) ?? '';
    expect(file).toContain('record=complete');
    expect(Math.max(...file.split('\n').map((line) => Buffer.byteLength(line)))).toBeLessThanOrEqual(
      2_000 * 3,
    );
    expect(sent.join('').length).toBeLessThan(1_000_000);

    appendFileSync(log, Buffer.concat([Buffer.from('\n'), flood]));
    const one = await typed(product, '/jaws logs dev aws run-daemon -n 1', 'mallory');
    expect(one.shown).toContain('the last 1 lines');
    expect(one.shown).not.toMatch(CONTROL);
    expect(one.shown.length).toBeLessThan(5_000);
  });

  test('a lock whose owner is hostile refuses a change, and is quoted as text', async () => {
    const lock = site().path(`${INSTALL}/.jaws-ops/lock`);
    mkdirSync(lock, { recursive: true });
    writeFileSync(`${lock}/owner`, Buffer.concat([Buffer.from('ci 4711 '), TROUBLE, TROUBLE]));
    const { state, shown, message } = await typed(product, '/jaws restart dev aws rpc-server');
    rmSync(lock, { recursive: true });
    expect(state?.status).toBe('refused');
    expect(shown).toContain('locked at the site by ci 4711');
    expect(shown).not.toMatch(CONTROL);
    for (const said of [message?.text ?? '', ...mrkdwnOf(message?.blocks)]) expect(said).not.toMatch(PINGS);
  });

  test('a change by hand is shown, and no secret with it', async () => {
    expect((await typed(product, '/jaws diff dev aws')).shown).toContain('No difference');
    const path = site().path(CONF);
    const before = readFileSync(path, 'utf8');
    const changed = before
      .replace(/^max_user_active_runs.*$/m, 'max_user_active_runs = 7')
      .replace(/^(password *= *).*$/m, '$1hunter2-of-old')
      .replace(/$/, 'spare_password = swordfish\n# the old one was open-sesame\n');
    writeFileSync(path, changed);
    const { shown } = await typed(product, '/jaws diff dev aws');
    writeFileSync(path, before);
    expect(shown).toContain(CONF);
    expect(shown).toMatch(/-max_user_active_runs = 7/);
    expect(shown).toMatch(/\+max_user_active_runs=200/);
    expect(shown).toMatch(/-password=•+ \(another value\)/);
    for (const secret of ['hunter2', 'swordfish', 'open-sesame']) expect(shown).not.toContain(secret);
  });

  test('a healthy site has no problem', async () => {
    const { shown } = await typed(product, '/jaws doctor aws');
    expect(shown).toContain('aws: 0 problems');
    expect(shown).toMatch(/clock.*agrees/);
    expect(shown).toMatch(/port 64101.*supervisord of dev/);
  });

  test('who did what is on record', async () => {
    const { shown } = await typed(product, '/jaws history aws dev');
    expect(shown).toMatch(/ada +restart rpc-server +aws-dev +2\.5\.4 +succeeded/);
    expect(shown).toMatch(/ada +deploy +aws-dev +2\.5\.4 +succeeded/);
  });

  test('every command answers a script with one document, and ends as it does for people', async () => {
    const { slack, world } = product;
    const out = mkdtempSync(join(tmpdir(), 'jaws-ops-json-'));
    const asked = ['--url', `${slack.botUrl}/slack/events`, '--user', `${slack.users['ada']}`];
    const lines = [...lineOfEach(out, asked), ...WRONG];
    const told = await commandLines(
      lines.flatMap((line) => [line, [...line, '--json']]),
      {
        ...process.env,
        REDIS_URL: world.redisUrl,
        JAWS_OPS_CONFIG: world.configDir,
        JAWS_OPS_SECRETS: world.secretsFile,
        SLACK_BOT_TOKEN: slack.botToken,
        SLACK_SIGNING_SECRET: slack.signingSecret,
      },
    ).finally(() => rmSync(out, { recursive: true, force: true }));
    for (const name of answering())
      expect(
        lines.some((line) => line.join(' ').startsWith(name)),
        `${name} is not tried`,
      ).toBe(true);
    lines.forEach((line, i) => {
      const [plain, json] = told.slice(2 * i, 2 * i + 2);
      const wrong = WRONG.includes(line);
      const seen = `${line.join(' ')}: ${JSON.stringify({ plain, json })}`;
      if (plain === undefined || json === undefined) throw new Error(seen);
      expect.soft(json.code, seen).toBe(plain.code);
      if (wrong) expect.soft(json.code, seen).toBe(2);
      if (SURE.some((name) => line.join(' ').startsWith(name)) && !wrong)
        expect.soft(json.code, seen).toBe(0);
      const { data, problems } = documentOf(json.stdout);
      expect.soft(typeof data, seen).toBe('object');
      if (wrong || plain.stdout === '') expect.soft(problems.length, seen).toBeGreaterThan(0);
    });
  }, 600_000);

  test('a port held by a stranger, a drifted file and a stopped service are found, each with a remedy', async () => {
    const stranger = `import socket, time
s = socket.socket(); s.bind(("127.0.0.1", 64102)); s.listen(); print("up", flush=True); time.sleep(600)`;
    const { stdout } = await site().exec([
      'sh',
      '-c',
      'python3 -c "$1" >/tmp/up 2>&1 & echo $!; while ! grep -q up /tmp/up; do sleep 0.1; done',
      'sh',
      stranger,
    ]);
    writeFileSync(site().path(`${INSTALL}/bin/rpc-server`), '#!/bin/bash\nexit 1\n');
    await typed(product, '/jaws stop dev aws');
    const { shown } = await typed(product, '/jaws doctor aws');
    await site().exec(['kill', stdout.trim()]);
    expect(shown).toMatch(/port 64102.*of supervisord of staging is held by a process of root/);
    expect(shown).toContain('JAWS_SUPERVISOR_PORT');
    expect(shown).toMatch(/dev: drift.*rpc-server/);
    expect(shown).toMatch(/dev: services.*stopped/);
  });

  test('the questions that the guides tell people to ask are answered here', async () => {
    const wrong: string[] = [];
    const seen = questionsOf(['docs/handbook.md', 'docs/setup.md', 'docs/commands.md'], 'aws', 'dev');
    expect(seen.length).toBeGreaterThan(12);
    for (const question of seen) {
      const { shown } = await typed(product, question);
      if (/\((usage|internal|site|queue|refused)\.?[a-z-]*\)/.test(shown) || shown.trim() === '')
        wrong.push(`${question}: ${shown}`);
    }
    expect(wrong).toEqual([]);
  });

  test('a bucket has neither crontab nor cleanup', async () => {
    expect((await typed(product, '/jaws cron show aws')).shown).toContain('No crontab for aws');
    expect((await typed(product, '/jaws cleanup dev aws --dry-run')).shown).toContain('Nothing to clean up');
    const { state } = await typed(product, '/jaws cleanup dev aws');
    expect(state?.status).toBe('refused');
  });

  test('a site that is down is told apart, also by what can still be said of it', async () => {
    await site().stopSshd();
    site().cutConnections();
    const { shown, succeeded } = await typed(product, '/jaws doctor aws');
    const log = await typed(product, '/jaws logs dev aws rpc-server');
    await site().startSshd();
    expect(succeeded).toBe(false);
    expect(shown).toContain('aws cannot be examined');
    expect(log.succeeded).toBe(false);
  });
});
