import { distance } from 'fastest-levenshtein';

/** The candidate a person most likely meant, or undefined when none is near enough (a third of its length, at least 1). */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const lower = word.toLowerCase();
  const prefixed = candidates.filter(
    (candidate) => lower.length >= 2 && candidate.toLowerCase().startsWith(lower),
  );
  if (prefixed.length === 1) return prefixed[0];
  const ranked = candidates
    .map((candidate) => ({ candidate, edits: distance(lower, candidate.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  return best && best.edits <= Math.max(1, Math.floor(best.candidate.length / 3))
    ? best.candidate
    : undefined;
}
