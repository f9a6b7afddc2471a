import { cpSync, mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** The configuration that the project ships. */
export const SHIPPED = fileURLToPath(new URL('../../config', import.meta.url));

/** A temporary folder that is gone after the test. */
export function temporaryFolder(): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'jaws-config-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A copy of the shipped configuration with some files changed (or removed: `null`), gone after the test. */
export function changedConfig(
  changes: Readonly<Record<string, ((text: string) => string) | string | null>>,
): string {
  const dir = temporaryFolder();
  cpSync(SHIPPED, dir, { recursive: true });
  for (const [name, change] of Object.entries(changes)) {
    const file = path.join(dir, name);
    if (change === null) unlinkSync(file);
    else if (typeof change === 'string') writeFileSync(file, change);
    else {
      const before = readFileSync(file, 'utf8');
      const after = change(before);
      if (after === before) throw new Error(`${name}: the change changes nothing`);
      writeFileSync(file, after);
    }
  }
  return dir;
}

/** A change that replaces one piece of text. */
export function replacing(from: string, to: string): (text: string) => string {
  return (text) => text.replace(from, () => to);
}
