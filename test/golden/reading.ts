import { spawnSync } from 'node:child_process';
import { basename } from 'node:path';
import type { RenderedFile } from '../../src/core/file.ts';
import { reveal } from '../../src/core/secret.ts';
import { renderTarget } from '../../src/plan/render-target.ts';
import { put, type ReaderCase, readAll, readEnv, type Tree } from '../fixtures/readers.ts';
import { type Combination, RELEASE, secretValue } from './combinations.ts';

/** Who reads a generated file. */
export type Reader = 'jaws' | 'supervisor' | 'shell' | 'assignments' | 'systemd' | 'people';

/** A generated file as it would lie at the site, below a folder of this machine. */
export interface LaidFile extends RenderedFile {
  readonly reader: Reader;
  /** Where it lies here. */
  readonly here: string;
  /** Its text here: the paths of the target's own folders lead below the folder. */
  readonly text: string;
}

export interface Laid {
  readonly combination: Combination;
  readonly root: string;
  readonly files: readonly LaidFile[];
}

/** Renders a combination and lays its files below a folder, so that their readers find what they name. */
export function lay(combination: Combination, root: string): Laid {
  const { target } = combination;
  const files = renderTarget(target, RELEASE).map((file): LaidFile => {
    const text = reveal(file.content).replaceAll(target.paths.install, `${root}${target.paths.install}`);
    const here = `${root}${file.path.replace(/^~/, '/home')}`;
    put(here, text, file.mode);
    return { ...file, here, text, reader: readerOf(file) };
  });
  for (const folder of [target.paths.log, target.paths.supervisor]) put(`${root}${folder}/.keep`, '');
  return { combination, root, files };
}

function readerOf({ path, content }: RenderedFile): Reader {
  const name = basename(path);
  if (reveal(content).startsWith('#!')) return 'shell';
  if (name === 'jaws-site.conf') return 'jaws';
  if (/^supervisor.*\.conf$/.test(name)) return 'supervisor';
  if (name.endsWith('.service')) return 'systemd';
  if (name.endsWith('.env') || name === 'registry-login') return 'assignments';
  return 'people';
}

/** What a reader made of one file, with `<NAME>` for each secret and the paths of the site. */
export interface Meaning {
  readonly path: string;
  readonly mode: string;
  readonly group?: string;
  readonly holdsSecrets?: true;
  readonly transient?: true;
  readonly reader: Reader;
  readonly meaning: Tree;
}

/** The meaning of every file of some combinations, each asked of the program that reads it at a site. */
export function meaningsOf(laid: readonly Laid[]): ReadonlyMap<Laid, readonly Meaning[]> {
  const inis = readInis(laid);
  const shells = prettyPrinted(laid.flatMap(({ files }) => files.filter(({ reader }) => reader === 'shell')));
  const cache = new Map<string, Tree>();
  const read = (file: LaidFile): Tree => {
    switch (file.reader) {
      case 'jaws':
      case 'supervisor':
        return inis.get(file.here) ?? 'read together with supervisor.conf';
      case 'shell':
        return shells.get(file.here) ?? [];
      case 'assignments': {
        const { PATH: _path, PWD: _pwd, SHLVL: _level, _: _last, ...assigned } = readEnv(file.text);
        return assigned;
      }
      default:
        return file.text.split('\n').filter((line) => line.trim() !== '');
    }
  };
  return new Map(
    laid.map((one) => [
      one,
      one.files.map((file) => {
        const key = `${file.reader} ${file.text.replaceAll(one.root, '')}`;
        const known = cache.get(key);
        const alone = file.reader !== 'supervisor';
        const meaning = alone && known !== undefined ? known : atSite(read(file), one.root);
        cache.set(key, meaning);
        return {
          path: file.path,
          mode: file.mode.toString(8).padStart(4, '0'),
          ...(file.group === undefined ? {} : { group: file.group }),
          ...(typeof file.content === 'string' ? {} : { holdsSecrets: true as const }),
          ...(file.transient ? { transient: true as const } : {}),
          reader: file.reader,
          meaning,
        };
      }),
    ]),
  );
}

/** One run of the INI readers for all files. A supervisor.conf includes the others beside it. */
function readInis(laid: readonly Laid[]): ReadonlyMap<string, Tree> {
  const cases = laid.flatMap(({ files }) =>
    files.flatMap(({ reader, here }): readonly ReaderCase[] => {
      if (reader === 'jaws') return [{ reader: 'site', path: here }];
      const included = basename(here).startsWith('supervisor.');
      const main = basename(here) === 'supervisor.conf' || !included;
      return reader === 'supervisor' && main ? [{ reader: 'supervisor', path: here }] : [];
    }),
  );
  return new Map(
    readAll(cases).map((reading, i) => {
      const asked = cases[i];
      const path = asked !== undefined && 'path' in asked ? asked.path : '';
      if ('error' in reading) throw new Error(`${path}: ${reading.error}`);
      return [path, reading.read];
    }),
  );
}

/** Shell files without comments and in bash's own layout. */
function prettyPrinted(files: readonly LaidFile[]): ReadonlyMap<string, readonly string[]> {
  const script = 'while read -r file; do bash --pretty-print "$file" || exit; printf "\\0"; done';
  const { stdout, stderr, status } = spawnSync('bash', ['-c', script], {
    input: files.map(({ here }) => `${here}\n`).join(''),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`bash cannot read a generated file: ${stderr}`);
  const printed = stdout.split('\0');
  return new Map(
    files.map(({ here, text }, i) => [
      here,
      [
        text.split('\n')[0] ?? '',
        ...(printed[i] ?? '').split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trimEnd()])),
      ],
    ]),
  );
}

const SECRET_NAMES = [
  'JAWS_DB_PW',
  'JAWS_RMQ_PW',
  'JAWS_SUPERVISORD_PW',
  'JAWS_GLOBUS_CLIENT_SECRET',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'CI_REGISTRY_USER',
  'CI_REGISTRY_PASSWORD',
];

/** What was read, with the site's own paths and with names in place of secrets. */
function atSite(tree: Tree, root: string): Tree {
  if (typeof tree === 'string') {
    let text = tree.replaceAll(root, '').replaceAll(/ object at 0x[0-9a-f]+/g, '');
    for (const name of SECRET_NAMES) {
      const value = secretValue(name);
      text = text
        .replaceAll(value, `<${name}>`)
        .replaceAll(value.replaceAll('%', '%%'), `<${name} with % doubled>`);
    }
    return text;
  }
  if (Array.isArray(tree)) return tree.map((one: Tree) => atSite(one, root));
  if (tree === null || typeof tree !== 'object') return tree;
  return Object.fromEntries(
    Object.entries(tree)
      .sort(([one], [two]) => (one < two ? -1 : 1))
      .map(([key, value]) => [key, atSite(value, root)]),
  );
}
