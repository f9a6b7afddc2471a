import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { isFinal } from '../../../src/core/run.ts';
import { channelText } from '../../../src/sandbox/channel-text.ts';
import type { SentMessage } from '../../../src/sandbox/slack/record.ts';
import { lastShown, typed } from '../../../src/sandbox/typed.ts';
import { all } from '../../fixtures/all.ts';
import { aProduct, type TestProduct, withApprovals } from '../../fixtures/product.ts';

let product: TestProduct;
beforeAll(async () => {
  product = await aProduct(['aws'], {}, withApprovals);
});
afterAll(() => product.remove());

const at = (...argv: string[]) => product.world.site('aws').exec(argv);
const installed = async () => (await at('ls', '/home/ec2-user/jaws-install/aws-prod')).stdout.trim();
const text = ({ blocks }: SentMessage) => channelText(blocks);

/** Asks for a deploy of prod and waits until its message asks for a second person. */
async function asked(line = 'deploy prod aws'): Promise<{ jobId: string; message: SentMessage }> {
  const delivered = await product.slack.command({ text: line, user: 'ada' });
  await delivered.first;
  const found = async () => {
    const [job] = await product.jobs.list({ limit: 1 });
    const seq = job?.shownSeq ?? -1;
    if (job?.state.status !== 'awaiting' || seq < job.state.seq) return undefined;
    const message = product.slack.record.all().find(({ ts }) => ts === job.message?.ts);
    return message === undefined ? undefined : { jobId: job.state.jobId, message };
  };
  await expect.poll(found).toBeDefined();
  const result = await found();
  if (result === undefined) throw new Error('the run does not wait any more');
  return result;
}

/** Gives prod at aws another secret, which is part of the files that a deploy writes; returns the file as it was. */
function rotate(name: string, value: string): string {
  const { secretsFile } = product.world;
  const before = readFileSync(secretsFile, 'utf8');
  const doc = parseDocument(before);
  doc.setIn(['targets', 'aws-prod', name], value);
  writeFileSync(secretsFile, doc.toString());
  return before;
}

async function press(message: SentMessage, label: string, user: string): Promise<string> {
  const { blocks } = await (await product.slack.click(message, label, user)).first;
  return channelText(blocks);
}

test('a deploy of prod changes nothing before somebody else approves its plan', async () => {
  const { jobId, message } = await asked();
  const waiting = (await product.jobs.find(jobId))?.state;
  expect(text(message)).toContain('waits for approval');
  expect(text(message)).toContain(`Plan ${waiting?.approval?.hash.slice(0, 12)}`);
  expect(text(message)).toContain('files of prod at aws');
  const plan = product.slack
    .thread(message)
    .find(({ text: line, file }) => `${line}${file}`.includes('Plan '));
  expect(`${plan?.text}${plan?.file}`).toContain(`Plan ${waiting?.approval?.hash.slice(0, 12)}`);
  expect(await installed()).toBe('');
  const called = product.slack.thread(message).find((reply) => reply.text.startsWith('Approval of plan'));
  expect(called?.text, 'an edit calls nobody').toMatch(/\n<!subteam\^S000OPERATORS>: Deploy of JAWS Site/);

  expect(await press(message, 'Approve', 'ada')).toContain('cannot approve it as well');
  expect(await press(message, 'Approve', 'mallory')).toContain('refused.permission');
  expect((await typed(product, `approve ${jobId}`, 'ada')).answer).toContain('refused.approval');
  expect((await product.jobs.find(jobId))?.state.status).toBe('awaiting');

  await product.stopBot();
  await product.startBot();
  const answers = await Promise.all([
    press(message, 'Approve', 'grace'),
    typed(product, `approve ${jobId}`, 'grace').then(({ answer }) => answer),
  ]);
  expect(answers.every((answer) => answer.includes('Approved job') || answer.includes('does not wait'))).toBe(
    true,
  );
  const { state } = await lastShown(product.jobs, jobId);
  expect(state).toMatchObject({
    status: 'succeeded',
    planHash: waiting?.approval?.hash,
    attempt: 1,
    approval: { decision: { verdict: 'approved', by: { name: 'grace' } } },
  });
  expect(await product.jobs.list({ limit: 10 })).toHaveLength(1);
  const outcome = product.slack.thread(message).find((reply) => reply.text.startsWith('Outcome of job'));
  expect(outcome?.text).toMatch(/\n<@U\w+>: Deployed JAWS Site .* on prod at aws/);
});

