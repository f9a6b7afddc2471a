import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { configDir, loadSettings, SETTINGS } from '../../src/config/settings.ts';
import { sitesToServe } from '../../src/config/worker-sites.ts';
import { OpsError } from '../../src/core/errors.ts';
import { SHIPPED } from './folder.ts';

function refused(run: () => unknown): OpsError {
  try {
    run();
  } catch (error) {
    if (error instanceof OpsError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

const SLACK = { SLACK_BOT_TOKEN: 'xoxb-hunter2', SLACK_SIGNING_SECRET: 'hunter2-signing' };

describe('the environment', () => {
  it('may be empty for a process that needs nothing', () => {
    expect(loadSettings({})).toMatchObject({ port: 3000, logLevel: 'info', configDir: SHIPPED, secrets: [] });
  });

  it('gives everything it holds', () => {
    const settings = loadSettings(
      {
        ...SLACK,
        REDIS_URL: 'redis://:hunter2-redis@127.0.0.1:6379/1',
        SLACK_API_URL: 'http://127.0.0.1:4000/api/',
        PORT: '0',
        WORKER_SITES: 'Tahoma, dori,,tahoma',
        LOG_LEVEL: 'debug',
        JAWS_OPS_CONFIG: '/etc/jaws',
        JAWS_OPS_SECRETS: '/etc/jaws-secrets.yaml',
        JAWS_OPS_USER: 'alice',
      },
      { need: ['redis', 'slack', 'secrets'] },
    );
    expect(settings).toMatchObject({
      port: 0,
      logLevel: 'debug',
      configDir: '/etc/jaws',
      secretsFile: '/etc/jaws-secrets.yaml',
      user: 'alice',
      workerSites: ['tahoma', 'dori'],
      slack: { apiUrl: 'http://127.0.0.1:4000/api/' },
    });
    expect(settings.slack?.botToken.reveal()).toBe('xoxb-hunter2');
    expect(settings.secrets.map((secret) => secret.reveal())).toEqual([
      'xoxb-hunter2',
      'hunter2-signing',
      'hunter2-redis',
    ]);
    expect(inspect(settings.slack, { depth: 9 })).not.toContain('hunter2');
  });

  it('tells each process what it lacks, all at once', () => {
    const error = refused(() =>
      loadSettings({ PORT: 'x', LOG_LEVEL: 'inf' }, { need: ['redis', 'slack', 'secrets'] }),
    );
    expect(error).toMatchObject({ code: 'config.environment', exitCode: 2 });
    expect(error.others.map(({ message }) => message)).toEqual([
      'REDIS_URL: not set, expected the URL of Redis',
      expect.stringMatching(/^SLACK_BOT_TOKEN: not set/),
      expect.stringMatching(/^SLACK_SIGNING_SECRET: not set, .* or SLACK_APP_TOKEN for Socket Mode/),
      expect.stringMatching(/^JAWS_OPS_SECRETS: not set/),
      'PORT: got "x", expected a whole number 0–65535',
      expect.stringMatching(/^LOG_LEVEL: got "inf", expected trace \| .*did you mean info\?/),
    ]);
  });

  it('needs an app token or a signing secret, not both', () => {
    const token = { SLACK_BOT_TOKEN: 'xoxb-1' };
    expect(
      loadSettings({ ...token, SLACK_APP_TOKEN: 'xapp-1' }, { need: ['slack'] }).slack?.appToken,
    ).toBeDefined();
    expect(
      loadSettings({ ...token, SLACK_SIGNING_SECRET: 's' }, { need: ['slack'] }).slack?.appToken,
    ).toBeUndefined();
  });

  it('takes a variable that is set to nothing as not set', () => {
    expect(refused(() => loadSettings({ REDIS_URL: '' }, { need: ['redis'] })).message).toMatch(
      /REDIS_URL: not set/,
    );
    expect(loadSettings({ PORT: '', LOG_LEVEL: '', JAWS_OPS_CONFIG: '' })).toMatchObject({ port: 3000 });
  });

  it('shows no token that is wrong', () => {
    const error = refused(() =>
      loadSettings({
        SLACK_BOT_TOKEN: 'xapp-hunter2',
        SLACK_APP_TOKEN: 'xoxb-hunter2',
        REDIS_URL: 'hunter2',
      }),
    );
    expect(error.others).toHaveLength(3);
    expect(inspect(error, { depth: 9 })).not.toContain('hunter2');
  });

  it.each(['70000', '-1', '80 ', '1.5'])('refuses PORT=%j', (port) => {
    expect(refused(() => loadSettings({ PORT: port })).code).toBe('config.environment');
  });

  it('refuses a token that can be guessed, without showing it', () => {
    expect(() => loadSettings({ JAWS_OPS_WEB_TOKEN: 'hunter2' })).toThrow(
      /JAWS_OPS_WEB_TOKEN: shorter than 16/,
    );
    expect(() => loadSettings({ JAWS_OPS_WEB_TOKEN: 'hunter2' })).not.toThrow(/hunter2/);
    expect(loadSettings({ JAWS_OPS_WEB_TOKEN: 'x'.repeat(16) }).webToken?.reveal()).toBe('x'.repeat(16));
  });

  it('names the configuration folder: the one given, the variable, the own one', () => {
    expect(configDir({ JAWS_OPS_CONFIG: '/a' }, '/b')).toBe('/b');
    expect(configDir({ JAWS_OPS_CONFIG: '/a' })).toBe('/a');
    expect(configDir({})).toBe(SHIPPED);
  });

  it('has every variable in the reference', () => {
    expect(SETTINGS.map(({ name }) => name)).toContain('WORKER_SITES');
    for (const { description } of SETTINGS) expect(description).not.toBe('');
  });
});

describe('the sites of a worker', () => {
  const sites = ['aws', 'dori'];

  it('are all, or those that WORKER_SITES names', () => {
    expect(sitesToServe(loadSettings({}), sites)).toEqual(sites);
    expect(sitesToServe(loadSettings({ WORKER_SITES: 'DORI' }), sites)).toEqual(['dori']);
  });

  it('must be known', () => {
    const error = refused(() => sitesToServe(loadSettings({ WORKER_SITES: 'doori' }), sites));
    expect(error.message).toBe('WORKER_SITES: got "doori", expected aws | dori (did you mean dori?)');
    expect(refused(() => loadSettings({ WORKER_SITES: ' , ' })).message).toMatch(/WORKER_SITES: got no site/);
  });
});
