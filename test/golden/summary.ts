import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Refusal } from './combinations.ts';
import { type Laid, type Meaning, meaningsOf } from './reading.ts';

/** What the files of one deployment mean. A file is listed once, with the combinations that it belongs to. */
export interface Summary {
  readonly refused: Readonly<Record<string, string>>;
  readonly files: readonly (Meaning & { readonly of: string })[];
}

/** Summaries by site and deployment. */
export type Summaries = Readonly<Record<string, Readonly<Record<string, Summary>>>>;

export function summarize(laid: readonly Laid[], refused: readonly Refusal[]): Summaries {
  const meanings = meaningsOf(laid);
  const places = [...laid.map(({ combination }) => combination), ...refused];
  const sites = [...new Set(places.map(({ site }) => site))].sort();
  return Object.fromEntries(
    sites.map((site) => {
      const deployments = [
        ...new Set(places.filter((place) => place.site === site).map(({ deployment }) => deployment)),
      ];
      const here = (place: { site: string; deployment: string }, deployment: string) =>
        place.site === site && place.deployment === deployment;
      return [
        site,
        Object.fromEntries(
          deployments.map((deployment): [string, Summary] => [
            deployment,
            {
              refused: Object.fromEntries(
                refused.filter((one) => here(one, deployment)).map(({ name, reason }) => [name, reason]),
              ),
              files: gathered(
                laid.filter(({ combination }) => here(combination, deployment)),
                meanings,
              ),
            },
          ]),
        ),
      ];
    }),
  );
}

function gathered(laid: readonly Laid[], meanings: ReadonlyMap<Laid, readonly Meaning[]>): Summary['files'] {
  const found = new Map<string, { meaning: Meaning; owners: Laid[] }>();
  for (const one of laid) {
    for (const meaning of meanings.get(one) ?? []) {
      const key = JSON.stringify(meaning);
      const entry = found.get(key) ?? { meaning, owners: [] };
      entry.owners.push(one);
      found.set(key, entry);
    }
  }
  return [...found.values()]
    .map(({ meaning, owners }) => ({ ...meaning, of: ownersOf(owners, laid) }))
    .sort((a, b) => (`${a.path} ${a.of}` < `${b.path} ${b.of}` ? -1 : 1));
}

/** The shortest name for a set of combinations: all of them, those of one tool, or a list. */
function ownersOf(owners: readonly Laid[], all: readonly Laid[]): string {
  if (owners.length === all.length) return 'every combination';
  for (const key of ['launchTool', 'installMethod'] as const) {
    for (const tool of new Set(owners.map(({ combination }) => combination[key]))) {
      const its = all.filter(({ combination }) => combination[key] === tool);
      if (its.length === owners.length && its.every((one) => owners.includes(one))) return tool;
    }
  }
  return owners.map(({ combination }) => combination.name).join(', ');
}

const fileOf = (site: string) => fileURLToPath(new URL(`./${site}.json`, import.meta.url));

/** The stored summary of a site. Written with `npm run golden`. */
export function stored(site: string): unknown {
  return JSON.parse(readFileSync(fileOf(site), 'utf8'));
}

export function store(summaries: Summaries): void {
  for (const [site, summary] of Object.entries(summaries))
    writeFileSync(fileOf(site), `${JSON.stringify(summary, null, 1)}\n`);
}
