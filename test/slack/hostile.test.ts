import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exitOf } from '../../src/commands/outcome.ts';
import { answer } from '../../src/commands/parse.ts';
import { renderText } from '../../src/commands/render-text.ts';
import { advance } from '../../src/core/run.ts';
import { readLogs } from '../../src/launchers/service-log.ts';
import { refusalOf } from '../../src/sandbox/slack/blocks.ts';
import { type MessageView, outputView, replyMessage, runMessage, textFile } from '../../src/slack/views.ts';
import { alice, directory } from '../fixtures/directory.ts';
import { FakeJobs } from '../fixtures/jobs.ts';
import { queued, runningIn, T0, targetStatus } from '../fixtures/runs.ts';
import { aFolder, runHere } from '../fixtures/shell.ts';
import { aTarget } from '../fixtures/target.ts';
import { CONTROL, HOSTILE, hostile, line, textsOf } from './hostile.ts';

/** One run of the generator, the same each time: what fails today can be looked at tomorrow. */
const SEED = 20_261_122;
const LINES = 10_000;

/** Time of the processor that this process has used, in milliseconds. */
function cpuMsSince(begun: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1_000;
}

/** What Slack would make something of: anything in angle brackets that is not one of our own forms. */
const MARKUP = /<(?!!date\^|@U0ALICE>|https?:\/\/slack\/)/;
function expectHarmless({ text, blocks }: MessageView): void {
  if (blocks.length > 0) expect(refusalOf(blocks, 'message')).toBeUndefined();
  const { mrkdwn, all } = textsOf(blocks);
  for (const said of [text, ...mrkdwn]) expect(said).not.toMatch(MARKUP);
  for (const said of [text, ...all]) expect(said).not.toMatch(CONTROL);
}

/** A queue whose sites answer with the same hostile text everywhere. */
function aHostileWorld(said: string): FakeJobs {
  const jobs = new FakeJobs();
  jobs.jobs.set('d-1', { state: queued('d-1', { site: 'dori', reason: said }) });
  jobs.statuses = async ({ site }) => [
    { ...targetStatus('degraded', said), site, version: said },
    { ...targetStatus('unreachable', said), site },
  ];
  jobs.reports = async () => ({
    title: said,
    findings: [{ level: 'fail', subject: said, message: said, next: said }],
    tables: [{ title: said, head: [said, 'b'], rows: [[said, said]] }],
    text: said,
    next: said,
  });
  return jobs;
}

test(`${LINES} generated command lines: each has one clear answer (seed ${SEED})`, {
  timeout: 900_000,
}, async () => {
  const slowest = { ms: 0, text: '' };
  await fc.assert(
    fc.asyncProperty(line, hostile, async (text, said) => {
      const jobs = aHostileWorld(said);
      const begun = process.cpuUsage();
      const reply = await answer(text, { caller: alice, directory, jobs, now: () => T0 });
      const shown = renderText(reply, T0, 'jaws-ops');
      const ms = cpuMsSince(begun);
      if (ms > slowest.ms) Object.assign(slowest, { ms, text });
      expect(shown.trim()).not.toBe('');
      expect(shown).not.toMatch(CONTROL);
      expectHarmless(replyMessage(reply, 'plan', T0));
      expect(jobs.submitted.length).toBeLessThanOrEqual(1);
      if (reply.kind === 'problem') {
        expect(reply.problem.code).not.toBe('internal');
        expect(reply.problem.message).not.toBe('');
        expect(reply.problem.next).not.toBe('');
        expect(exitOf(reply)).toBeGreaterThan(0);
        expect(jobs.submitted).toEqual([]);
      }
      for (const { site, deployment, version = '', service = '' } of jobs.submitted) {
        expect(directory.sites).toContain(site);
        expect(directory.deployments).toContain(deployment);
        expect(version).toMatch(/^[\w.-]*$/);
        expect(service).toMatch(/^[\w-]*$/);
      }
    }),
    { numRuns: LINES, seed: SEED },
  );
  // Far less than a person waits. Of the processor's time, as others may use the machine too.
  expect(slowest.ms, slowest.text).toBeLessThan(2_000);
});

