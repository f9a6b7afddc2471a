import { chmodSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { OpsError } from '../../src/core/errors.ts';
import type { RenderedFile } from '../../src/core/file.ts';
import { reveal, Secret } from '../../src/core/secret.ts';
import { DEPLOYMENTS, type Target } from '../../src/core/target.ts';
import { distinct, renderTarget } from '../../src/plan/render-target.ts';
import { piped, put, type Reading, readAll, readEnv, withFolder } from '../fixtures/readers.ts';
import { aTarget } from '../fixtures/target.ts';

/** Python and shells start slowly on a busy machine. */
vi.setConfig({ testTimeout: 60_000 });

const RELEASE = { version: '2.5.4', name: '2.5.4-test01' };
const SHIMS = ['rpc-server', 'run-daemon', 'transfer-daemon', 'message-consumer'];
const WICKED = `p%(here)%%a"s's\\w ö;#$ \`x\`漢`;

function textOf(files: readonly RenderedFile[], name: string): string {
  const file = files.find((one) => basename(one.path) === name);
  if (!file) throw new Error(`${name} is not among ${files.map((one) => one.path).join(' ')}`);
  return reveal(file.content);
}

/** A target whose paths need quoting, all but that of `config/`, for which supervisor knows no quotes. */
function awkward(base: string): Target {
  return aTarget({ root: `${base}/it's here`, paths: { config: `${base}/config` } });
}

/** Puts the files where they belong on a site below a folder. */
function settle(target: Target): readonly RenderedFile[] {
  const files = renderTarget(target, RELEASE);
  for (const { path, content, mode } of files) put(path, reveal(content), mode);
  for (const dir of [target.paths.log, target.paths.supervisor]) put(`${dir}/.keep`, '');
  return files;
}

function read(reading: Reading | undefined): unknown {
  if (reading !== undefined && 'read' in reading) return reading.read;
  throw new Error(JSON.stringify(reading));
}

test('the files of a venv site under supervisor, with modes that let nobody else in', () => {
  const target = aTarget();
  const { config, bin } = target.paths;
  const files = renderTarget(target, RELEASE);
  expect(Object.fromEntries(files.map((file) => [file.path, file.mode]))).toEqual({
    [`${config}/jaws-site.conf`]: 0o600,
    [`${config}/site.env`]: 0o600,
    [`${config}/supervisor.conf`]: 0o600,
    [`${config}/supervisor.site.conf`]: 0o600,
    [`${bin}/supervisord`]: 0o700,
    [`${bin}/supervisorctl`]: 0o700,
    ...Object.fromEntries(SHIMS.map((name) => [`${bin}/${name}`, 0o700])),
  });
  const secret = files.filter((file) => file.content instanceof Secret).map((file) => basename(file.path));
  expect(secret.sort()).toEqual(['jaws-site.conf', 'site.env', 'supervisor.conf']);
});

test.each(DEPLOYMENTS)('jaws-site.conf of %s, as JAWS reads it', (deployment) => {
  withFolder((root) => {
    const target = aTarget({
      root,
      deployment,
      values: { JAWS_MAX_TIME: '2865', JAWS_ACCESS_GROUP: 'nmdc' },
    });
    settle(target);
    const [conf] = readAll([{ reader: 'site', path: `${target.paths.config}/jaws-site.conf` }]);
    const port = { dev: '50101', staging: '50102', prod: '50103' }[deployment];
    expect(read(conf)).toEqual({
      DB: {
        dialect: 'mysql+mysqlconnector',
        host: 'mysql.lbl.gov',
        port: '3306',
        user: 'jaws',
        password: 'sesame-jaws_db_pw',
        db: `jaws_aws_${deployment}`,
      },
      RMQ: {
        user: 'jaws',
        password: 'sesame-jaws_rmq_pw',
        host: 'rmq.lbl.gov',
        port: '5672',
        vhost: `jaws_${deployment}`,
        ttl: '3600000',
        num_threads: deployment === 'prod' ? '16' : '5',
      },
      GLOBUS: { host_path: '/', endpoint_id: '' },
      SITE: {
        id: 'aws',
        deployment,
        inputs_dir: target.paths.inputs,
        downloads_dir: target.paths.downloads,
        default_container: 'ubuntu@sha256:b5a61709a9a44284d88fb12e5c48db0409cfad5b69d4ff8224077c57302df9cf',
        max_ram_gb: '236',
        max_cpu: '64',
        max_time: '2865',
        access_group: 'nmdc',
        max_user_active_runs: '200',
        file_sync_delay_sec: '0',
        file_permissions: '666',
        folder_permissions: '777',
        jaws_get_metadata_max_retrials: '3',
        jaws_get_metadata_wait_sec: '180',
      },
      CROMWELL: { url: `http://localhost:${port}`, executions_dir: target.paths.executions },
      AWS: { aws_access_key_id: '', aws_secret_access_key: '', s3_bucket: 'ABCD' },
    });
  });
});

test('supervisor reads its files: one group of four programs, one server, one client', () => {
  withFolder((root) => {
    const target = aTarget({ root });
    settle(target);
    const [conf] = readAll([{ reader: 'supervisor', path: `${target.paths.config}/supervisor.conf` }]);
    const { log, supervisor, bin } = target.paths;
    const program = (name: string, shim: string) => ({
      name,
      command: join(bin, shim),
      startsecs: '3',
      startretries: '10',
      stopasgroup: 'True',
      killasgroup: 'True',
      autostart: 'True',
      autorestart: expect.stringContaining('RestartWhenExitUnexpected'),
      stopwaitsecs: '10',
    });
    expect(read(conf)).toEqual({
      http: { host: '0.0.0.0', port: 64101, username: 'jaws', password: 'sesame-jaws_supervisord_pw' },
      daemon: {
        logfile: `${log}/supervisor.log`,
        logfile_maxbytes: 50 * 1024 * 1024,
        logfile_backups: 2,
        loglevel: 20,
        pidfile: `${supervisor}/jaws-pidfile`,
        nodaemon: false,
        minfds: 1024,
        minprocs: 200,
        identifier: 'supervisor-jaws-dev',
        // In the shared default, another supervisord of this name removes the logs of ours when it starts.
        childlogdir: target.paths.log,
        directory: supervisor,
      },
      ctl: {
        serverurl: 'http://localhost:64101',
        username: 'jaws',
        password: 'sesame-jaws_supervisord_pw',
        prompt: 'supervisor-jaws-dev',
      },
      groups: [
        {
          name: 'jaws-site',
          priority: 999,
          programs: expect.arrayContaining([
            program('runs', 'run-daemon'),
            program('transfers', 'transfer-daemon'),
            program('rpc-server', 'rpc-server'),
            program('message-consumer', 'message-consumer'),
          ]),
        },
      ],
      warnings: [],
    });
    expect(textOf(renderTarget(target, RELEASE), 'supervisor.site.conf')).toContain(
      'programs=runs,transfers,rpc-server,message-consumer\npriority=999\n',
    );
  });
});

test('a password with everything in it is right in every file', () => {
  withFolder((base) => {
    const root = `${base}/wicked % 'folder' (1)`;
    const secrets = {
      JAWS_DB_PW: WICKED,
      JAWS_RMQ_PW: WICKED,
      JAWS_SUPERVISORD_PW: WICKED,
      JAWS_GLOBUS_CLIENT_SECRET: WICKED,
      AWS_SECRET_ACCESS_KEY: WICKED,
    };
    const target = aTarget({ root, secrets, paths: { config: `${base}/config` } });
    const files = settle(target);
    const env = readEnv(textOf(files, 'site.env'));
    const prefix = env['ENV_OVERRIDE_PREFIX'] ?? '';
    const overrides = (section: string) =>
      Object.fromEntries(
        Object.entries(env)
          .filter(([name]) => name.startsWith(`${prefix}${section}_`))
          .map(([name, value]) => [name.slice(prefix.length + section.length + 1), value]),
      );
    const conf = `${target.paths.config}/jaws-site.conf`;
    const [plain, overridden, supervisor] = readAll([
      { reader: 'site', path: conf },
      {
        reader: 'site',
        path: conf,
        overrides: { DB: overrides('DB'), RMQ: overrides('RMQ'), GLOBUS: overrides('GLOBUS') },
      },
      { reader: 'supervisor', path: `${target.paths.config}/supervisor.conf` },
    ]);
    expect(prefix).toBe('ENV__');
    for (const reading of [plain, overridden]) {
      expect(read(reading)).toMatchObject({
        DB: { password: WICKED, host: 'mysql.lbl.gov', port: '3306' },
        RMQ: { password: WICKED, host: 'rmq.lbl.gov', port: '5672' },
        AWS: { aws_secret_access_key: WICKED },
      });
    }
    expect(overrides('GLOBUS')).toEqual({ client_secret: WICKED.replaceAll('%', '%%') });
    expect(Object.keys(overrides('DB')).sort()).toEqual(['host', 'password', 'port']);
    expect(Object.keys(overrides('RMQ')).sort()).toEqual(['host', 'password', 'port']);
    expect(read(supervisor)).toMatchObject({ http: { password: WICKED }, ctl: { password: WICKED } });
    for (const name of SHIMS) expect(textOf(files, name)).not.toContain(WICKED);
  });
});

test('every shell file begins as a login shell of bash and pleases sh -n and shellcheck', () => {
  withFolder((root) => {
    const files = settle(awkward(root)).filter((file) => file.mode === 0o700);
    expect(files).toHaveLength(6);
    for (const { path, content } of files) {
      expect(reveal(content).split('\n')[0], path).toBe('#!/bin/bash -l');
      expect(reveal(content).endsWith('\n'), path).toBe(true);
      piped('sh', ['-n', path], '');
    }
    piped('shellcheck', ['-s', 'bash', ...files.map((file) => file.path)], '');
  });
});

test('a shim replaces itself by jaws-site of the venv, with its environment and arguments', () => {
  withFolder((root) => {
    const target = awkward(root);
    settle(target);
    const { venv, bin, log, config } = target.paths;
    put(`${venv}/bin/activate`, 'VIRTUAL_ENV=activated; export VIRTUAL_ENV\n');
    const print =
      'printf "%s\\n" "$$" "$LC_ALL" "$LANG" "$PYTHONIOENCODING" "$VIRTUAL_ENV" "${PATH%%:*}" "$@"\n';
    chmodSync(put(`${venv}/bin/jaws-site`, `#!/bin/sh\n${print}`), 0o700);
    const said = piped('sh', ['-c', 'echo $$; exec "$0"', `${bin}/rpc-server`], '').split('\n');
    expect(said[1]).toBe(said[0]);
    expect(said.slice(2, -1)).toEqual([
      ...['en_US.UTF-8', 'en_US.UTF-8', 'utf-8', 'activated', bin],
      ...['--log', `${log}/site-rpc.log`, '--config', `${config}/jaws-site.conf`],
      ...['--log-level', 'DEBUG', 'rpc-server'],
    ]);
  });
});

test('a shim without its venv fails and starts nothing else', () => {
  withFolder((root) => {
    const target = aTarget({ root });
    settle(target);
    expect(() => piped(`${target.paths.bin}/run-daemon`, [], '')).toThrow(/activate: No such file/);
    expect(() => piped(`${target.paths.bin}/supervisord`, ['-v'], '')).toThrow(/activate: No such file/);
  });
});

test.each(['JAWS_DB_PW', 'JAWS_RMQ_PW', 'JAWS_DB_HOST', 'JAWS_SITE_NAME', 'JAWS_GLOBUS_EP'])(
  'without %s nothing is rendered',
  (name) => {
    const target = aTarget({ values: { [name]: undefined }, secrets: { [name]: undefined } });
    expect(() => renderTarget(target, RELEASE)).toThrow(`${name} is not defined`);
  },
);

test('two files with the same path are an error that names both', () => {
  const spec = { path: '/a/b', template: 'site/site.env', mode: 0o600, data: {} };
  expect(() => distinct([spec, { ...spec, template: 'shims/venv' }])).toThrow(OpsError);
  expect(() => distinct([spec, { ...spec, template: 'shims/venv' }])).toThrow(
    '/a/b: written by both templates/site/site.env.hbs and templates/shims/venv.hbs',
  );
});

test('rendering is repeatable', () => {
  const [one, two] = [renderTarget(aTarget(), RELEASE), renderTarget(aTarget(), RELEASE)];
  expect(one.map((file) => reveal(file.content))).toEqual(two.map((file) => reveal(file.content)));
});

test('templates are listed in the files that npm publishes', () => {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(manifest).toMatchObject({ files: expect.arrayContaining(['templates']) });
});
