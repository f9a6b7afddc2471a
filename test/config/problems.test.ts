import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkConfig, loadConfig } from '../../src/config/config.ts';
import { OpsError } from '../../src/core/errors.ts';
import { changedConfig, replacing, SHIPPED, temporaryFolder } from './folder.ts';

/** The messages about a changed configuration, without the temporary folder in front. */
function messages(changes: Parameters<typeof changedConfig>[0]): readonly string[] {
  const dir = changedConfig(changes);
  return checkConfig(dir).map(({ code, message }) => `${code}: ${message.replaceAll(`${dir}/`, '')}`);
}

const dori = (from: string, to: string) => messages({ 'sites/dori.yaml': replacing(from, to) });

describe('a problem', () => {
  it('names file, key, what is there, what was expected, line and nearest match', () => {
    expect(dori('kind: systemd', 'kind: systemctl')).toEqual([
      'config.key: sites/dori.yaml: launcher.kind: got "systemctl", expected supervisor | systemd | scrontab (line 15)',
    ]);
  });

  it('suggests the nearest match', () => {
    expect(dori('kind: systemd', 'kind: systmd').join()).toMatch(/\(line 15; did you mean systemd\?\)$/);
  });

  it('names the file as it was given when it lies below the working directory', () => {
    expect(checkConfig('config/no-such-folder')[0]?.message).toMatch(
      /^config\/no-such-folder\/defaults\.yaml: missing/,
    );
  });

  it.each([
    [
      'an unknown key',
      'channel:',
      'chanel:',
      /chanel: unknown key, expected title \| channel \| .*did you mean channel\?/,
    ],
    [
      'an unknown key inside',
      'become: svc-jaws',
      'becomes: svc-jaws',
      /access\.becomes: unknown key.*did you mean become\?/,
    ],
    [
      'an unknown variable',
      'JAWS_GROUP:',
      'JAWS_GRUOP:',
      /env\.JAWS_GRUOP: unknown key.*did you mean JAWS_GROUP\?/,
    ],
    ['a key set twice', 'title:', 'title: a\ntitle:', /title: set twice, expected once \(line 2\)/],
    ['a variable set twice', '  JAWS_GROUP:', '  JAWS_GROUP: a\n  JAWS_GROUP:', /JAWS_GROUP: set twice/],
    [
      'a word for a number',
      'JAWS_MAX_CPU: 72',
      'JAWS_MAX_CPU: many',
      /env\.JAWS_MAX_CPU: got "many", expected a whole number 1–4096 \(CPUs\)/,
    ],
    [
      'a number out of range',
      'JAWS_MAX_TIME: 4305',
      'JAWS_MAX_TIME: 3',
      /JAWS_MAX_TIME: got "3", expected a whole number 10–43200 \(minutes\)/,
    ],
    [
      'a port out of range',
      'JAWS_REST_PORT_DEV: 5001',
      'JAWS_REST_PORT_DEV: 70000',
      /got "70000", expected a whole number 1–65535/,
    ],
    ['a port in hexadecimal', 'JAWS_REST_PORT_DEV: 5001', 'JAWS_REST_PORT_DEV: 0x1389', /got "0x1389"/],
    [
      'a list for a value',
      'JAWS_MAX_CPU: 72',
      'JAWS_MAX_CPU: [72]',
      /JAWS_MAX_CPU: got a list, expected a whole number/,
    ],
    [
      'a mode that is not octal',
      'PERMS: 2777',
      'PERMS: 2778',
      /JAWS_SITE_INPUT_FOLDER_PERMS: got "2778", expected octal/,
    ],
    [
      'a relative path',
      'JAWS_REF_DATA_DIR: /',
      'JAWS_REF_DATA_DIR: ',
      /JAWS_REF_DATA_DIR: got ".*", expected an absolute path/,
    ],
    ['an endpoint that is no UUID', '7acfb1fd-', '7acfb1f-', /JAWS_GLOBUS_EP: .* expected a UUID, or empty/],
    [
      'an unknown JAWS reference',
      '/clusterfs/jgi/scratch/dsi/aa/jaws',
      '/x/${JAWS_DEPLOYMENT}',
      /expected \$\{JAWS_DEPLOYMENT_NAME\} and/,
    ],
    [
      'an install base that nothing keeps',
      '/clusterfs/jgi/groups/dsi/homes/svc-jaws/jaws-install',
      '/tmp/jaws',
      /JAWS_INSTALL_BASEDIR: got "\/tmp\/jaws", expected .* outside \/tmp/,
    ],
    [
      'a secret',
      'JAWS_GROUP:',
      'JAWS_DB_PW: hunter2\n  JAWS_GROUP:',
      /env\.JAWS_DB_PW: is a secret, expected only in the file that JAWS_OPS_SECRETS names/,
    ],

    [
      'a wrong time zone',
      'America/Los_Angeles',
      'America/Berkeley',
      /timezone: got "America\/Berkeley", expected an IANA time zone/,
    ],
    ['a wrong channel', '"#jaws-dori"', 'jaws dori', /channel: got "jaws dori", expected a channel/],
    [
      'channels without a default',
      '"#jaws-dori"',
      '{drift: "#x"}',
      /channel\.default: missing, expected a channel/,
    ],
    [
      'a channel of a topic there is not',
      '"#jaws-dori"',
      '{default: "#x", drfit: "#y"}',
      /channel\.drfit: unknown key, expected default \| deploys \| .*did you mean drift\?/,
    ],
    [
      'a wrong channel of a topic',
      '"#jaws-dori"',
      '{default: "#x", leftDown: 7}',
      /channel\.leftDown: got 7, expected a channel/,
    ],
    [
      'channels as a list',
      '"#jaws-dori"',
      '["#x"]',
      /channel: got a list, expected a channel such as #jaws-dori, .* or a map/,
    ],
    ['a wrong host', 'ln010.jgi', 'ln010 jgi', /access\.host: got "ln010 jgi", expected a host name/],
    ['a missing launcher', 'launcher:\n  kind: systemd\n', '', /launcher: missing, expected a map/],
    ['a missing host', '  host: ln010.jgi\n', '', /access\.host: missing, expected a host name/],
    [
      'a missing variable',
      '  JAWS_GROUP: grp-svc-jaws\n',
      '',
      /env\.JAWS_GROUP: missing in every layer, expected the name of a Unix group/,
    ],
    [
      'a missing port',
      '  JAWS_AUTH_PORT_DEV: 3001\n',
      '',
      /env\.JAWS_AUTH_PORT_DEV: missing in every layer, expected a port/,
    ],
    [
      'an unknown service',
      'installer:',
      'services: [rpc-serve]\n\ninstaller:',
      /services\[0\]: got "rpc-serve".*did you mean rpc-server\?/,
    ],
    ['text that is no YAML', 'access:', 'access: [', /not valid YAML: .*\(line \d+\)/],
    ['a tag', 'ln010.jgi', '!secret ln010.jgi', /not valid YAML: Unresolved tag/],
  ])('is %s', (_, from, to, wanted) => {
    const found = dori(from, to);
    expect(found.join('\n')).toMatch(wanted);
    expect(found.join('\n')).not.toContain('hunter2');
  });

  it('says once what is wrong once', () => {
    expect(dori('JAWS_MAX_CPU: 72', 'JAWS_MAX_CPU: 0')).toHaveLength(1);
    expect(dori('  JAWS_GROUP: grp-svc-jaws\n', '')).toHaveLength(1);
  });

  it('is checked by the schema of the launch tool and install method', () => {
    const found = messages({
      'sites/aws.yaml': (text) =>
        text
          .replace('kind: supervisor', 'kind: supervisor\n  setleSec: 5\n  limitSec: 1')
          .replace(/ {2}source:\n.*\n.*\n/, '  source: {}\n'),
    });
    expect(found).toEqual([
      expect.stringMatching(/sites\/aws\.yaml: launcher\.limitSec: got 1, expected a number of at least 10/),
      expect.stringMatching(/launcher\.setleSec: unknown key, expected kind \| .*did you mean settleSec\?/),
      expect.stringMatching(/installer\.source: got a map, expected exactly one of/),
    ]);
  });
});

