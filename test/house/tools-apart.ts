import { fileRule, type Rule } from './rule.ts';
import type { Tree } from './source.ts';

const NAME = 'tools-apart';
const WHY = 'a launch tool or install method can be added or removed without touching another';

/** Folder and first word of a file's name: `src/launchers/supervisor-status.ts` is of `src/launchers/supervisor`. */
function prefixOf(path: string): string {
  return /^src\/(?:launchers|installers)\/[a-z0-9]+/.exec(path)?.[0] ?? '';
}

/** The tools of both registries: whatever an index.ts imports from beside itself, apart from the interface. */
function toolsOf(tree: Tree): ReadonlySet<string> {
  const registered = tree
    .filter((source) => /^src\/(?:launchers|installers)\/index\.ts$/.test(source.path))
    .flatMap((source) => source.imports.map((entry) => prefixOf(entry.path ?? '')));
  const interfaces = ['', 'src/launchers/launcher', 'src/installers/installer'];
  return new Set(registered.filter((prefix) => !interfaces.includes(prefix)));
}

/**
 * Tools of one registry do not know each other, and what they share knows none of them. Files of one tool share the
 * first word of their names, e.g. `supervisor-stop.ts`; shared ones begin with another, e.g. `supervisord-status.ts`.
 */
export const toolsApart: Rule = {
  name: NAME,
  why: WHY,
  breaches: (tree) => {
    const tools = toolsOf(tree);
    const rule = fileRule(
      NAME,
      WHY,
      (path) => prefixOf(path) !== '' && !path.endsWith('/index.ts'),
      (source) =>
        source.imports
          .filter((entry) => {
            const other = prefixOf(entry.path ?? '');
            return tools.has(other) && other !== prefixOf(source.path);
          })
          .map((entry) => ({ line: entry.line, found: `imports ${entry.path}` })),
    );
    return rule.breaches(tree);
  },
};
