import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { launchers } from '../../src/launchers/index.ts';

it('has every launch tool of the registry in the suite, a file each', () => {
  const files = readdirSync(new URL('.', import.meta.url));
  for (const kind of Object.keys(launchers)) expect(files).toContain(`launchers-${kind}.test.ts`);
});
