import type { Finding } from '../core/finding.ts';
import { type Script, sh } from '../core/script.ts';

/** Room of a file system. */
export interface Disk {
  /** Undefined when the file system does not tell. */
  readonly freeKiB?: number;
  /** Undefined when the file system does not limit them. */
  readonly freeInodes?: number;
}

/** Below which amount a warning, below which a failure. */
export interface Limit {
  readonly warn: number;
  readonly fail: number;
}

/** Records `space` of the file system of a folder, or of the nearest folder above it that exists. */
export function diskScript(folder: string): Script {
  return sh`near=${folder}
while [ ! -d "$near" ] && [ "$near" != / ]; do near=\${near%/*}; near=\${near:-/}; done
put space "$(stat -f -c '%a %S %d %c' "$near" 2>/dev/null)"`;
}

/** Reads `%a %S %d %c` of stat -f: free blocks, their size, free inodes, all inodes; no inodes at all means no limit. */
export function diskIn(text: string): Disk {
  const [blocks, size, inodes, allInodes] = text.split(' ').map(Number);
  if (blocks === undefined || size === undefined || !(blocks >= 0) || !(size > 0)) return {};
  return {
    freeKiB: Math.floor((blocks * size) / 1024),
    ...(inodes !== undefined && allInodes !== undefined && allInodes > 0 ? { freeInodes: inodes } : {}),
  };
}

/** Judges the room for an install: `mib` in MiB, `inodes` in files. */
export function diskFindings(
  { freeKiB, freeInodes }: Disk,
  where: string,
  limits: { readonly mib: Limit; readonly inodes?: Limit },
): readonly Finding[] {
  const findings: Finding[] = [];
  if (freeKiB !== undefined) {
    const free = Math.floor(freeKiB / 1024);
    findings.push(measured('disk', free, limits.mib, `${free} MiB free for ${where}`));
  }
  const { inodes } = limits;
  if (inodes !== undefined && freeInodes !== undefined && freeInodes < inodes.warn) {
    findings.push(measured('inodes', freeInodes, inodes, `${freeInodes} files can be made in ${where}`));
  }
  return findings;
}

function measured(subject: string, free: number, limit: Limit, message: string): Finding {
  if (free >= limit.warn) return { level: 'ok', subject, message };
  const level = free < limit.fail ? 'fail' : 'warn';
  return {
    level,
    subject,
    message: `${message}, expected at least ${limit[level]}`,
    next: 'Free space at the site.',
  };
}