describe('the settle time', () => {
  it('is longer than the time in which supervisord waits itself', () => {
    const found = messages({
      'sites/aws.yaml': (text) =>
        text.replace('kind: supervisor', 'kind: supervisor\n  startSecs: 5\n  settleSec: 5'),
    });
    expect(found).toEqual([
      expect.stringMatching(/launcher\.settleSec: got 5, expected more seconds than startSecs/),
    ]);
  });
});

describe('ports', () => {
  it('of two deployments of a site clash', () => {
    expect(dori('JAWS_CROMWELL_PORT_PROD: 50103', 'JAWS_CROMWELL_PORT_PROD: 50102')).toEqual([
      expect.stringMatching(
        /^config\.port: sites\/dori\.yaml: env\.JAWS_CROMWELL_PORT_PROD: got 50102, which JAWS_CROMWELL_PORT_STAGING uses on ln010\.jgi too, expected a port of its own \(line \d+\)$/,
      ),
    ]);
  });

  it('of two services of a deployment clash', () => {
    expect(dori('JAWS_AUTH_PORT_DEV: 3001', 'JAWS_AUTH_PORT_DEV: 64101').join()).toMatch(
      /got 64101, which JAWS_/,
    );
  });

  it('of two sites on one host clash', () => {
    const found = messages({
      'sites/nmdc.yaml': replacing('JAWS_REST_PORT_DEV: 5004', 'JAWS_REST_PORT_DEV: 5002'),
    });
    expect(found).toEqual([
      expect.stringMatching(
        /sites\/perlmutter\.yaml: env\.JAWS_REST_PORT_STAGING: got 5002, which JAWS_REST_PORT_DEV in sites\/nmdc\.yaml uses on perlmutter-p1/,
      ),
    ]);
  });

  it('of two sites on different hosts may be the same', () => {
    expect(checkConfig(changedConfig({}))).toEqual([]);
  });
});

