import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { startPage } from '../src/sandbox/page/server.ts';
import { ROLES, startProduct } from '../src/sandbox/product.ts';
import { typed } from '../src/sandbox/typed.ts';

/**
 * Takes the pictures in docs/pictures of the running demo: a channel, a message, the form, the Home tab, the status
 * board. Run by hand when their design changes: `npm run pictures`.
 */
const PICTURES = fileURLToPath(new URL('../docs/pictures/', import.meta.url));
const DESK = { width: 1280, height: 860 };
/** High enough for a deploy and the answer below it, and for a form with its plan. */
const HIGH = { width: 1280, height: 1080 };
/** High enough for a whole message. */
const MESSAGE = { width: 1030, height: 1200 };
const PHONE = { width: 390, height: 844 };
const EMOJI = '/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf';

if (!existsSync(EMOJI)) throw new Error(`${EMOJI} is missing: apt-get install fonts-noto-color-emoji`);
mkdirSync(PICTURES, { recursive: true });
const dir = mkdtempSync(join(tmpdir(), 'jaws-ops-pictures-'));
const product = await startProduct({ dir: join(dir, 'sandbox') });
const demo = await startPage({ slack: product.slack, people: ROLES });
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  const tomorrow = new Date(Date.now() + 24 * 3600_000).toISOString().slice(0, 10);
  for (const command of [
    'deploy dev aws 2.5.4',
    'deploy dev dori 2.5.4',
    'deploy dev jgi 2.5.4',
    'stop dev jgi --reason "tests of the file system"',
    `maintenance add perlmutter ${tomorrow} 08:00 to 16:00 "power upgrade"`,
    'deploy dev aws 2.6.0 --reason "release 2.6.0"',
  ]) {
    const { succeeded, shown } = await typed(product, `/jaws ${command}`);
    if (!succeeded) throw new Error(`/jaws ${command}: ${shown}`);
  }
  const channel = await open(browser, demo.url, MESSAGE);
  await channel.locator('[data-place="jaws-aws"]').click();
  const last = channel.locator('#messages > li', { hasText: 'Deployed JAWS Site 2.6.0' });
  await last.waitFor();
  await last
    .locator('.message')
    .first()
    .screenshot({ path: join(PICTURES, 'deploy.png') });
  await channel.setViewportSize(HIGH);
  await channel.locator('#text').fill('/jaws status aws dev');
  await channel.locator('#text').press('Enter');
  await channel.locator('#messages > li', { hasText: 'to /jaws status aws dev' }).waitFor();
  await shoot(channel, 'channel');
  await channel.setViewportSize(PHONE);
  await shoot(channel, 'channel-phone');

  await channel.setViewportSize(HIGH);
  await channel.locator('#text').fill('/jaws');
  await channel.locator('#text').press('Enter');
  const form = channel.locator('#modal[open]');
  await form.getByLabel('Site').selectOption('aws');
  await form.getByLabel('Deployment').selectOption('prod');
  await form.getByText('on prod at aws in').waitFor();
  await form.getByLabel('Reason').fill('release 2.6.0');
  await shoot(channel, 'form');
  await channel.setViewportSize(PHONE);
  await form.getByText('A second person').scrollIntoViewIfNeeded();
  await shoot(channel, 'form-phone');
  await channel.keyboard.press('Escape');

  await channel.setViewportSize(DESK);
  await channel.locator('[data-place="@home"]').click();
  for (const shown of ['🟢 dev 2.6.0', 'power upgrade'])
    await channel.locator('#home', { hasText: shown }).waitFor();
  await channel.locator('#home', { hasNotText: '❔' }).waitFor();
  await shoot(channel, 'home');
  await channel.emulateMedia({ colorScheme: 'dark' });
  await channel.setViewportSize(PHONE);
  await shoot(channel, 'home-phone');

  const board = await open(browser, `${product.slack.botUrl}/`, DESK);
  for (const site of ['aws', 'perlmutter', 'tahoma'])
    await board.locator(`#site-${site}`, { hasText: 'ago' }).waitFor();
  await typed(product, '/jaws status');
  void product.slack.command({ text: 'restart dev dori' });
  await board.locator('#running .is-busy').first().waitFor();
  await shoot(board, 'board', true);
  await board.emulateMedia({ colorScheme: 'dark' });
  await board.setViewportSize(PHONE);
  await shoot(board, 'board-phone');
} finally {
  await browser.close();
  await demo.close();
  await product.close();
  rmSync(dir, { recursive: true, force: true });
}

async function open(from: Browser, url: string, viewport: typeof DESK): Promise<Page> {
  const page = await from.newPage({ viewport, colorScheme: 'light' });
  page.setDefaultTimeout(90_000);
  await page.goto(url);
  return page;
}

async function shoot(page: Page, name: string, fullPage = false): Promise<void> {
  await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage });
}
