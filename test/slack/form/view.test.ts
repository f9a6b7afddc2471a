import { describe, expect, test } from 'vitest';
import { fieldsOf, formCommands } from '../../../src/commands/form.ts';
import { commands } from '../../../src/commands/registry.ts';
import type { Report } from '../../../src/core/look.ts';
import { viewRefusal } from '../../../src/sandbox/slack/view.ts';
import type { Preview } from '../../../src/slack/form/preview-blocks.ts';
import { enteredIn } from '../../../src/slack/form/state.ts';
import { type FormModel, formView } from '../../../src/slack/form/view.ts';
import { alice, directory } from '../../fixtures/directory.ts';

const long = '<!channel> & `x` "quoted" \u001b[31m'.repeat(40);
const sites = Array.from({ length: 120 }, (_, i) => `site-with-a-rather-long-name-${i}`.padEnd(60, 'x'));
const wide = { ...directory, sites, deployments: sites.slice(0, 5) };
const report: Report = {
  title: long,
  findings: Array.from({ length: 40 }, () => ({ level: 'fail', subject: long, message: long, next: long })),
  text: Array.from({ length: 400 }, () => long).join('\n'),
  problem: { code: 'site.unreachable', message: long, next: long },
  next: long,
};
const previews: Record<string, Preview> = {
  nothing: { kind: 'none', why: long },
  asked: { kind: 'asked', where: long },
  'a long report': { kind: 'shown', reports: [report, report, report] },
  'no report': { kind: 'shown', reports: [] },
};

function model(name: string, known: typeof directory, change: Partial<FormModel> = {}): FormModel {
  const offered = formCommands(commands, alice, known);
  const command = offered.find((each) => each.name === name) ?? offered[0];
  if (command === undefined) throw new Error(name);
  const filled = { site: known.sites[0] ?? '', reason: long, version: long, ...change.filled };
  return {
    commands: offered,
    command,
    fields: fieldsOf(command, filled, alice, known, { version: ['2.5.4', '2.5.3'] }),
    filled,
    typed: [],
    more: true,
    preview: { kind: 'none', why: '' },
    metadata: '{}',
    ...change,
  };
}

describe.each(formCommands(commands, alice, directory).map(({ name }) => name))('the form of %s', (name) => {
  test.each(Object.entries(previews))('is taken by Slack with %s', (_, preview) => {
    for (const known of [directory, wide])
      for (const typed of [[], ['version']])
        for (const approval of [{}, { approval: { within: 8 * 3600_000, channel: long } }])
          expect(viewRefusal(formView(model(name, known, { preview, typed, ...approval })))).toBeUndefined();
  });
});

test('nothing of a site can mention anybody', () => {
  const view = formView(model('deploy', directory, { preview: { kind: 'shown', reports: [report] } }));
  const markup = view.blocks.filter(({ type }) => type === 'section' || type === 'context');
  expect(JSON.stringify(markup)).not.toContain('<!channel>');
});

test('an input of other choices is another input, one of the same choices stays', () => {
  const ids = (name: string, known = directory) =>
    formView(model(name, known)).blocks.map(({ block_id: id }) => id);
  expect(ids('deploy')).toEqual(ids('deploy'));
  expect(ids('deploy').slice(1)).not.toEqual(ids('deploy', wide).slice(1));
});

test('what was entered is read back, also a word beside the suggested ones', () => {
  const select = (value: string) => ({ type: 'static_select', selected_option: { value } });
  expect(
    enteredIn({
      command: { 'form-command': select('deploy') },
      a: { 'form-site': select('aws') },
      b: { 'form-version': select('+') },
      c: { 'typed-version': { type: 'plain_text_input', value: '2.7.0' } },
      d: { 'form-launchTool': select('-') },
      e: { 'form-dryRun': { type: 'checkboxes', selected_options: [{}] } },
      f: { 'form-reason': { type: 'plain_text_input', value: null } },
    }),
  ).toEqual({
    command: 'deploy',
    filled: { site: 'aws', version: '2.7.0', dryRun: true },
    typed: ['version'],
  });
});
