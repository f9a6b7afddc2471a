import { join } from 'node:path';
import { isFinal, type RunState } from '../../src/core/run.ts';
import { openFolder } from '../../src/sandbox/folder.ts';
import { aProduct, type TestProduct } from '../../test/fixtures/product.ts';

/** The site on which the product is measured as a whole. */
export const SITE = 'aws';

/** Bot, worker, Redis, Slack and one site of the sandbox. */
export async function oneSite(): Promise<TestProduct & { readonly sshdLog: string }> {
  const product = await aProduct([SITE], { takesTurns: true });
  const folder = openFolder(product.world.dir).site(SITE);
  return { ...product, sshdLog: join(folder, 'log', 'sshd.log') };
}

/** The newest job once it has ended. @throws when none was started, or when it did not succeed. */
export async function newestEnded({ jobs }: TestProduct, notThis?: string): Promise<RunState> {
  for (;;) {
    const [newest] = await jobs.list({ limit: 1 });
    if (newest !== undefined && newest.state.jobId !== notThis && isFinal(newest.state)) {
      if (newest.state.status !== 'succeeded') throw new Error(JSON.stringify(newest.state.problem));
      return newest.state;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
