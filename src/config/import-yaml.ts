import { Document, Pair, parseDocument, Scalar, YAMLMap } from 'yaml';
import type { Entry, ImportedLayer } from './import-layer.ts';

const WIDTH = { lineWidth: 110 } as const;

/** A file of defaults or of a deployment. */
export function layerYaml(layer: Pick<ImportedLayer, 'entries' | 'below'>): string {
  const document = new Document({});
  document.set('env', envMap(layer));
  return document.toString(WIDTH);
}

/** How a site is reached and started, for one whose shell file does not say it. */
export interface SiteModel {
  /** Text of the site's own file or, for a site that is not known, of the one most like it. */
  readonly text: string;
  readonly known: boolean;
}

/** A site's file: the model's blocks around the imported variables. */
export function siteYaml(name: string, layer: ImportedLayer, model: SiteModel): string {
  const document = parseDocument(model.text);
  if (!model.known) {
    for (const key of KEPT_APART) document.delete(key);
    document.set('title', name);
    document.set('channel', `#jaws-${name}`);
    const access = document.createNode({
      host: placeholderHost(name),
      user: 'jaws',
      identityFile: '~/.ssh/jaws-ops',
    });
    access.commentBefore = ' The shell files do not say how the site is reached: put host and account here.';
    document.set('access', access);
  }
  if (Object.keys(layer.environment).length > 0) {
    for (const [key, value] of Object.entries(layer.environment))
      document.setIn(['installer', 'environment', key], value);
  }
  const env = envMap(layer);
  document.delete('env');
  const key = new Scalar('env');
  key.spaceBefore = true;
  document.add(new Pair(key, env));
  return document.toString(WIDTH);
}

/** What only the model's own site has. */
const KEPT_APART = ['runner', 'cleanup', 'maintenance', 'drift', 'folders', 'services'] as const;

/** A name that no resolver ever knows (RFC 6761), so that a forgotten one cannot reach a stranger. */
export function placeholderHost(name: string): string {
  return `${name}.invalid`;
}

function envMap({ entries, below }: Pick<ImportedLayer, 'entries' | 'below'>): YAMLMap {
  const map = new YAMLMap();
  for (const entry of entries) map.items.push(pairOf(entry));
  if (below.some((line) => line !== '')) map.comment = commentOf(below);
  return map;
}

function pairOf({ name, value, above, beside }: Entry): Pair {
  const key = new Scalar(name);
  // Text that YAML would take for a number is quoted where the number is written otherwise: 0775 is not 775.
  const scalar = new Scalar(/^(0|[1-9]\d{0,14})$/.test(value) ? Number(value) : value);
  if (above.some((line) => line !== '')) key.commentBefore = commentOf(above);
  if (beside !== undefined) scalar.comment = ` ${beside.replaceAll('\n', ' ')}`;
  return new Pair(key, scalar);
}

function commentOf(lines: readonly string[]): string {
  const text = lines.join('\n').replace(/^\n+|\n+$/g, '');
  return text
    .split('\n')
    .map((line) => (line.trim() === '' ? '' : ` ${line.replaceAll('\t', '  ')}`))
    .join('\n');
}
