import { readFileSync, watch, writeFileSync } from 'node:fs';
import { loadConfig } from '../../src/config/config.ts';
import { raw } from '../../src/core/script.ts';
import { createConnector } from '../../src/remote/pool.ts';
import type { Subject } from '../measure.ts';
import { newestEnded, oneSite, SITE } from './site.ts';

/** From a typed command to the moment in which the site's sshd starts the session of the first step. */
export async function reacting(): Promise<Subject> {
  const product = await oneSite();
  const config = loadConfig(product.world.configDir);
  const { access } = config.target(SITE, 'dev');
  const connector = createConnector();
  let last: string | undefined;
  let running = false;
  const settle = async () => {
    if (running) last = (await newestEnded(product, last)).jobId;
    running = false;
  };
  return {
    name: 'first-byte',
    about:
      'From `/jaws deploy dev aws 2.5.4 --dry-run`, sent signed as Slack sends it, to the moment in which the sshd of the site starts the session of the first step, by its log. Bot, queue and worker in one process, on connections that are open. Floor: the same moment after an empty script is given to an open connection.',
    runs: 15,
    warmUp: 2,
    goals: [{ of: 'ours', atMost: 150 }],
    ways: [
      {
        name: 'ours',
        reset: settle,
        async run() {
          const session = nextSession(product.sshdLog);
          const start = performance.now();
          running = true;
          const { status } = await product.slack.command({ text: `deploy dev ${SITE} 2.5.4 --dry-run` });
          if (status !== 200) throw new Error(`the bot answered ${status}`);
          return { value: (await session) - start };
        },
      },
      {
        name: 'floor',
        reset: settle,
        async run() {
          const transport = await connector.connect(access);
          const session = nextSession(product.sshdLog);
          const start = performance.now();
          await transport.run(raw(':'), { timeoutMs: 10_000 });
          return { value: (await session) - start };
        },
      },
    ],
    async close() {
      await settle();
      await connector.close();
      await product.remove();
    },
  };
}

/** When the log first tells of a session that is not in it yet. */
function nextSession(log: string): Promise<number> {
  // Before the first connection there is none.
  writeFileSync(log, '', { flag: 'a' });
  const sessions = () => readFileSync(log, 'utf8').split('Starting session').length;
  const before = sessions();
  return new Promise((resolve) => {
    const watcher = watch(log, () => {
      if (sessions() === before) return;
      watcher.close();
      resolve(performance.now());
    });
  });
}
