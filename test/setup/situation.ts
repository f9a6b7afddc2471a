import { beforeEach } from 'vitest';
import { situation } from '../fixtures/situation.ts';

// A test that waited in vain says no more than that its time was over: what it waited for tells the rest.
beforeEach(({ onTestFailed }) => {
  onTestFailed(async () => {
    const told = await situation();
    if (told !== '') process.stderr.write(`\n${told}\n`);
  });
});
