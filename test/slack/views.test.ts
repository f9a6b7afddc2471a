import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Reply } from '../../src/commands/command.ts';
import { renderText } from '../../src/commands/render-text.ts';
import { STEP_IDS } from '../../src/core/plan.ts';
import { advance, type RunState } from '../../src/core/run.ts';
import { TARGET_CONDITIONS, TARGET_WORDS } from '../../src/core/service.ts';
import { refusalOf } from '../../src/sandbox/slack/blocks.ts';
import { printable } from '../../src/slack/blocks/text.ts';
import { type MessageView, outputView, replyMessage, runMessage } from '../../src/slack/views.ts';
import { directory } from '../fixtures/directory.ts';
import { failedIn, fold, queued, runningIn, succeeded, T0, targetStatus } from '../fixtures/runs.ts';

function expectSound(view: MessageView): void {
  expect(refusalOf(view.blocks, 'message')).toBeUndefined();
  expect(view.text.length).toBeGreaterThan(0);
  expect(view.text.length).toBeLessThanOrEqual(3500);
}

const huge = '<!channel> & `x` ```\u001b[31m'.repeat(40);
const states: [string, RunState][] = [
  ['queued', queued()],
  [
    'queued with everything',
    queued('d-9', { version: 'x'.repeat(64), reason: huge, launchTool: 'scrontab' }),
  ],
  ...STEP_IDS.map((step): [string, RunState] => [`running ${step}`, runningIn(step)]),
  ['failed', failedIn('stage', 'no space left on device\nsecond line')],
  ['failed with long everything', longRun()],
  ['succeeded', succeeded()],
  ...(['refused', 'cancelled'] as const).map((status): [string, RunState] => [
    status,
    fold(queued(), { at: T0 + 9, type: 'finished', status }),
  ]),
  ...TARGET_CONDITIONS.map((condition): [string, RunState] => [
    `observed ${condition}`,
    fold(runningIn('verify'), { at: T0, type: 'observed', status: targetStatus(condition, huge) }),
  ]),
];

function longRun(): RunState {
  let state = runningIn('check');
  for (const step of STEP_IDS) {
    state = fold(
      state,
      {
        at: T0,
        type: 'step-output',
        step,
        text: Array.from({ length: 12 }, () => huge.slice(0, 300)).join('\n'),
      },
      { at: T0, type: 'step-finished', step, status: 'failed', detail: huge },
    );
  }
  return fold(
    state,
    { at: T0, type: 'observed', status: targetStatus('fatal', huge) },
    {
      at: T0,
      type: 'finished',
      status: 'failed',
      problem: { code: 'step.failed', message: huge, next: huge },
    },
  );
}

describe.each(['plan', 'section'] as const)('as %s', (style) => {
  test.each(states)('the message of a run %s is taken by Slack', (_, state) => {
    const view = runMessage(state, style);
    expectSound(view);
    const raw = JSON.stringify(
      view.blocks.filter((block) => block.type === 'section' || block.type === 'context'),
    );
    expect(raw).not.toContain('<!channel>');
    expect(view.text).not.toContain('<!channel>');
  });

  test('many targets with long details are taken by Slack', () => {
    const targets = directory.sites.flatMap((site) =>
      directory.deployments.map((deployment) => ({ ...targetStatus('fatal', huge), site, deployment })),
    );
    expectSound(replyMessage({ kind: 'status', targets }, style, T0));
  });

  test.each(TARGET_CONDITIONS)('status says %s in words of its own', (condition) => {
    const view = replyMessage({ kind: 'status', targets: [targetStatus(condition)] }, style, T0);
    expectSound(view);
    expect(JSON.stringify(view.blocks)).toContain(TARGET_WORDS[condition]);
    expect(view.text).toContain(TARGET_WORDS[condition]);
  });

  const replies: Reply[] = [
    { kind: 'text', text: huge },
    {
      kind: 'help',
      entries: Array.from({ length: 30 }, () => ({ usage: huge, summary: huge })),
      details: [huge],
    },
    { kind: 'run', state: queued(), channel: '#jaws-aws' },
    {
      kind: 'busy',
      job: { state: runningIn('stage'), message: { channel: 'C1', ts: '1', permalink: 'http://x' } },
    },
    { kind: 'jobs', jobs: [] },
    { kind: 'jobs', jobs: Array.from({ length: 15 }, () => ({ state: longRun() })) },
    { kind: 'problem', problem: { code: 'usage.flag', message: huge, next: 'Type `/jaws help`.' } },
    { kind: 'status', targets: [] },
  ];
  test.each(replies.map((reply): [string, Reply] => [reply.kind, reply]))(
    'a %s reply is taken by Slack',
    (_, reply) => {
      expectSound(replyMessage(reply, style, T0));
    },
  );

  test('whatever a site prints, Slack takes the message', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 4000 }),
        fc.array(fc.string({ unit: 'binary', maxLength: 400 }), { maxLength: 14 }),
        (detail, lines) => {
          const state = fold(runningIn('stage'), {
            at: T0,
            type: 'step-output',
            step: 'stage',
            text: lines.join('\n'),
          });
          expectSound(
            runMessage(
              advance(state, { at: T0, type: 'step-finished', step: 'stage', status: 'failed', detail }),
              style,
            ),
          );
        },
      ),
      { numRuns: 200 },
    );
  });
});

