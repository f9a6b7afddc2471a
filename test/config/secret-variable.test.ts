import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/config/settings.ts';

describe('a token in a file', () => {
  let dir = '';
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'token-'));
  });
  afterEach(() => {
    rmSync(dir, { recursive: true, force: true });
  });

  const file = (name: string, text: string) => {
    writeFileSync(join(dir, name), text, { mode: 0o600 });
    return join(dir, name);
  };
  const load = (env: NodeJS.ProcessEnv) => loadSettings(env, { need: ['slack'] });

  it('is read, without the newline at its end, and is a secret to redact', () => {
    const { slack, secrets } = load({
      SLACK_BOT_TOKEN_FILE: file('bot', 'xoxb-1\n'),
      SLACK_APP_TOKEN_FILE: file('app', 'xapp-2'),
    });
    expect(slack?.botToken.reveal()).toBe('xoxb-1');
    expect(slack?.appToken?.reveal()).toBe('xapp-2');
    expect(secrets.map((secret) => secret.reveal())).toEqual(['xoxb-1', 'xapp-2']);
  });

  it.each([
    {
      what: 'is not there',
      env: () => ({ SLACK_BOT_TOKEN_FILE: join(dir, 'none') }),
      says: /^SLACK_BOT_TOKEN_FILE: .*none cannot be read: ENOENT/,
    },
    {
      what: 'others may read',
      env: () => {
        const token = file('bot', 'xoxb-1');
        chmodSync(token, 0o644);
        return { SLACK_BOT_TOKEN_FILE: token };
      },
      says: /^SLACK_BOT_TOKEN_FILE: .*bot: got mode 0644, expected 0600 or stricter/,
    },
    {
      what: 'is empty',
      env: () => ({ SLACK_BOT_TOKEN_FILE: file('bot', '\n') }),
      says: /^SLACK_BOT_TOKEN_FILE: .* is empty/,
    },
    {
      what: 'holds the wrong kind',
      env: () => ({ SLACK_BOT_TOKEN_FILE: file('bot', 'xapp-1') }),
      says: /^SLACK_BOT_TOKEN: got an app token/,
    },
    {
      what: 'competes with the variable',
      env: () => ({ SLACK_BOT_TOKEN: 'xoxb-1', SLACK_BOT_TOKEN_FILE: file('bot', 'xoxb-2') }),
      says: /^SLACK_BOT_TOKEN_FILE: set together with SLACK_BOT_TOKEN/,
    },
  ])('is refused with one message, without the token, when it $what', ({ env, says }) => {
    try {
      load({ SLACK_APP_TOKEN: 'xapp-2', ...env() });
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({
        code: 'config.environment',
        message: expect.stringMatching(says),
      });
      expect(JSON.stringify(error)).not.toMatch(/x(oxb|app)-\d/);
    }
  });
});