test('a plan that changed meanwhile is not what was approved, and asks again', async () => {
  const { jobId, message } = await asked('deploy prod aws 2.6.0');
  const first = (await product.jobs.find(jobId))?.state.approval;
  const before = rotate('JAWS_RMQ_PW', 'rotated-while-it-waited');
  await press(message, 'Approve', 'grace');
  const again = async () => {
    const state = (await product.jobs.find(jobId))?.state;
    return state?.approval?.hash !== first?.hash || (state !== undefined && isFinal(state));
  };
  await expect.poll(again).toBe(true);
  const state = (await product.jobs.find(jobId))?.state;
  expect(state).toMatchObject({ status: 'awaiting', approval: { changed: true } });
  writeFileSync(product.world.secretsFile, before);
  const stale = await typed(product, `approve ${jobId} --plan ${first?.hash.slice(0, 12)}`, 'grace');
  expect(stale.answer).toContain('the plan has changed');
  const shownSeq = async () => (await product.jobs.find(jobId))?.shownSeq;
  await expect.poll(shownSeq).toBe(state?.seq);
  expect((await typed(product, `reject ${jobId} --reason "not today"`, 'grace')).answer).toContain(
    'Rejected',
  );
  const end = await lastShown(product.jobs, jobId);
  expect(end.state).toMatchObject({ status: 'refused', problem: { code: 'refused.approval' } });
  expect(end.state.problem?.message).toContain('rejected by grace: not today');
});

test('a locked target refuses with owner, reason and end, and the record holds every name', async () => {
  expect((await typed(product, 'lock dev aws "database move" for 2h', 'grace')).answer).toContain('Locked');
  const { answer } = await typed(product, 'stop dev aws', 'ada');
  expect(answer).toContain('locked by grace until');
  expect(answer).toContain('database move');
  expect(answer).toContain('[ Tell me when it is free ]');
  await typed(product, 'lock dev aws --tell-me', 'ada');
  await typed(product, 'unlock dev aws --take', 'ada');
  await product.turn('locks');
  const said = product.slack
    .messages('jaws-aws')
    .map(({ text: line }) => line)
    .join('\n');
  expect(said).toContain('ada has ended the lock of grace on dev at aws');
  expect(said).toContain('ada: dev at aws is free');

  const entries = await all(product.jobs.audit.read({}));
  const names = entries.map(({ who, what }) => `${who.name} ${what}`);
  expect(names).toEqual(
    expect.arrayContaining([
      'ada deploy',
      'mallory approve',
      'grace approve',
      'ada deploy: write',
      'grace reject',
      'grace lock',
      'ada stop',
      'ada unlock',
    ]),
  );
  const { answer: exported } = await typed(product, 'history --audit --json --since 1d', 'ada');
  expect(exported).toContain(`Audit of all sites: ${entries.length} entries. It comes as a file`);
  const files = () => product.slack.record.all().map(({ file }) => file);
  const wanted = expect.stringMatching(/^audit-of-all-sites-.*\.json$/);
  await expect.poll(files).toContainEqual(wanted);
  const record = JSON.stringify(entries);
  const { secrets } = product.world;
  const values = [secrets.default, ...Object.values(secrets.targets)].flatMap((layer) =>
    Object.values(layer),
  );
  expect(values.filter((value) => record.includes(value))).toEqual([]);
});
