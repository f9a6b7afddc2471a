import { describe, expect, it } from 'vitest';
import { checkConfig, loadConfig } from '../../src/config/config.ts';
import { changedConfig, replacing, SHIPPED } from './folder.ts';

const config = loadConfig(SHIPPED);

describe('options of methods that are not the site’s own', () => {
  it.each(['jgi', 'tahoma', 'dori'])('%s can install into a venv, by the same way out', (site) => {
    const { installer, otherInstallers = [] } = config.target(site, 'dev');
    expect(otherInstallers).toEqual([
      expect.objectContaining({
        kind: 'venv',
        source: { git: 'https://github.com/JGI-Bioinformatics/jaws.git', ref: '{version}' },
        environment: installer['environment'],
      }),
    ]);
  });

  it('have the registry of images at every site', () => {
    for (const site of config.sites)
      expect(config.target(site, 'dev').env.values['CI_REGISTRY']).toMatch(/\.invalid$/);
  });

  it('tahoma installs supervisord through its proxy too', () => {
    expect(config.target('tahoma', 'prod').launcher['environment']).toMatchObject({
      https_proxy: 'http://proxy.emsl.pnl.gov:3128',
    });
  });
});

describe('a problem in them', () => {
  it.each([
    [
      'an unknown option',
      '  venv:\n',
      '  venv:\n    kep: 3\n',
      /installers\.venv\.kep: unknown key.*did you mean keep\?/,
    ],
    [
      'a missing option',
      '    source:\n      git:',
      '    pipArgs: []\n    sourse:\n      git:',
      /installers\.venv\.source/,
    ],
    ['an unknown kind', '  venv:\n', '  conda:\n', /installers\.conda/],
    [
      'the site’s own kind',
      '  venv:\n',
      '  apptainer-run: {}\n  venv:\n',
      /installers\.apptainer-run: is the site's own kind/,
    ],
  ])('%s is named by file and key', (_what, from, to, message) => {
    const dir = changedConfig({ 'sites/jgi.yaml': replacing(from, to) });
    const messages = checkConfig(dir).map((problem) => problem.message);
    expect(messages.join('\n')).toMatch(message);
    expect(messages[0]).toContain('sites/jgi.yaml');
  });
});
