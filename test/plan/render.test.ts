import { readdirSync, readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { OpsError } from '../../src/core/errors.ts';
import type { FileSpec } from '../../src/core/file.ts';
import { reveal, Secret } from '../../src/core/secret.ts';
import { FORMATS } from '../../src/plan/formats.ts';
import { octal, renderFiles } from '../../src/plan/render.ts';
import { siteFiles } from '../../src/plan/site-files.ts';
import { compileTemplate } from '../../src/plan/template.ts';
import { aSecret, aTarget } from '../fixtures/target.ts';

const TEMPLATES = new URL('../../templates/', import.meta.url);

function templates(): readonly { name: string; text: string }[] {
  return readdirSync(TEMPLATES, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.hbs'))
    .map((name) => ({ name, text: readFileSync(new URL(name, TEMPLATES), 'utf8') }));
}

function errorOf(body: () => unknown): OpsError {
  try {
    body();
  } catch (error) {
    if (error instanceof OpsError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const wrapper: FileSpec = {
  path: '/install/bin/supervisorctl',
  template: 'supervisor/supervisorctl',
  mode: 0o700,
  data: { venv: '/install/supervisor', conf: '/install/config/supervisor.conf', fixed: true },
};

describe('templates', () => {
  test('every one keeps the rules: each value passes a format', () => {
    expect(templates().length).toBeGreaterThanOrEqual(7);
    for (const { name, text } of templates()) expect(() => compileTemplate(name, text), name).not.toThrow();
  });

  test('none has a bare value, seen without the parser', () => {
    const allowed = new RegExp(
      `^(?:\\{(?:${Object.keys(FORMATS).join('|')}) [^{}]+\\}|\\{[#/](?:each|if|unless)[^{}]*\\}|\\{else\\})$`,
    );
    for (const { name, text } of templates()) {
      for (const [braces] of text.matchAll(/\{\{.*?\}\}+/g))
        expect(braces.slice(1, -1), name).toMatch(allowed);
    }
  });

  test('in configuration files a formatted value is the whole of what follows the "="', () => {
    for (const { name, text } of templates().filter((one) => /\.(conf|env)\.hbs$/.test(one.name))) {
      for (const line of text
        .split('\n')
        .filter((one) => /\{\{(ini|percent|password|command|override)/.test(one))) {
        expect(line, name).toMatch(/^[\w.]+=\{\{\w+ [^{}]+\}\}$/);
      }
    }
  });

  test.each([
    ['{{x}}', 'without a format'],
    ['{{{x}}}', 'without a format'],
    ['{{&x}}', 'without a format'],
    ['{{lookup . "x"}}', 'without a format'],
    ['{{ini (sh x)}}', '(sh …)'],
    ['{{> other}}', 'a partial'],
    ['{{#> other}}{{/other}}', 'a partial'],
    ['{{#with x}}{{/with}}', '{{#with}}'],
    ['{{#x}}{{/x}}', '{{#x}}'],
  ])('refuses %s', (source, why) => {
    const error = errorOf(() => compileTemplate('a/b', `\n${source}\n`));
    expect(error.code).toBe('render.template');
    expect(error.message).toContain('templates/a/b.hbs: line 2: ');
    expect(error.message).toContain(why);
  });
});

describe('renderFiles', () => {
  test('renders several files, each with its path, mode and group', () => {
    const [one, two] = renderFiles([wrapper, { ...wrapper, path: '~/bin/x', group: 'jaws' }]);
    expect(one).toMatchObject({ path: wrapper.path, mode: 0o700 });
    expect(one).not.toHaveProperty('group');
    expect(two).toMatchObject({ path: '~/bin/x', group: 'jaws' });
    expect(one?.content).toContain(
      'exec /install/supervisor/bin/supervisorctl -c /install/config/supervisor.conf "$@"',
    );
  });

  test('a file with a secret is a secret itself', () => {
    for (const file of renderFiles(siteFiles(aTarget()))) {
      expect(file.content).toBeInstanceOf(Secret);
      expect(reveal(file.content)).toContain('sesame-jaws_db_pw');
      expect(`${inspect(file, { depth: 9 })}${JSON.stringify(file)}${file.content}`).not.toContain('sesame');
    }
  });

  test.each([0o644, 0o640, 0o604, 0o610])('a secret in a file of mode %o is an error', (mode) => {
    const specs = siteFiles(aTarget()).map((spec) => ({ ...spec, mode }));
    const error = errorOf(() => renderFiles(specs));
    expect(error.code).toBe('render.template');
    expect(error.message).toContain(`/config/jaws-site.conf: mode: got ${octal(mode)}`);
    expect(error.message).not.toContain('sesame');
  });

  test.each([undefined, null])('a variable that is %s is an error with template and name', (value) => {
    const error = errorOf(() => renderFiles([{ ...wrapper, data: { ...wrapper.data, conf: value } }]));
    expect(error.code).toBe('render.template');
    expect(error.message).toBe('templates/supervisor/supervisorctl.hbs: conf is not defined');
  });

  test('a variable that is not there is an error with template and name', () => {
    const error = errorOf(() => renderFiles([{ ...wrapper, data: { conf: '/c' } }]));
    expect(error.message).toBe('templates/supervisor/supervisorctl.hbs: venv is not defined');
  });

  test.each([
    [{ group: 'jaws-site' }, 'programs: got undefined, expected a list'],
    [{ group: 'jaws-site', programs: 'runs' }, 'programs: got string, expected a list'],
    [{ group: 'jaws-site', programs: [{ program: 'runs' }] }, 'command is not defined'],
    [{ group: ['a'], programs: [] }, 'group: got a list, expected text'],
    [{ group: { name: 'a' }, programs: [] }, 'group: got object, expected text'],
  ])('data of the wrong shape is an error: %j', (data, message) => {
    const spec = {
      path: '/c/supervisor.site.conf',
      template: 'supervisor/supervisor.site.conf',
      mode: 0o600,
      data,
    };
    expect(errorOf(() => renderFiles([spec])).message).toBe(
      `templates/supervisor/supervisor.site.conf.hbs: ${message}`,
    );
  });

  test('a value its file cannot hold is named with file and variable, and not shown', () => {
    const target = aTarget({ secrets: { JAWS_RMQ_PW: 'sesame$open' } });
    const error = errorOf(() => renderFiles(siteFiles(target)));
    expect(error.code).toBe('render.value');
    expect(error.message).toContain(`${target.paths.config}/jaws-site.conf: JAWS_RMQ_PW: holds "$"`);
    expect(error.message).not.toContain('sesame');
  });

  test('values that are joined are judged together', () => {
    const data = {
      bind: '0.0.0.0',
      port: 1,
      password: aSecret('P'),
      log: '/l',
      supervisorDir: '/s',
      nodaemon: false,
    };
    const spec = { path: '/c/supervisor.conf', template: 'supervisor/supervisor.conf', mode: 0o600 };
    const rest = { deployment: 'dev', clientUrl: 'http://localhost:1', configDir: '/c' };
    const error = errorOf(() => renderFiles([{ ...spec, data: { ...data, ...rest, bind: 'a ;' } }]));
    expect(error.message).toContain('bind + port: holds ";" after white space');
  });

  test('a template that is not there is an error', () => {
    const error = errorOf(() => renderFiles([{ ...wrapper, template: 'supervisor/none' }]));
    expect(error.code).toBe('render.template');
    expect(error.message).toContain('templates/supervisor/none.hbs: ENOENT');
  });

  test.each(['relative', '/a/../b', '/a/./b', '/a//b', '/a/', '~', '~x/a', '', '/a\nb', '/'])(
    'a path like %j is an error',
    (path) => {
      expect(errorOf(() => renderFiles([{ ...wrapper, path }])).message).toContain(
        'expected an absolute path',
      );
    },
  );

  test.each(['/a/.b', '/a/..b', '/a b/ö', '~/.config/x'])('a path like %j is taken', (path) => {
    expect(renderFiles([{ ...wrapper, path }])[0]?.path).toBe(path);
  });
});
