import { distance } from 'fastest-levenshtein';

/** The candidate a person most likely meant, or undefined when none is near enough (a third of its length, at least 1). */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const lower = word.toLowerCase();
  const prefixed = candidates.filter(
    (candidate) => lower.length >= 2 && candidate.toLowerCase().startsWith(lower),
  );
  if (prefixed.length === 1) return prefixed[0];
  const ranked = candidates
    .map((candidate) => ({ candidate, edits: editsBetween(lower, candidate.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  return best && best.edits <= Math.max(1, Math.floor(best.candidate.length / 3))
    ? best.candidate
    : undefined;
}

/** Levenshtein's distance, where letters in another order (`pord`) count as one edit. */
function editsBetween(word: string, candidate: string): number {
  const sorted = (text: string) => Array.from(text).sort().join('');
  return sorted(word) === sorted(candidate) && word !== candidate ? 1 : distance(word, candidate);
}
