import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../src/sandbox/free-port.ts';
import { type RedisServer, startRedis } from '../src/sandbox/redis.ts';
import { startSlack } from '../src/sandbox/slack/emulator.ts';

/** What a reader brings: Slack's tokens, Redis, a secrets file. */
export interface Own {
  /**
   * Puts variables of the README into an environment, with the reader's own value where there is one.
   * @returns the names of those that are the reader's own, for the report
   */
  fill(variables: Readonly<Record<string, string>>, env: Record<string, string>): string;
  close(): Promise<void>;
}

/** Starts a Redis and a Slack workspace of our own; `dir` keeps their files. */
export async function startOwn(dir: string): Promise<Own> {
  const redis: RedisServer = await startRedis(join(dir, 'redis'));
  const slack = await startSlack({ users: ['ada'], channels: ['jaws-aws'] });
  const secrets = join(dir, 'secrets.yaml');
  writeFileSync(secrets, 'default: {}\n', { mode: 0o600 });
  const port = await freePort();
  const values: Readonly<Record<string, string>> = {
    REDIS_URL: redis.url,
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_APP_TOKEN: slack.socket.appToken,
    JAWS_OPS_SECRETS: secrets,
  };
  return {
    fill(variables, env) {
      const names = Object.keys(variables).filter((name) => name in values);
      Object.assign(env, variables, Object.fromEntries(names.map((name) => [name, values[name]])));
      // Nobody types these two: the workspace is not Slack's own, and port 3000 may be somebody's.
      Object.assign(env, { SLACK_API_URL: slack.apiUrl, PORT: `${port}` });
      return `own values for ${names.join(', ')}`;
    },
    async close() {
      await slack.close();
      await redis.stop();
    },
  };
}