test('the eight conditions have eight different words', () => {
  expect(new Set(Object.values(TARGET_WORDS)).size).toBe(TARGET_CONDITIONS.length);
});

test('the header says what, where, which version and how long', () => {
  const header = runMessage(succeeded(), 'plan').blocks[0];
  expect(header).toMatchObject({ text: { text: '✅ Deployed JAWS Site 2.5.4 on dev at aws in 5.0 s' } });
});

test('a failure names the step, the first line of its cause and what to do', () => {
  const view = runMessage(failedIn('stage', 'no space left\nsecond line'), 'section');
  const text = JSON.stringify(view.blocks);
  expect(text).toContain('*Stage failed*: no space left"');
  expect(text).toContain('Next: Free some space.');
  expect(view.text).toContain('no space left');
});

test('the plan keeps its block_id, so that a client keeps it open', () => {
  const ids = [runningIn('check'), runningIn('start'), succeeded()].map(
    (state) => runMessage(state, 'plan').blocks.find((block) => block.type === 'plan')?.block_id,
  );
  expect(new Set(ids)).toEqual(new Set(['plan-d-1']));
});

test('the plain text of a run has the words of the message', () => {
  const text = renderText({ kind: 'run', state: succeeded(), channel: '#x' }, T0);
  expect(text).toContain('Deployed JAWS Site 2.5.4 on dev at aws in 5.0 s');
  expect(text).toMatch(/run-daemon +running +100 +1 min 01 s/);
  const hostile = renderText({ kind: 'text', text: 'a\u001b]0;x\u0007b' }, T0);
  expect(hostile).toBe('a?]0;x?b');
});

describe('the output of a failed step', () => {
  const state = failedIn('stage', 'x');
  const step = state.steps.find(({ id }) => id === 'stage');
  if (step === undefined) throw new Error('no stage');

  test.each([0, 1, 3000, 9000])('of %i characters fits messages', (length) => {
    const view = outputView(state, step, 'y'.repeat(length));
    if (view.kind !== 'messages') throw new Error(view.kind);
    expect(view.texts.length).toBeLessThanOrEqual(3);
    for (const text of view.texts) expect(text.length).toBeLessThanOrEqual(3500);
    expect(view.texts.join('').replaceAll(/[^y]/g, '')).toContain('y'.repeat(length).slice(0, 3000));
  });

  test('that is longer becomes a file', () => {
    const output = Array.from({ length: 800 }, (_, i) => `line ${i} & more`).join('\n');
    expect(outputView(state, step, output)).toMatchObject({
      kind: 'file',
      filename: 'd-1-stage.txt',
      content: `${output}\n`,
    });
  });
});

test('terminal sequences are removed as a whole', () => {
  expect(
    printable('\u001b[1;31mred\u001b[0m \u001b]8;;http://x\u0007link\u001b]8;;\u001b\\ a\r\nb\u0000'),
  ).toBe('red link a\nb');
});
