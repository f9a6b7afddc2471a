import { describe, expect, test } from 'vitest';
import { checkConfig, loadConfig } from '../../src/config/config.ts';
import { parseRunbook } from '../../src/config/runbooks.ts';
import { parseYaml } from '../../src/config/yaml.ts';

const HEAD = 'title: Test\npurpose: a test\n';
const problems = (text: string, name = 'test') =>
  parseRunbook(name, parseYaml(HEAD + text, `runbooks/${name}.yaml`), ['aws', 'jgi']).problems.map(
    ({ message }) => message,
  );

test('the shipped ones have no problem', () => {
  expect(checkConfig('config')).toEqual([]);
  expect(loadConfig('config').runbooks.map(({ name }) => name)).toEqual([
    'gitlab-runner-lrc',
    'gitlab-runner-perlmutter',
    'gitlab-runner-tahoma',
    'new-release',
    'restart-after-maintenance',
    'restore-scrontab',
    'rotate-supervisor-password',
    'start-central-services',
    'start-jaws-site-services',
    'start-jtm-services',
  ]);
});

describe('each mistake is named with file, line and what was expected', () => {
  test.each([
    ['no step', 'steps: []', 'steps: got a list, expected a list of at least 1 (line 3)'],
    [
      'an unknown site',
      'sites: [jig]\nsteps: [{look: host}]',
      'sites[0]: got "jig", expected aws | jgi (line 3; did you mean jgi?)',
    ],
    [
      'a step that is nothing',
      'steps: [{title: x}]',
      'steps[0]: got none of action, look, command, question, link (line 3)',
    ],
    [
      'a step that is two things',
      'steps: [{look: host, link: x}]',
      'steps[0]: got look and link, expected one of',
    ],
    [
      'an unknown action',
      'steps:\n  - action: strat\n    deployments: [dev]',
      'steps[0].action: got "strat", expected deploy',
    ],
    ['an unknown key', 'steps:\n  - look: host\n    deployment: dev', 'steps[0].deployment: unknown key'],
    [
      'an action without deployments',
      'steps: [{action: start}]',
      'steps[0].action: start needs deployments, got none',
    ],
    [
      'deployments for a whole site',
      'steps: [{action: start-runner, deployments: [dev]}]',
      'done for the site as a whole',
    ],
    [
      'an unknown deployment',
      'steps: [{action: start, deployments: [pord]}]',
      'steps[0].deployments: got "pord"',
    ],
    [
      'an unknown parameter',
      "steps: [{action: start, deployments: ['{{depl}}']}]",
      '{{depl}}: which is no parameter',
    ],
    [
      'a choice that sets nothing known',
      'steps: [{question: q, choices: [{label: a, set: {x: y}}]}]',
      'sets "x", which is no parameter',
    ],
    [
      'two choices for yes',
      'steps: [{question: q, choices: [{label: a, yes: true}, {label: b, yes: true}]}]',
      '2 choices say yes',
    ],
    [
      'a command that does not say whether it changes',
      'steps: [{command: ls}]',
      'steps[0].changes: missing, expected true | false',
    ],
    [
      'a verification of a look',
      'steps: [{command: ls, changes: false, verify: ls}]',
      'stands with a command that changes nothing',
    ],
    [
      'a parameter that shadows a variable',
      'parameters: [{name: site, about: x}]\nsteps: [{look: host}]',
      'parameters[0].name: got "site"',
    ],
    [
      'a wrong default',
      'parameters: [{name: v, about: x, choices: [a], default: b}]\nsteps: [{look: host}]',
      'parameters[0].default: got "b", expected a',
    ],
    [
      'a pattern that is none',
      "parameters: [{name: v, about: x, pattern: '('}]\nsteps: [{look: host}]",
      'expected a regular expression',
    ],
  ])('%s', (_, text, message) => {
    const [first = 'no problem', ...more] = problems(text);
    expect(first).toContain(message);
    expect(first).toMatch(/^runbooks\/test\.yaml: .*\(line \d+|^runbooks\/test\.yaml: .*missing/);
    expect(more).toEqual([]);
  });

  test('a name that no command line can say', () => {
    expect(problems('steps: [{look: host}]', 'My Runbook')[0]).toContain('got name "My Runbook"');
  });
});