test.each(HOSTILE.map((text) => [JSON.stringify(text).slice(0, 40), text]))(
  'a run whose every text is %s is shown as text and nothing else',
  (_name, said) => {
    const state = advance(
      runningIn('stage', { ...queued('d-1', { reason: said, version: said }), version: said, notes: [said] }),
      { at: T0, type: 'step-output', step: 'stage', text: `${said}\n`.repeat(20) },
    );
    const failed = advance(
      advance(state, { at: T0, type: 'step-finished', step: 'stage', status: 'failed', detail: said }),
      {
        at: T0,
        type: 'finished',
        status: 'failed',
        problem: { code: 'step.failed', message: said, next: said },
      },
    );
    const ended = { ...failed, observed: { ...targetStatus('fatal', said), version: said } };
    for (const style of ['plan', 'section'] as const) expectHarmless(runMessage(ended, style));
    expect(renderText({ kind: 'run', state: ended, channel: '#x' }, T0)).not.toMatch(CONTROL);
    const [step] = failed.steps;
    if (step === undefined) throw new Error('the run has no step');
    const view = outputView(failed, step, said.repeat(3));
    const texts = view.kind === 'file' ? [view.title, view.content] : view.texts;
    for (const text of texts) expect(text).not.toMatch(CONTROL);
    if (view.kind === 'messages') for (const text of texts) expect(text).not.toMatch(MARKUP);
    const file = textFile(said, said);
    expect(file.filename).toMatch(/^[a-z0-9-]+\.txt$/);
    expect(file.title).not.toMatch(MARKUP);
    expect(file.content).not.toMatch(CONTROL);
  },
);

test.each(HOSTILE.map((text) => [JSON.stringify(text).slice(0, 40), text]))(
  'the audit that holds %s is shown as text and nothing else',
  async (_name, said) => {
    const jobs = new FakeJobs();
    const who = { id: said, name: said, via: 'cli' as const };
    for (const kind of ['said', 'step', 'result'] as const)
      await jobs.audit.append({ at: T0, who, kind, what: said, site: 'aws', outcome: said, details: said });
    const reply = await answer('history --audit aws', { caller: alice, directory, jobs, now: () => T0 });
    expect(reply).toMatchObject({ kind: 'report', report: { title: 'Audit of aws: the last 3' } });
    expect(renderText(reply, T0)).not.toMatch(CONTROL);
    for (const style of ['plan', 'section'] as const) expectHarmless(replyMessage(reply, style, T0));
  },
);

/** No UTF-8, a NUL, a line that a terminal draws over, and lines in the form of the answer they travel in. */
const BYTES = Buffer.concat([
  Buffer.from([0xff, 0xfe, 0xc3, 0x28, 0xf0, 0x9f, 0x00, 0x0a]),
  Buffer.from('shown\r\u0008over\n| log.0:0\nrecord=complete\nlog.0:1\n'),
  Buffer.from(HOSTILE.join('\n')),
]);

test('a service log of five megabytes, hostile in every line, stays what it is: text, and not too much of it', () => {
  const folder = aFolder();
  try {
    const file = `${folder.path}/service.log`;
    const flood = Buffer.alloc(5_000_000, 'é\u001b[31m<!channel>');
    writeFileSync(
      file,
      Buffer.concat([flood, Buffer.from('\n'), ...Array(100).fill(BYTES), Buffer.from('\n'), flood]),
    );
    const fact = readLogs(aTarget(), [{ service: 'runs', file }], 2_000);
    const { stdout, code } = runHere(fact.script);
    expect(Buffer.byteLength(stdout)).toBeLessThan(1_000_000);
    const [log] = fact.parse(stdout, code);
    const lines = log?.lines ?? [];
    expect(lines).toHaveLength(2_000);
    for (const own of ['| log.0:0', 'record=complete', 'log.0:1']) expect(lines).toContain(own);
    const text = lines.join('\n');
    const reply = { kind: 'report', report: { title: 'Logs', text, cutFrom: 'start' } } as const;
    expect(renderText(reply, T0)).not.toMatch(CONTROL);
    for (const style of ['plan', 'section'] as const) expectHarmless(replyMessage(reply, style, T0));
    expect(textFile('Logs', text).content).not.toMatch(CONTROL);
  } finally {
    folder.remove();
  }
});

test('megabytes of output without a line end stay small in the run and in its message', () => {
  const flood = `${'\u001b[31m<!channel>'.repeat(400_000)}`;
  const begun = process.cpuUsage();
  const state = advance(runningIn('stage'), { at: T0, type: 'step-output', step: 'stage', text: flood });
  expect(JSON.stringify(state).length).toBeLessThan(64 * 1024);
  expectHarmless(runMessage(state, 'plan'));
  expect(cpuMsSince(begun)).toBeLessThan(5_000);
});
