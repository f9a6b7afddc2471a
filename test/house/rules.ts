import { noCycle } from './cycles.ts';
import { packages } from './packages.ts';
import { direction } from './rooms.ts';
import type { Breach, Rule } from './rule.ts';
import type { Tree } from './source.ts';
import { TEXT_RULES } from './text-rules.ts';
import { toolsApart } from './tools-apart.ts';

/** Every rule on TypeScript files. */
export const RULES: readonly Rule[] = [direction, toolsApart, noCycle, packages, ...TEXT_RULES];

/** All breaches of all rules, in the order of the rules. */
export function inspectTree(tree: Tree): readonly Breach[] {
  return RULES.flatMap((rule) => rule.breaches(tree));
}
