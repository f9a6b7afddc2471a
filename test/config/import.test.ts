import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { importConfig } from '../../src/config/import.ts';
import { DEPLOYMENTS } from '../../src/core/target.ts';
import { aFolder } from '../fixtures/shell.ts';

const MODELS = fileURLToPath(new URL('../../config', import.meta.url));

const ports = (site: number) =>
  DEPLOYMENTS.flatMap((deployment, i) =>
    [
      ['SUPERVISOR', 64_100],
      ['AUTH', 3000],
      ['REST', 5000],
      ['CROMWELL', 50_100],
    ].map(
      ([family, base]) =>
        `export JAWS_${family}_PORT_${deployment.toUpperCase()}=${Number(base) + 10 * site + i}`,
    ),
  ).join('\n');

const DEFAULTS = `#!/usr/bin/env bash
# The base of everything.

export JAWS_LOG_LEVEL="INFO"   # dev is louder
export JAWS_DB_HOST=db.example.org JAWS_DB_PORT=3306
export JAWS_RMQ_HOST="rmq.example.org"
export JAWS_RMQ_PORT='5672'
export JAWS_LOAD_PYTHON=""
export JAWS_DEFAULT_CONTAINER="ubuntu:22.04"
export JAWS_SITE_INPUT_FOLDER_PERMS=0775
`;
const MOON = `# Far side
BASE=/lunar/jaws
export JAWS_INSTALL_BASEDIR="\${BASE}/install"
export JAWS_SCRATCH_BASEDIR=s3://moon-\${JAWS_DEPLOYMENT_NAME}
export JAWS_REF_DATA_DIR=$BASE/ref"data"
export JAWS_GROUP=jaws
export JAWS_USERS_GROUP=''
export JAWS_GLOBUS_EP=
export JAWS_GLOBUS_HOST_PATH="/lunar"
export JAWS_LOAD_PYTHON="module load python/3.11"
export JAWS_MAX_RAM_GB=492
${ports(0)}
`;

let folder: ReturnType<typeof aFolder>;
beforeEach(() => {
  folder = aFolder();
});
afterEach(() => folder.remove());

function tree(files: Readonly<Record<string, string>>): string {
  const all = {
    'default.sh': DEFAULTS,
    'deployments/dev.sh': 'export JAWS_LOG_LEVEL=DEBUG\n',
    'deployments/prod.sh': 'export JAWS_RPC_SERVER_NUM_THREADS=16\n',
    'sites/moon.sh': MOON,
    ...files,
  };
  for (const [file, text] of Object.entries(all)) {
    const path = join(folder.path, 'tree', file);
    mkdirSync(dirname(path), { recursive: true });
    if (text !== '') writeFileSync(path, text);
  }
  return join(folder.path, 'tree');
}
const out = () => join(folder.path, 'out');
const importTree = (files: Readonly<Record<string, string>> = {}) => importConfig(tree(files), out(), MODELS);
const yaml = (file: string) => readFileSync(join(out(), file), 'utf8');

