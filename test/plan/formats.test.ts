import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { OpsError } from '../../src/core/errors.ts';
import { FORMATS, type Format, type Place } from '../../src/plan/formats.ts';
import {
  piped,
  put,
  type ReaderCase,
  type Reading,
  readAll,
  readEnv,
  type Tree,
  withFolder,
} from '../fixtures/readers.ts';

/** Python and shells start slowly on a busy machine. */
vi.setConfig({ testTimeout: 60_000 });

const PLACE: Place = { file: '/install/config/some.conf', variable: 'JAWS_DB_PW' };
const BATCH = 100;

/** Text that formats stumble over: each reader's own special characters, in unlucky company. */
const word = fc.oneof(
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  {
    weight: 5,
    arbitrary: fc
      .array(
        fc.constantFrom(
          ...[
            '%',
            '%%',
            '$',
            '$A',
            '${A}',
            '$(',
            '%(here)s',
            '%(A)s',
            '#',
            ';',
            ' ',
            '\t',
            "'",
            '"',
            '\\',
            '`',
          ],
          ...[
            '=',
            ':',
            '!',
            '~',
            '*',
            '[',
            '{SHA}',
            '\n',
            '\r',
            '\x0b',
            '\x1c',
            '\x85',
            '\u00a0',
            '\u2028',
            '\ufeff',
          ],
          ...['a', 'Z', '0', '_', 'ö', '漢', '😀', '\u0301'],
        ),
        { maxLength: 8 },
      )
      .map((parts) => parts.join('')),
  },
);
const batch = fc.array(word, { minLength: BATCH, maxLength: BATCH });

/** The formatted value, or undefined when it was refused as it has to be: with code, file and variable, without the value. */
function tried(format: Format, value: string): string | undefined {
  try {
    return format(value, PLACE);
  } catch (error) {
    if (!(error instanceof OpsError)) throw error;
    expect(error.code).toBe('render.value');
    expect(error.message).toMatch(/^\/install\/config\/some\.conf: JAWS_DB_PW: holds ./);
    return undefined;
  }
}

function refusal(format: Format, value: string): string {
  try {
    return `accepted: ${format(value, PLACE)}`;
  } catch (error) {
    return error instanceof OpsError ? `${error.code} ${error.message}` : String(error);
  }
}

function at(reading: Reading | undefined, ...keys: (string | number)[]): Tree | undefined {
  if (reading === undefined || !('read' in reading)) return undefined;
  return keys.reduce<Tree | undefined>(
    (tree, key) =>
      typeof tree === 'object' && tree !== null ? (tree as Record<string, Tree>)[key] : undefined,
    reading.read,
  );
}

function siteConf(formatted: string): string {
  return `[DB]\nuser=jaws\npassword=${formatted}\nhost=after\n`;
}

function supervisorConf(folder: string, formatted: string): string {
  return [
    `[inet_http_server]\nport=127.0.0.1:64101\nusername=jaws\npassword=${formatted}\n`,
    `[supervisord]\nlogfile=${folder}/log\ndirectory=${folder}\n`,
    `[supervisorctl]\nserverurl=http://localhost:64101\nusername=jaws\npassword=${formatted}\n`,
    `[include]\nfiles=${folder}/none.*.conf\n`,
  ].join('\n');
}

test('ini: what is accepted is what ConfigParser and then expandvars read', () => {
  fc.assert(
    fc.property(batch, (values) =>
      withFolder((folder) => {
        const written = values.map((value) => tried(FORMATS.ini, value));
        const readings = readAll(
          written.map((text, i) => ({ reader: 'site', path: put(`${folder}/${i}`, siteConf(text ?? 'x')) })),
        );
        values.forEach((value, i) => {
          if (written[i] !== undefined) expect(at(readings[i], 'DB', 'password')).toBe(value);
          expect(at(readings[i], 'DB', 'host')).toBe('after');
        });
      }),
    ),
    { numRuns: 4, interruptAfterTimeLimit: 20_000 },
  );
});