describe('a folder', () => {
  it('tells all its problems at once', () => {
    const dir = changedConfig({
      'sites/dori.yaml': replacing('kind: systemd', 'kind: systemctl'),
      'sites/aws.yaml': replacing('JAWS_MAX_CPU: 64', 'JAWS_MAX_CPU: x'),
      'defaults.yaml': replacing('JAWS_DB_PORT: 3306', 'JAWS_DB_PORT: 0'),
      'policy.yaml': replacing('[read]', '[raed]'),
    });
    const found = checkConfig(dir);
    expect(found.map(({ message }) => message.slice(dir.length + 1).split(':')[0])).toEqual([
      'defaults.yaml',
      'sites/aws.yaml',
      'sites/dori.yaml',
      'policy.yaml',
    ]);
    let thrown: unknown;
    try {
      loadConfig(dir);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(OpsError);
    expect(thrown).toMatchObject({ code: 'config.key', exitCode: 2, others: found });
  });

  it('that is not there is a problem, not a crash', () => {
    const found = checkConfig(`${temporaryFolder()}/none`);
    expect(new Set(found.map(({ code }) => code))).toEqual(new Set(['config.file']));
    expect(() => loadConfig('/nonexistent')).toThrow(OpsError);
  });

  it('needs every layer', () => {
    expect(messages({ 'defaults.yaml': null })).toContain('config.file: defaults.yaml: missing');
    expect(messages({ 'deployments/prod.yaml': null })).toContain(
      'config.file: deployments/prod.yaml: missing',
    );
    expect(messages({ 'policy.yaml': null })).toContain('config.file: policy.yaml: missing');
  });

  it('takes an empty layer as one that sets nothing', () => {
    expect(messages({ 'deployments/staging.yaml': '' })).toEqual([]);
    expect(messages({ 'deployments/staging.yaml': '# nothing\n' })).toEqual([]);
    expect(messages({ 'deployments/staging.yaml': 'env:\n' }).join()).toMatch(
      /env: got nothing, expected a map/,
    );
  });

  it('refuses files that would be overlooked', () => {
    expect(messages({ 'sites/new.yml': 'a: b' })).toEqual([
      'config.file: sites/new.yml: got ending .yml, expected .yaml',
    ]);
    expect(messages({ 'deployments/production.yaml': '' })[0]).toMatch(
      /deployments\/production\.yaml: got deployment "production", expected dev \| staging \| prod$/,
    );
    expect(messages({ 'sites/New.yaml': 'a: b' }).join()).toMatch(/got site "New"/);
    expect(messages({ 'sites/all.yaml': 'a: b' }).join()).toMatch(/got site "all"/);
  });

  it('whose file is not a map says so', () => {
    expect(messages({ 'sites/dori.yaml': '- a\n- b\n' }).join()).toMatch(
      /sites\/dori\.yaml: got a list, expected a map/,
    );
    expect(messages({ 'sites/dori.yaml': 'hello' }).join()).toMatch(/got "hello", expected a map/);
  });

  it('with a folder in place of a file says so', () => {
    const dir = changedConfig({ 'defaults.yaml': null });
    mkdirSync(`${dir}/defaults.yaml`);
    expect(checkConfig(dir)[0]?.message).toMatch(/defaults\.yaml: cannot be read \(EISDIR/);
  });

  it('whose policy names an unknown site says so', () => {
    expect(
      messages({ 'policy.yaml': 'rules:\n  - {everyone: true, rights: [read], sites: [doori]}\n' }),
    ).toEqual([
      expect.stringMatching(/policy\.yaml: rules\[0\]\.sites\[0\]: got "doori".*did you mean dori\?/),
    ]);
  });

  it('may leave empty what JAWS lets be empty', () => {
    expect(dori('JAWS_GLOBUS_EP: 7acfb1fd-b8ac-4eaa-b687-85111010b3f3', 'JAWS_GLOBUS_EP:')).toEqual([]);
    expect(dori('JAWS_LOAD_PYTHON: ""', 'JAWS_LOAD_PYTHON:')).toEqual([]);
    expect(dori('JAWS_GROUP: grp-svc-jaws', 'JAWS_GROUP:').join()).toMatch(
      /JAWS_GROUP: got "", expected the name/,
    );
  });

  it('keeps modes and versions as they are written', () => {
    const dir = changedConfig({
      'defaults.yaml': (text) => text.replace('"0775"', '0775').replace('"2.5.4"', '2.10'),
    });
    expect(loadConfig(dir).target('aws', 'dev').env.values).toMatchObject({
      JAWS_SITE_INPUT_FOLDER_PERMS: '0775',
      JAWS_SITE_VERSION: '2.10',
    });
  });

  it('takes another site in one file', () => {
    const text = readFileSync(`${SHIPPED}/sites/dori.yaml`, 'utf8');
    const dir = changedConfig({ 'sites/new-site.yaml': text.replace('ln010.jgi', 'new.example.org') });
    const config = loadConfig(dir);
    expect(config.sites).toContain('new-site');
    expect(config.target('new-site', 'dev')).toMatchObject({
      id: 'new-site-dev',
      access: { host: 'new.example.org' },
    });
  });

  it('with any line broken gives messages, never a crash', () => {
    const others = ['assembly', 'aws', 'jgi', 'nmdc', 'perlmutter', 'tahoma'];
    const dir = changedConfig(Object.fromEntries(others.map((name) => [`sites/${name}.yaml`, null])));
    const lines = readFileSync(`${SHIPPED}/sites/dori.yaml`, 'utf8').split('\n');
    const broken = fc.oneof(
      fc.string(),
      fc.constantFrom('  - a', 'x: [', '{}', 'env:', '  env: 3', '&a', '*a', '|'),
    );
    fc.assert(
      fc.property(fc.nat(lines.length - 1), broken, (i, line) => {
        writeFileSync(`${dir}/sites/dori.yaml`, lines.with(i, line).join('\n'));
        for (const { message } of checkConfig(dir)) expect(message).not.toMatch(/undefined|\[object/);
      }),
      { numRuns: 50 },
    );
  }, 30_000);
});
