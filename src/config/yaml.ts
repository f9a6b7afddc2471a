import { readFileSync } from 'node:fs';
import { type Document, isAlias, isMap, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import type { Problem } from '../core/errors.ts';
import { problem } from './issues.ts';

/** A YAML file that was read: its data, where each key stands, and what is wrong with its syntax. */
export interface YamlFile {
  /** As it is named in messages, e.g. `config/sites/dori.yaml`. */
  readonly name: string;
  /** Plain data, or undefined when the file cannot be read or is not YAML. An empty file is an empty map. */
  readonly data: unknown;
  readonly problems: readonly Problem[];
  /** Line of a key (1-based), or of the innermost key on the way to it that the file has. */
  line(path: readonly PropertyKey[]): number | undefined;
}

/** How a file is parsed. */
export interface ParseOptions {
  /**
   * Plain values in the map under this top-level key (`deep`: everywhere) stay the text they were written as, so
   * that `0775` stays `0775` and is not the number 775.
   */
  readonly verbatim?: 'env' | 'deep';
  /** Messages show no text of the file. */
  readonly hideText?: boolean;
}

/** Reads and parses one file. Never throws: what is wrong is in `problems`. */
export function readYaml(file: string, name: string, options: ParseOptions = {}): YamlFile {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const why = isMissing(error)
      ? 'missing'
      : `cannot be read (${error instanceof Error ? error.message : error})`;
    return {
      name,
      data: undefined,
      line: () => undefined,
      problems: [problem('config.file', `${name}: ${why}`)],
    };
  }
  return parseYaml(text, name, options);
}

/** Parses YAML text. Never throws: what is wrong is in `problems`. */
export function parseYaml(text: string, name: string, options: ParseOptions = {}): YamlFile {
  const { verbatim, hideText = false } = options;
  const { document, at } = documentOf(text);
  const problems: Problem[] = [];
  const broken = (why: string, offset?: number) => {
    const where = offset === undefined ? '' : ` (line ${at(offset)})`;
    problems.push(problem('config.file', `${name}: not valid YAML: ${why}${where}`));
  };
  let usable = true;
  for (const error of document.errors) {
    if (error.code === 'DUPLICATE_KEY') {
      const key = /^[^\s:]+/.exec(text.slice(error.pos[0]))?.[0] ?? '';
      problems.push(
        problem('config.key', `${name}: ${key}: set twice, expected once (line ${at(error.pos[0])})`),
      );
    } else {
      usable = false;
      broken(hideText ? error.code : error.message, error.pos[0]);
    }
  }
  for (const warning of document.warnings) broken(hideText ? warning.code : warning.message, warning.pos[0]);
  let data: unknown;
  try {
    if (verbatim) keepText(document, verbatim);
    if (usable) data = document.toJS() ?? {};
  } catch (error) {
    // Aliases that cannot be resolved show only now.
    broken(hideText || !(error instanceof Error) ? 'an alias cannot be resolved' : error.message);
  }
  return {
    name,
    data,
    problems,
    // Only messages ask for lines: the parsed document is many times its text, and a file lives as long as the process.
    line: (path) => lineOf(text, path),
  };
}

function documentOf(text: string): { readonly document: Document.Parsed; at(offset: number): number } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  return { document, at: (offset) => lines.linePos(offset).line };
}

function lineOf(text: string, path: readonly PropertyKey[]): number | undefined {
  const { document, at } = documentOf(text);
  const offset = offsetOf(document, path);
  return offset === undefined ? undefined : at(offset);
}

function keepText(document: Document.Parsed, verbatim: 'env' | 'deep'): void {
  const part = verbatim === 'deep' ? document.contents : document.get('env', true);
  if (!isMap(part)) return;
  const keep = (node: unknown) => {
    const scalar = isAlias(node) ? node.resolve(document) : node;
    if (!isScalar(scalar) || typeof scalar.value === 'string') return;
    scalar.value = scalar.value === null ? '' : (scalar.source ?? String(scalar.value));
  };
  visit(part, { Pair: (_, pair) => keep(pair.value), Seq: (_, list) => list.items.forEach(keep) });
}

function offsetOf(document: Document.Parsed, path: readonly PropertyKey[]): number | undefined {
  let node: unknown = document.contents;
  let offset: number | undefined;
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
      if (!pair || !isScalar(pair.key)) return offset;
      offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (typeof key === 'number' && isCollection(node)) {
      node = node.items[key];
      offset = rangeOf(node) ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}

function isCollection(node: unknown): node is { readonly items: readonly unknown[] } {
  return isRecord(node) && Array.isArray(node['items']);
}

function rangeOf(node: unknown): number | undefined {
  if (!isRecord(node)) return undefined;
  const range: unknown = node['range'];
  return Array.isArray(range) && typeof range[0] === 'number' ? range[0] : undefined;
}

function isMissing(error: unknown): boolean {
  return isRecord(error) && error['code'] === 'ENOENT';
}

/** True for a plain map. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
