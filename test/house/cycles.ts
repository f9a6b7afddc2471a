import type { Breach, Rule } from './rule.ts';
import type { Source, Tree } from './source.ts';

const NAME = 'no-cycle';
const WHY = 'files that import each other in a circle cannot be understood or loaded one at a time';

/** No circle of imports, type imports included. Each circle is reported once. */
export const noCycle: Rule = { name: NAME, why: WHY, breaches: cyclesOf };

function cyclesOf(tree: Tree): readonly Breach[] {
  const files = new Map(tree.map((source) => [source.path, source]));
  const done = new Set<string>();
  const breaches: Breach[] = [];

  const visit = (source: Source, trail: readonly string[]) => {
    if (done.has(source.path)) return;
    const here = [...trail, source.path];
    for (const entry of source.imports) {
      const next = entry.path === undefined ? undefined : files.get(entry.path);
      if (!next) continue;
      const start = here.indexOf(next.path);
      if (start < 0) visit(next, here);
      else {
        const found = [...here.slice(start), next.path].join(' -> ');
        breaches.push({ path: source.path, line: entry.line, rule: NAME, found, why: WHY });
      }
    }
    done.add(source.path);
  };
  for (const source of tree) visit(source, []);
  return breaches;
}
