/** Whether a whole text matches a shell pattern of `*`, `?` and `[…]`, whatever the case, as host names are compared. */
export function matchesGlob(text: string, pattern: string): boolean {
  const source = pattern.replace(/\[([^\]]+)\]|[\s\S]/g, (piece, set?: string) => {
    if (set !== undefined) return `[${set.replace(/^!/, '^').replaceAll('\\', '\\\\')}]`;
    if (piece === '*') return '[\\s\\S]*';
    if (piece === '?') return '[\\s\\S]';
    return piece.replace(/[.+^${}()|[\]\\]/, '\\$&');
  });
  return new RegExp(`^${source}$`, 'i').test(text);
}
