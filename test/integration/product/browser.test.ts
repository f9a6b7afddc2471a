import type { Browser, Page, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DemoPage, startPage } from '../../../src/sandbox/page/server.ts';
import { ROLES } from '../../../src/sandbox/product.ts';
import { openStage } from '../../../src/sandbox/scenes/stage.ts';
import { hookSteps, type StepHook } from '../../faults/step-hook.ts';
import { aBrowser, violationsOn } from '../../fixtures/browser.ts';
import { aProduct, type TestProduct, withApprovals } from '../../fixtures/product.ts';
import { gate } from '../../fixtures/queue.ts';
import { aWindow } from '../../fixtures/windows.ts';

/** Colours do not depend on the size, nor places on the colours: each of both is looked at once. */
const LOOKS = [
  { colorScheme: 'light', viewport: { width: 1440, height: 900 } },
  { colorScheme: 'dark', viewport: { width: 390, height: 844 } },
] as const;

const MINUTE = 60_000;

let product: TestProduct;
let demo: DemoPage;
let browser: Browser;
let page: Page;
let steps: StepHook;
const complaints: string[] = [];

beforeAll(async () => {
  product = await aProduct(['aws'], {}, withApprovals);
  steps = await hookSteps(product.world.site('aws'));
  demo = await startPage({ slack: product.slack, people: ROLES });
  browser = await aBrowser();
  page = await open(demo.url);
  await at('jaws-aws');
});

afterAll(async () => {
  await browser?.close();
  await demo?.close();
  await product?.remove();
});

/** A page that notes everything a browser complains about: scripts, policies, files that are missing. */
async function open(url: string): Promise<Page> {
  const opened = await browser.newPage();
  opened.setDefaultTimeout(120_000);
  opened.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  opened.on('pageerror', (error) => complaints.push(error.message));
  await opened.goto(url);
  return opened;
}

async function as(user: string): Promise<void> {
  await page.locator('#user').selectOption(user);
}

async function at(place: string): Promise<void> {
  await page.locator(`[data-place="${place}"]`).click();
}

async function type(text: string, user = 'ada'): Promise<void> {
  await as(user);
  await page.locator('#text').fill(text);
  await page.locator('#text').press('Enter');
}

const form = () => page.locator('#modal[open]');

const message = (text: string | RegExp) => page.locator('#messages > li', { hasText: text });