test('override: what is accepted is what the shell, then ConfigParser, then expandvars read', () => {
  fc.assert(
    fc.property(batch, (values) =>
      withFolder((folder) => {
        const written = values.map((value) => tried(FORMATS.override, value));
        const env = readEnv(written.map((text, i) => `ENV__DB_password${i}=${text ?? ''}\n`).join(''));
        const path = put(`${folder}/conf`, siteConf('from-the-file'));
        const readings = readAll(
          values.map((_, i) => ({
            reader: 'site',
            path,
            overrides: { DB: { password: env[`ENV__DB_password${i}`] ?? 'lost' } },
          })),
        );
        values.forEach((value, i) => {
          if (written[i] !== undefined) expect(at(readings[i], 'DB', 'password')).toBe(value);
        });
      }),
    ),
    { numRuns: 4, interruptAfterTimeLimit: 20_000 },
  );
});

test('percent and password: what is accepted is what supervisord and supervisorctl both read', () => {
  fc.assert(
    fc.property(batch, (values) =>
      withFolder((folder) => {
        const written = values.map((value) => tried(FORMATS.password, value));
        const readings = readAll(
          written.map((text, i) => ({
            reader: 'supervisor',
            path: put(`${folder}/${i}`, supervisorConf(folder, text ?? 'x')),
          })),
        );
        values.forEach((value, i) => {
          if (written[i] === undefined) return;
          expect(at(readings[i], 'http', 'password')).toBe(value);
          expect(at(readings[i], 'ctl', 'password')).toBe(value);
        });
      }),
    ),
    { numRuns: 4, interruptAfterTimeLimit: 20_000 },
  );
});

test('percent refuses nothing that supervisor could be given', () => {
  const refused = fc
    .sample(word, 1200)
    .filter((value) => !value.includes('\0') && tried(FORMATS.percent, value) === undefined);
  expect(refused.length).toBeGreaterThan(50);
  withFolder((folder) => {
    const readings = readAll(
      refused.map((value, i) => ({
        reader: 'supervisor',
        path: put(`${folder}/${i}`, supervisorConf(folder, value.replaceAll('%', '%%'))),
      })),
    );
    refused.forEach((value, i) => {
      const both = [at(readings[i], 'http', 'password'), at(readings[i], 'ctl', 'password')];
      expect(both).not.toEqual([value, value]);
    });
  });
});

test('command: supervisor splits it into exactly the one path', () => {
  fc.assert(
    fc.property(batch, (values) => {
      const written = values.map((value) => tried(FORMATS.command, value));
      const cases = written.map<ReaderCase>((text) => ({
        reader: 'shlex',
        text: (text ?? '').replaceAll('%%', '%'),
      }));
      const readings = readAll(cases);
      values.forEach((value, i) => {
        if (written[i] !== undefined) expect(readings[i]).toEqual({ read: [value] });
      });
    }),
    { numRuns: 3, interruptAfterTimeLimit: 20_000 },
  );
});

test('sh: a shell hands the very value on', () => {
  fc.assert(
    fc.property(batch, (values) => {
      const written = values.map((value) => tried(FORMATS.sh, value));
      const printed = piped(
        'sh',
        ['-s'],
        `printf '%s\\0' ${written.map((text) => text ?? "''").join(' ')}\n`,
      );
      const expected = values.map((value, i) => (written[i] === undefined ? '' : value));
      expect(printed.split('\0').slice(0, -1)).toEqual(expected);
    }),
    { numRuns: 4, interruptAfterTimeLimit: 20_000 },
  );
});

test('sitepath: a shell hands a path on as it is, whatever it holds', () => {
  fc.assert(
    fc.property(batch, (words) => {
      const values = words.map((word) => `/${word}`);
      const written = values.map((value) => tried(FORMATS.sitepath, value));
      const printed = piped(
        'sh',
        ['-s'],
        `printf '%s\\0' ${written.map((text) => text ?? "''").join(' ')}\n`,
      );
      const expected = values.map((value, i) => (written[i] === undefined ? '' : value));
      expect(printed.split('\0').slice(0, -1)).toEqual(expected);
    }),
    { numRuns: 4, interruptAfterTimeLimit: 20_000 },
  );
});

/** What systemd makes of `%` in a unit: `%%` is one, any other is a specifier. Source: systemd.unit(5). */
function unspecified(text: string): string {
  expect(text.replaceAll('%%', '')).not.toContain('%');
  return text.replaceAll('%%', '%');
}

/** What systemd makes of one word of a command. Source: systemd.service(5), "Command lines" and "Quoting". */
function unitWords(text: string): string[] {
  const words = text.match(/"(?:[^"\\]|\\.)*"|[^ \t"]+/g) ?? [];
  return words.map((word) => {
    const bare = word.startsWith('"') ? word.slice(1, -1).replaceAll(/\\(.)/g, '$1') : word;
    expect(bare.replaceAll('$$', '')).not.toContain('$');
    return unspecified(bare.replaceAll('$$', () => '$'));
  });
}

