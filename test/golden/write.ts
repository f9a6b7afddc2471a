import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { combinations } from './combinations.ts';
import { lay } from './reading.ts';
import { store, summarize } from './summary.ts';

// `npm run golden`: writes what the generated files of every combination mean now; `git diff` shows what changed.
const root = mkdtempSync(join(tmpdir(), 'jaws-golden-'));
try {
  const { offered, refused } = combinations();
  store(
    summarize(
      offered.map((combination, i) => lay(combination, `${root}/${i}`)),
      refused,
    ),
  );
} finally {
  rmSync(root, { recursive: true, force: true });
}
