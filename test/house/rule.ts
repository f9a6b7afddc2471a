import type { Views } from './lex.ts';
import { lineAt, type Source, type Tree } from './source.ts';

/** One place that breaks a rule. */
export interface Breach {
  readonly path: string;
  readonly line: number;
  readonly rule: string;
  /** What stands there. */
  readonly found: string;
  readonly why: string;
}

/** A rule of the house: what it looks for, and why. */
export interface Rule {
  readonly name: string;
  readonly why: string;
  breaches(tree: Tree): readonly Breach[];
}

/** One line a person can act on: file, line, rule, what was found, why it is a rule. */
export function describeBreach(breach: Breach): string {
  return `${breach.path}:${breach.line}  ${breach.rule}: ${breach.found} (${breach.why})`;
}

/** A rule about single places in single files. */
export function fileRule(
  name: string,
  why: string,
  applies: (path: string) => boolean,
  look: (
    source: Source,
  ) => readonly { readonly line: number; readonly found: string; readonly why?: string }[],
): Rule {
  return {
    name,
    why,
    breaches: (tree) =>
      tree
        .filter((source) => applies(source.path))
        .flatMap((source) => look(source).map((place) => ({ path: source.path, rule: name, why, ...place }))),
  };
}

/** A rule against a piece of text in one view of the files. The pattern carries the flag `g`. */
export function textRule(
  name: string,
  why: string,
  applies: (path: string) => boolean,
  view: keyof Views | 'text',
  pattern: RegExp,
): Rule {
  return fileRule(name, why, applies, (source) =>
    [...source[view].matchAll(pattern)].map((match) => ({
      line: lineAt(source.text, match.index),
      found: match[0].trim(),
    })),
  );
}