/** What the shell makes of the tree: the variables after its three files were read. */
function shellValues(site: string, deployment: string): Record<string, string> {
  const files = ['default.sh', `deployments/${deployment}.sh`, `sites/${site}.sh`].map((f) =>
    join(folder.path, 'tree', f),
  );
  const { stdout } = spawnSync(
    'sh',
    ['-c', 'for f; do [ ! -e "$f" ] || . "$f"; done; env -0', 'sh', ...files],
    {
      encoding: 'utf8',
      env: { PATH: '/usr/bin:/bin', JAWS_DEPLOYMENT_NAME: deployment, JAWS_SITE_NAME: site },
    },
  );
  return Object.fromEntries(
    stdout
      .split('\0')
      .filter((line) => line.startsWith('JAWS_'))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

describe('a tree of a site nobody has seen', () => {
  test('becomes a configuration without problems, with the values that the shell gives', () => {
    const { problems, lost, written, missing } = importTree();
    expect(problems).toEqual([]);
    expect(lost).toEqual([]);
    expect(written).toHaveLength(6);
    expect(missing.join()).toContain('moon.invalid is a placeholder');
    const config = loadConfig(out());
    for (const deployment of DEPLOYMENTS) {
      const layers = new Map(config.layersOf('moon', deployment).map(({ name, value }) => [name, value]));
      for (const [name, value] of Object.entries(shellValues('moon', deployment))) {
        if (name === 'JAWS_GLOBUS_HOST_PATH') continue;
        expect([name, layers.get(name)]).toEqual([name, value]);
      }
    }
  });

  test('keeps comments where they were, and says what it filled in', () => {
    const { notes } = importTree();
    expect(yaml('defaults.yaml')).toContain('  # The base of everything.\n');
    expect(yaml('defaults.yaml')).toContain('JAWS_LOG_LEVEL: INFO # dev is louder');
    expect(yaml('sites/moon.yaml')).toContain('# Far side\n  JAWS_INSTALL_BASEDIR: /lunar/jaws/install');
    expect(yaml('sites/moon.yaml')).toContain('moon-${JAWS_DEPLOYMENT_NAME}');
    expect(notes).toEqual([
      { file: 'sites/moon.sh', line: 2, text: 'BASE: is used by other values only and was filled in there' },
    ]);
  });

  test('leaves references for the site to resolve', () => {
    const runner =
      'export JAWS_GITLAB_RUNNER="$CFS/jaws/bin/runner"\nexport JAWS_GITLAB_RUNNER_CONFIG=~/r.toml\n';
    expect(importTree({ 'sites/moon.sh': MOON + runner }).problems).toEqual([]);
    const { values } = loadConfig(out()).target('moon', 'dev').env;
    expect(values['JAWS_GITLAB_RUNNER']).toBe('$CFS/jaws/bin/runner');
    expect(values['JAWS_GITLAB_RUNNER_CONFIG']).toBe('$HOME/r.toml');
  });

  test('takes the ways to a site that is known from its own file', () => {
    expect(importTree({ 'sites/TAHOMA.sh': MOON }).sites).toEqual(['tahoma', 'moon']);
    expect(loadConfig(out()).target('tahoma', 'dev').access).toMatchObject({
      host: 'twf1.emsl.pnl.gov',
      become: 'svc-jtm-manager',
    });
  });

  test('guesses launch tool and install method from its variables', () => {
    importTree({
      'sites/slurm.sh': `${MOON.replace(ports(0), ports(1))}export JAWS_PERLMUTTER=1\n`,
      'sites/image.sh': `${MOON.replace(ports(0), ports(2))}export JAWS_APPTAINER_PATH=/opt/a\n`,
    });
    const config = loadConfig(out());
    expect(config.site('slurm').launchTool).toBe('scrontab');
    expect(config.site('image').installMethod).toBe('apptainer-run');
  });

  test('puts proxies into the environment of install steps', () => {
    importTree({ 'sites/moon.sh': `${MOON}export https_proxy=http://proxy.moon:3128\n` });
    expect(loadConfig(out()).target('moon', 'dev').installer).toMatchObject({
      environment: { https_proxy: 'http://proxy.moon:3128' },
    });
  });
});

describe('nothing is lost in silence', () => {
  test('an unknown variable, a condition, a command: each named with its line and kept as a comment', () => {
    const strange =
      'export JAWS_NEW=42\nif true; then\n  export JAWS_MAX_CPU=3\nfi\nexport JAWS_MAX_TIME=$(nproc)\n';
    const { lost } = importTree({ 'sites/moon.sh': strange + MOON });
    expect(lost.map(({ file, line }) => `${file}:${line}`)).toEqual([
      'sites/moon.sh:1',
      'sites/moon.sh:2',
      'sites/moon.sh:5',
    ]);
    expect(yaml('sites/moon.yaml')).toContain('  # JAWS_NEW=42\n');
    expect(yaml('sites/moon.yaml')).toContain('  #   export JAWS_MAX_CPU=3\n');
    expect(loadConfig(out()).target('moon', 'dev').env.values['JAWS_MAX_CPU']).toBeUndefined();
  });

  test('a reference to what differs by deployment, and one to nothing', () => {
    const { lost } = importTree({
      'sites/moon.sh': `${MOON}export JAWS_ACCESS_GROUP=x$JAWS_RPC_SERVER_NUM_THREADS\nexport JAWS_MAX_CPU=$JAWS_NOWHERE\n`,
    });
    expect(lost.map(({ text }) => text)).toEqual([
      expect.stringContaining('differs from deployment to deployment'),
      expect.stringContaining('which nothing before it sets'),
    ]);
  });

  test('a value set twice, a file of an unknown deployment, a name no site can have', () => {
    const { notes, lost } = importTree({
      'sites/moon.sh': `export JAWS_MAX_RAM_GB=1\n${MOON}`,
      'deployments/canary.sh': 'export JAWS_LOG_LEVEL=INFO\n',
      'sites/all.sh': MOON,
    });
    expect(notes.map(({ text }) => text).join()).toContain('JAWS_MAX_RAM_GB: is set twice (line 1 as well)');
    expect(lost.map(({ file }) => file)).toEqual(['deployments/canary.sh', 'sites/all.sh']);
  });

  test('what our checks refuse is told', () => {
    const { problems } = importTree({ 'sites/moon.sh': MOON.replace('BASE=/lunar', 'BASE=/tmp') });
    expect(problems.map(({ message }) => message).join()).toContain('JAWS_INSTALL_BASEDIR');
  });
});

test('secrets are not copied, neither as values nor as comments', () => {
  const secrets =
    'export JAWS_DB_PW=sesame-1\n# MINIO_PASSWORD=sesame-2\nexport SOME_TOKEN=sesame-3\nexport X="$(echo PASSWORD=sesame-4)"\nexport JAWS_X=1 # pw: TOKEN=sesame-5\n';
  const report = importTree({ 'default.sh': DEFAULTS + secrets });
  expect(JSON.stringify(report)).not.toContain('sesame');
  expect(report.notes.map(({ text }) => text).join()).toContain('JAWS_DB_PW: is a secret');
  for (const file of readdirSync(out(), { recursive: true, encoding: 'utf8' })) {
    if (file.endsWith('.yaml')) expect(yaml(file)).not.toContain('sesame');
  }
});

test.each([
  ['no defaults', { 'default.sh': '' }, 'got neither of default.sh and defaults.sh'],
  ['two defaults', { 'defaults.sh': DEFAULTS }, 'got both of default.sh and defaults.sh'],
  ['no site', { 'sites/moon.sh': '' }, 'got no *.sh'],
])('a tree with %s is refused', (_what, files, message) => {
  expect(() => importTree(files)).toThrow(message);
});

test('a folder with files in it is left alone', () => {
  mkdirSync(out());
  writeFileSync(join(out(), 'mine'), '');
  expect(() => importTree()).toThrow(/expected an empty or new one/);
  expect(readdirSync(out())).toEqual(['mine']);
});