test('unit: one line that systemd neither expands nor joins with the next', () => {
  fc.assert(
    fc.property(word, (value) => {
      const written = tried(FORMATS.unit, value);
      if (written === undefined) return;
      expect(written).not.toMatch(/[\n\r]|\\$/);
      expect(unspecified(written)).toBe(value);
    }),
    { numRuns: 2_000 },
  );
});

test('unitword: systemd splits it into exactly the one word and expands nothing in it', () => {
  fc.assert(
    fc.property(word, (value) => {
      const written = tried(FORMATS.unitword, value);
      if (written === undefined) return;
      expect(written).not.toMatch(/[\n\r]|\\$/);
      expect(unitWords(written)).toEqual([value]);
    }),
    { numRuns: 2_000 },
  );
});

test('cron: the very value, never a second line', () => {
  fc.assert(
    fc.property(word, (value) => {
      const written = tried(FORMATS.cron, value);
      if (written !== undefined) expect([written, written.split(/[\n\r]/)]).toEqual([value, [value]]);
    }),
    { numRuns: 2_000 },
  );
});

test('envfile: plain when harmless, quoted otherwise', () => {
  expect(FORMATS.envfile('db.example.org', PLACE)).toBe('db.example.org');
  expect(readEnv(`X=${FORMATS.envfile('a b $HOME `id` \'"\\', PLACE)}\n`)['X']).toBe('a b $HOME `id` \'"\\');
  expect(refusal(FORMATS.envfile, 'a\nb')).toContain('line feed');
});

test.each<[keyof typeof FORMATS, string, string]>([
  ['sh', 'a\0b', 'a NUL byte (U+0000)'],
  ['sh', '\ud800', 'half a surrogate pair'],
  ['ini', 'a$b', '"$" before a letter'],
  ['ini', 'a${', '"$" before a letter'],
  ['ini', 'a\nb', 'line feed (U+000A)'],
  ['ini', 'a\rb', 'carriage return (U+000D)'],
  ['ini', ' a', 'white space at its beginning or end'],
  ['ini', 'a\u2003', 'white space at its beginning or end'],
  ['override', 'a$b', '"$" before a letter'],
  ['percent', 'a ;b', '";" after white space'],
  ['percent', 'a\t#b', '"#" after white space'],
  ['percent', '%(here)s', '"%(here)s"'],
  ['password', '{SHA}ab', '"{SHA}" at its beginning'],
  ['password', '', 'nothing'],
  ['glob', '/a b', 'white space'],
  ['name', 'a:b', 'more than letters'],
  ['unit', 'a\nExecStart=/bin/sh', 'line feed (U+000A)'],
  ['unit', 'a\\', 'a backslash at its end'],
  ['unitword', 'a\nb', 'line feed (U+000A)'],
  ['cron', 'a\n* * * * * /bin/sh', 'line feed (U+000A)'],
  ['cron', 'a\rb', 'carriage return (U+000D)'],
])('%s refuses %j and says why', (format, value, why) => {
  const message = refusal(FORMATS[format], value);
  expect(message).toMatch(/^render\.value \/install\/config\/some\.conf: JAWS_DB_PW: holds /);
  expect(message).toContain(why);
});

test.each<[keyof typeof FORMATS, string, string]>([
  ['ini', '100%$', '100%%$'],
  ['ini', '#;x', '#;x'],
  ['ini', '', ''],
  ['percent', '#;x', '#;x'],
  ['percent', 'a#b;c', 'a#b;c'],
  ['percent', '$HOME', '$HOME'],
  ['password', 'x{SHA}', 'x{SHA}'],
  ['override', "100%'", "'100%%'\\'''"],
  ['command', '/opt/a b/50%', "'/opt/a b/50%%'"],
  ['glob', '/a[1]*', '/a[[]1][*]'],
  ['name', 'rpc-server', 'rpc-server'],
  ['sitepath', '/opt/a b', "'/opt/a b'"],
  ['sitepath', '$CFS/a b', `"\${CFS:?is not set at this site}"'/a b'`],
  ['sitepath', '/a/$CFS', "'/a/$CFS'"],
])('%s writes %j as %j', (format, value, written) => {
  expect(FORMATS[format](value, PLACE)).toBe(written);
});
