/** What the account's scrontab says about a target. */
export interface Table {
  /** Our block: `changed` when it is not what was generated, `disabled` when Slurm has commented it out. */
  readonly block: 'missing' | 'present' | 'disabled';
  /** Lines outside the block that Slurm has commented out. */
  readonly disabled: readonly string[];
  /** Active lines outside the block that run the starter of this target. */
  readonly strangers: readonly string[];
}

/** Slurm writes this before each line of an entry whose job was cancelled. */
const DISABLED = /^#\s*DISABLED:?\s*/;

/** Reads the output of `scrontab -l`. */
export function parseTable(
  lines: readonly string[],
  marks: { readonly begin: string; readonly end: string },
  starter: string,
): Table {
  const bare = (line: string) => line.replace(DISABLED, '').trim();
  let inside = false;
  let found = false;
  const block: string[] = [];
  const outside: string[] = [];
  for (const line of lines) {
    if (bare(line) === marks.begin) {
      inside = true;
      found = true;
    } else if (bare(line) === marks.end) inside = false;
    else if (inside) block.push(line);
    else outside.push(line);
  }
  const active = block.some((line) => !line.trim().startsWith('#') && line.trim() !== '');
  return {
    block: !found ? 'missing' : active ? 'present' : 'disabled',
    disabled: outside
      .filter((line) => DISABLED.test(line) && !/#SCRON/.test(line))
      .map((line) => line.trim()),
    strangers: outside.filter((line) => !line.trim().startsWith('#') && line.includes(starter)),
  };
}
