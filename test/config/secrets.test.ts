import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { loadSecrets, type SecretsOptions, withSecrets } from '../../src/config/secrets.ts';
import { OpsError } from '../../src/core/errors.ts';
import { MASK } from '../../src/core/secret.ts';
import { SHIPPED, temporaryFolder } from './folder.ts';

const config = loadConfig(SHIPPED);
const prod = config.target('perlmutter', 'prod');

function secretsFile(text: string, mode = 0o600): string {
  const file = path.join(temporaryFolder(), 'secrets.yaml');
  writeFileSync(file, text, { mode });
  chmodSync(file, mode);
  return file;
}

async function failure(file: string, options?: SecretsOptions): Promise<OpsError> {
  try {
    withSecrets(prod, await loadSecrets(file, options));
  } catch (error) {
    if (error instanceof OpsError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** The secrets of perlmutter-prod, revealed. */
async function values(text: string, options?: SecretsOptions): Promise<Record<string, string>> {
  const target = withSecrets(prod, await loadSecrets(secretsFile(text), options));
  return Object.fromEntries(
    Object.entries(target.env.secrets).map(([name, secret]) => [name, secret.reveal()]),
  );
}

const COMPLETE = 'default:\n  JAWS_DB_PW: d\n  JAWS_RMQ_PW: r\n  JAWS_SUPERVISORD_PW: s\n';

describe('a secrets file', () => {
  it.each([0o600, 0o400])('of mode %o is read', async (mode) => {
    expect((await loadSecrets(secretsFile(COMPLETE, mode))).all).toHaveLength(3);
  });

  it.each([0o644, 0o640, 0o604, 0o660, 0o610])('of mode %o is refused', async (mode) => {
    const file = secretsFile(COMPLETE, mode);
    const error = await failure(file);
    expect(error).toMatchObject({ code: 'secrets.file', exitCode: 2 });
    expect(error.message).toBe(`${file}: got mode 0${mode.toString(8)}, expected 0600 or stricter`);
    expect(error.next).toContain('chmod 600');
  });

  it('that is not there, or no file, says so', async () => {
    const dir = temporaryFolder();
    expect((await failure(`${dir}/none`)).message).toBe(`${dir}/none: does not exist`);
    mkdirSync(`${dir}/folder`, { mode: 0o700 });
    expect((await failure(`${dir}/folder`)).message).toBe(`${dir}/folder: is not a file`);
  });

  it('that is no YAML says where and shows nothing of it', async () => {
    const error = await failure(secretsFile('default:\n  JAWS_DB_PW: "hunter2\n  x: [hunter2'));
    expect(error.code).toBe('secrets.file');
    expect(inspect(error, { depth: 9 })).not.toContain('hunter2');
    expect(error.message).toMatch(/not valid YAML: .*\(line \d\)/);
  });

  it.each([
    ['- hunter2', /got a list, expected a map/],
    ['defaults:\n  JAWS_DB_PW: hunter2', /defaults: unknown key.*did you mean default\?/],
    ['default:\n  JAWS_DB_PASSWORD: hunter2', /default\.JAWS_DB_PASSWORD: unknown key, expected JAWS_DB_PW/],
    ['default: hunter2', /default: got text, expected a map/],
    ['default:\n  JAWS_DB_PW: [hunter2]', /JAWS_DB_PW: got a list, expected text, \{env: NAME\}/],
    ['default:\n  JAWS_DB_PW: {enf: hunter2}', /JAWS_DB_PW: got a map, expected text, \{env: NAME\}/],
    ['default:\n  JAWS_DB_PW: {command: hunter2}', /JAWS_DB_PW: got a map, expected text/],
    ['deployments:\n  production:\n    JAWS_DB_PW: hunter2', /deployments\.production: unknown key/],
    [
      'targets:\n  perlmutter:\n    JAWS_DB_PW: hunter2',
      /targets\.perlmutter: key, expected SITE-DEPLOYMENT/,
    ],
    ['default:\n  JAWS_DB_PW: hunter2\n  JAWS_DB_PW: hunter2', /JAWS_DB_PW: set twice/],
  ])('of the wrong shape says what is wrong: %j', async (text, wanted) => {
    const error = await failure(secretsFile(text));
    expect(error.code).toBe('secrets.file');
    expect(error.message).toMatch(wanted);
    expect(inspect(error, { depth: 9 })).not.toContain('hunter2');
  });

  it('like the example has the right shape', async () => {
    const text = readFileSync(`${SHIPPED}/secrets.example.yaml`, 'utf8');
    const secrets = await loadSecrets(secretsFile(text), { env: {}, sites: [] });
    expect(secrets.of('aws', 'dev').get('JAWS_DB_PW')?.secret?.reveal()).toBe('a password');
  });
});

describe('layers', () => {
  it('give the narrowest value', async () => {
    const part = (value: string) => `{ JAWS_DB_PW: ${value}, JAWS_RMQ_PW: r, JAWS_SUPERVISORD_PW: s }`;
    let text = `default: ${part('default')}\n`;
    expect((await values(text))['JAWS_DB_PW']).toBe('default');
    text += `deployments:\n  prod: ${part('deployment')}\n  dev: ${part('other')}\n`;
    expect((await values(text))['JAWS_DB_PW']).toBe('deployment');
    text += `sites:\n  perlmutter: ${part('site')}\n  aws: ${part('other')}\n`;
    expect((await values(text))['JAWS_DB_PW']).toBe('site');
    text += `targets:\n  perlmutter-prod: ${part('target')}\n  perlmutter-dev: ${part('other')}\n`;
    expect((await values(text))['JAWS_DB_PW']).toBe('target');
  });

  it('are mixed name by name', async () => {
    const text = `${COMPLETE}targets:\n  perlmutter-prod:\n    JAWS_RMQ_PW: own\n`;
    expect(await values(text)).toEqual({ JAWS_DB_PW: 'd', JAWS_RMQ_PW: 'own', JAWS_SUPERVISORD_PW: 's' });
  });

  it('that lack required ones name each and the target', async () => {
    const error = await failure(secretsFile('default:\n  JAWS_RMQ_PW: r\n'));
    expect(error.code).toBe('secrets.value');
    expect(error.others.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /JAWS_DB_PW: missing for perlmutter-prod, expected under targets\.perlmutter-prod, sites/,
      ),
      expect.stringMatching(/JAWS_SUPERVISORD_PW: missing for perlmutter-prod/),
    ]);
  });

  it('of other sites do not matter', async () => {
    const text = `${COMPLETE}sites:\n  aws:\n    JAWS_DB_PW: { env: NOT_SET }\n`;
    expect((await values(text, { env: {} }))['JAWS_DB_PW']).toBe('d');
  });
});

describe('a source', () => {
  const only = (source: string) => COMPLETE.replace('JAWS_DB_PW: d', `JAWS_DB_PW: ${source}`);
  const read = async (source: string, options?: SecretsOptions) =>
    (await values(only(source), options))['JAWS_DB_PW'];
  const refusal = async (source: string, options?: SecretsOptions) =>
    (await failure(secretsFile(only(source)), options)).message;

  it('can be the secret itself, as it is written', async () => {
    expect(await read('0123')).toBe('0123');
    expect(await read('yes')).toBe('yes');
    expect(await read(`'a "b" \\ % $HOME #'`)).toBe('a "b" \\ % $HOME #');
  });

  it('can be the environment', async () => {
    expect(await read('{env: DB}', { env: { DB: 'from env' } })).toBe('from env');
    expect(await refusal('{env: DB}', { env: {} })).toMatch(
      /default\.JAWS_DB_PW: environment variable DB is not set, needed for perlmutter-prod$/,
    );
    expect(await refusal('{env: DB}', { env: { DB: '' } })).toMatch(/environment variable DB is empty/);
  });

  it('can be a file, whose last newline is cut off', async () => {
    const dir = temporaryFolder();
    writeFileSync(`${dir}/pw`, ' a b \n');
    expect(await read(`{file: ${dir}/pw}`)).toBe(' a b ');
    writeFileSync(`${dir}/pw`, 'a\n\n');
    expect(await read(`{file: ${dir}/pw}`)).toBe('a\n');
    expect(await refusal(`{file: ${dir}/none}`)).toMatch(/file .*none cannot be read \(ENOENT\)/);
    writeFileSync(`${dir}/pw`, '\n');
    expect(await refusal(`{file: ${dir}/pw}`)).toMatch(/file .*pw is empty/);
  });

  it('can be a file beside the secrets file', async () => {
    const file = secretsFile(only('{file: db}'));
    writeFileSync(path.join(path.dirname(file), 'db'), 'near');
    expect((await loadSecrets(file)).of('aws', 'dev').get('JAWS_DB_PW')?.secret?.reveal()).toBe('near');
  });

  it('can be a command, which no shell reads', async () => {
    expect(await read(`{command: [printf, '%s\\n', '$HOME; a']}`)).toBe('$HOME; a');
    expect(await read(`{command: [sh, -c, 'echo $DB']}`, { env: { ...process.env, DB: 'x' } })).toBe('x');
  });

  it('that fails is told without what it printed', async () => {
    expect(await refusal(`{command: [sh, -c, 'echo hunter2; echo hunter2 >&2; exit 3']}`)).toMatch(
      /JAWS_DB_PW: command sh ended with exit code 3, needed for perlmutter-prod$/,
    );
    expect(await refusal('{command: [/no/such/program]}')).toMatch(
      /command \/no\/such\/program cannot be run \(ENOENT\)/,
    );
    expect(await refusal('{command: [true]}')).toMatch(/the output of true is empty/);
    expect(await refusal('{command: [cat, /dev/zero]}')).toMatch(/command cat gave more than 65536 bytes/);
  });

  it('that hangs is ended with all its children', async () => {
    const dir = temporaryFolder();
    const script = `sleep 60 & echo $! > ${dir}/pid; wait`;
    expect(await refusal(`{command: [sh, -c, '${script}']}`, { commandTimeoutMs: 300 })).toMatch(
      /command sh did not end within 0\.3 s/,
    );
    const pid = Number(readFileSync(`${dir}/pid`, 'utf8'));
    await expect.poll(() => running(pid)).toBe(false);
  });
});

describe('secrets in the program', () => {
  it('show themselves in no rendering', async () => {
    const secrets = await loadSecrets(secretsFile(COMPLETE.replace('JAWS_DB_PW: d', 'JAWS_DB_PW: hunter2')));
    const target = withSecrets(prod, secrets);
    for (const shown of [
      inspect(target, { depth: 9 }),
      JSON.stringify(target),
      `${target.env.secrets['JAWS_DB_PW']}`,
    ]) {
      expect(shown).not.toContain('hunter2');
      expect(shown).toContain(MASK);
    }
    expect(inspect(secrets, { depth: 9 })).not.toContain('hunter2');
    expect(target.env.secrets['JAWS_DB_PW']?.reveal()).toBe('hunter2');
  });

  it('leave the target without them as it was', async () => {
    withSecrets(prod, await loadSecrets(secretsFile(COMPLETE)));
    expect(prod.env.secrets).toEqual({});
  });
});

/** Whether a process is there and no zombie. */
function running(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}