describe('in a browser', () => {
  test('a deploy fills its message in, and the board follows without being loaded again', async () => {
    const board = await open(`${product.slack.botUrl}/`);
    await board.evaluate('globalThis.loadedOnce = true');
    const cell = board.locator('#cell-aws-dev');
    await cell.getByText('not installed').first().waitFor();

    // Both pages have shown that it runs before it is over, however fast it is.
    steps.hold('stage');
    await type('/jaws deploy dev aws 2.5.4');
    await message('Deploying JAWS Site 2.5.4').waitFor();
    await board.locator('#running').getByText('on dev at aws').first().waitFor();
    steps.letGo();
    await message(/Deployed JAWS Site 2\.5\.4 on dev at aws in/).waitFor();

    await cell.getByText('4 of 4 services').waitFor();
    expect(await cell.locator('.version').textContent()).toBe('2.5.4');
    await board.locator('#ended').getByText('dev at aws').first().waitFor();
    expect(await board.evaluate('globalThis.loadedOnce')).toBe(true);
    await board.close();
  });

  test('a status is seen by the one who asked for it, and by nobody else', async () => {
    await type('/jaws status aws dev');
    await message('only visible to you').getByText('run-daemon').first().waitFor();
    await as('mallory');
    await message('Deployed').waitFor();
    expect(await message('only visible to you').count()).toBe(0);
  });

  test('who may not is refused, and told so alone', async () => {
    await type('/jaws stop dev aws', 'mallory');
    await message('does not have the right').waitFor();
  });

  test('a run typed in another channel marks its own one, and ends by its button after one more question', async () => {
    // It is cancelled before it stops anything, however fast it is.
    steps.hold('stage');
    await at('jaws-dori');
    await type('/jaws deploy dev aws 2.6.0');
    await page.locator('[data-place="jaws-aws"]', { hasText: '1 new' }).waitFor();
    await at('jaws-aws');
    const running = message('Deploying JAWS Site 2.6.0');
    const question = page.locator('#confirm[open]');
    await running.getByRole('button', { name: 'Cancel' }).click();
    await question.getByRole('button', { name: 'No' }).click();
    await running.getByRole('button', { name: 'Cancel' }).click();
    await question.getByRole('button', { name: 'Cancel' }).click();
    await message(/Deploy of JAWS Site.* on dev at aws cancelled/).waitFor();
    steps.letGo();
  });

  test('a form asks for a deploy of prod, which somebody else approves', async () => {
    await type('/jaws');
    await form().getByLabel('Site').selectOption('aws');
    await form().getByRole('button', { name: 'Deploy' }).click();
    await form().getByText('This is needed.').waitFor();
    // The second choice is made before anybody has answered the first one.
    await form().getByLabel('Deployment').selectOption('dev');
    await form().getByLabel('Deployment').selectOption('prod');
    await form().getByText('A second person has to approve this deploy').waitFor();
    await form().getByText('on prod at aws in').waitFor();
    await form().getByLabel('Reason').fill('from the <form>');
    expect(await violationsOn(page)).toEqual([]);
    await form().getByRole('button', { name: 'Ask for approval' }).click();
    const waiting = message(/Deploy of JAWS Site.* on prod at aws waits for approval/);
    await waiting.getByText('reason: from the <form>').waitFor();
    await form().waitFor({ state: 'detached' });

    await waiting.getByRole('button', { name: 'Approve' }).click();
    await message('ada has asked for this and cannot approve it as well').waitFor();
    await as('grace');
    await waiting.getByRole('button', { name: 'Approve' }).click();
    const done = message(/Deployed JAWS Site.* on prod at aws in/);
    await done.getByText(/approved by grace/).waitFor();
  });

  test('the Home tab shows the sites and opens the form; direct messages are a place of their own', async () => {
    await at('@home');
    const aws = page.locator('#home .section', { hasText: '🟢 dev 2.5.4' });
    await aws.getByText('aws', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'New command' }).click();
    await form().getByLabel('Action').waitFor();
    await page.keyboard.press('Escape');
    await form().waitFor({ state: 'detached' });
    await at('@direct');
    await type('/jaws jobs', 'grace');
    await message('only visible to you').getByText('on prod at aws').first().waitFor();
    await at('jaws-aws');
  });

  test('a button of a message does what it says, as the person who presses it', async () => {
    const { slack } = product;
    const value = JSON.stringify({ command: 'status', input: { site: 'aws', deployment: 'dev' } });
    const button = {
      type: 'button',
      action_id: 'choice-0',
      text: { type: 'plain_text', text: 'How is it?' },
      value,
    };
    await fetch(`${slack.apiUrl}chat.postMessage`, {
      method: 'POST',
      headers: { authorization: `Bearer ${slack.botToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        channel: slack.channels['jaws-aws'],
        text: 'A question',
        blocks: [{ type: 'actions', elements: [button] }],
      }),
    });
    await as('grace');
    await page.getByRole('button', { name: 'How is it?' }).click();
    await message('only visible to you').getByText('dev at aws').first().waitFor();
  });

  test('what is no command is not sent, and that is to be read however late the messages come', async () => {
    const { promise: told, open: tell } = gate();
    const late = async (route: Route) => {
      await told;
      await route.continue();
    };
    await page.route('**/events?*', late, { times: 1 });
    await type('hello');
    const note = page.locator('#note', { hasText: 'begin with /jaws' });
    await note.waitFor();
    tell();
    await message('Deployed').first().waitFor();
    expect(await note.count()).toBe(1);
  });

  test('after a maintenance one button starts everything that was up', async () => {
    const { clock, jobs, world } = product;
    const stage = openStage(product, '#jaws-aws', 'UTC', () => undefined);
    const start = clock.now() + 10 * MINUTE;
    const end = start + 10 * MINUTE;
    await jobs.windows.add(aWindow({ start, end, createdAt: clock.now() }));
    await stage.pass(start + MINUTE);
    await world.site('aws').stop();
    await stage.pass(end + MINUTE);
    await world.site('aws').start();
    await stage.pass(end + 7 * MINUTE);
    await as('ada');
    const offer = message('Down at aws after its maintenance: 2 of 2');
    await offer.getByRole('button', { name: 'Restart everything that was up' }).click();
    await message('only visible to you').getByText('prod: started by job').waitFor();
    for (const deployment of ['dev', 'prod'])
      await message(new RegExp(`Started JAWS Site.* on ${deployment} at aws in`)).waitFor();
    await stage.pass(clock.now() + 2 * MINUTE);
    await message('All up at aws after its maintenance: 2 of 2').waitFor();
  });

  test('nothing is left undrawn, and axe finds nothing wrong with page and board', async () => {
    expect(await page.locator('.undrawn').count()).toBe(0);
    const board = await open(`${product.slack.botUrl}/`);
    for (const shown of [page, board]) {
      for (const { colorScheme, viewport } of LOOKS) {
        await shown.setViewportSize(viewport);
        await shown.emulateMedia({ colorScheme });
        expect(await violationsOn(shown)).toEqual([]);
        expect(await shown.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(
          0,
        );
      }
    }
    expect(complaints).toEqual([]);
  });
});
