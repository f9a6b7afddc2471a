import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { z } from 'zod';
import { type Asset, sendAsset, sendPage } from '../../web/answer.ts';
import { createGuard } from '../../web/guard.ts';
import { type HttpServer, startHttp } from '../../web/health.ts';
import { openLive } from '../../web/live.ts';
import { PACKAGE_DIR } from '../folder.ts';
import { bodyOf, parsed } from '../slack/call.ts';
import type { SlackEmulator } from '../slack/emulator.ts';
import { regionsFor, type Viewer } from './channel.ts';
import { type Deed, deedsIn, viewerSchema } from './deeds.ts';
import { shellPage } from './shell.ts';

const ASSETS = join(PACKAGE_DIR, 'src/sandbox/page/assets');
const ASSET_TYPES: readonly (readonly [file: string, type: Asset['type']])[] = [
  ['base.css', 'text/css'],
  ['page.css', 'text/css'],
  ['dialog.css', 'text/css'],
  ['blocks.css', 'text/css'],
  ['page.js', 'text/javascript'],
  ['menu.js', 'text/javascript'],
  ['modal.js', 'text/javascript'],
  ['time.js', 'text/javascript'],
  ['page.svg', 'image/svg+xml'],
];
/** Changes within this time are drawn as one, in milliseconds. */
const TOGETHER_MS = 50;

export interface PageOptions {
  readonly slack: SlackEmulator;
  /** Who can be chosen, the first one at the start, and what each may do. */
  readonly people: readonly { readonly name: string; readonly about: string }[];
  /** A free one when absent. */
  readonly port?: number;
}

/** The page and its address. */
export interface DemoPage extends HttpServer {
  readonly url: string;
}

/**
 * Serves the workspace as a page for a browser on this machine. It keeps nothing itself: messages come from the
 * workspace, and what is typed or pressed goes to the bot signed, as Slack would send it.
 * @throws the error of `listen`, e.g. EADDRINUSE
 */
export async function startPage({ slack, people, port = 0 }: PageOptions): Promise<DemoPage> {
  const channels = Object.keys(slack.channels).filter((name) => !OWN_CHANNELS.includes(name));
  const viewer = viewerSchema(
    people.map(({ name }) => name),
    channels,
  );
  const guard = createGuard(undefined);

  const gets: Readonly<Record<string, (response: ServerResponse, query: URLSearchParams) => void>> = {
    '/': (response) =>
      sendPage(response, shellPage({ people, channels, boardUrl: slack.botUrl ?? 'about:blank' })),
    ...Object.fromEntries(ASSET_TYPES.map(([file, type]) => [`/${file}`, asset(file, type)])),
    '/events': (response, query) => {
      const who = viewer.safeParse(Object.fromEntries(query));
      if (who.success) follow(slack, who.data, response);
      else response.writeHead(400).end();
    },
  };
  const posts = deedsIn(slack, viewer);

  const server = await startHttp(
    (request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://page');
      const get = Object.hasOwn(gets, pathname) ? gets[pathname] : undefined;
      const post = Object.hasOwn(posts, pathname) ? posts[pathname] : undefined;
      if (get === undefined && post === undefined) return false;
      if (!guard(request, response)) return true;
      if (get !== undefined && request.method === 'GET') get(response, searchParams);
      else if (post !== undefined && request.method === 'POST' && isOwn(request)) {
        void carryOut(request, response, post);
      } else response.writeHead(405).end();
      return true;
    },
    port,
    '127.0.0.1',
  );
  return { url: `http://127.0.0.1:${server.port}/`, port: server.port, close: () => server.close() };
}

/** Channels of every workspace, in which nothing of ours happens. */
const OWN_CHANNELS = ['general', 'random'];

/** A page of somebody else in the same browser cannot send JSON here without being asked first. */
function isOwn({ headers }: IncomingMessage): boolean {
  return (
    headers['content-type'] === 'application/json' &&
    (headers.origin === undefined || headers.origin === `http://${headers.host}`)
  );
}

/** Answers with `{note}`: what the person who typed should know, or nothing. */
async function carryOut(request: IncomingMessage, response: ServerResponse, post: Deed): Promise<void> {
  const answer = (status: number, note?: string) => {
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(JSON.stringify({ note }));
  };
  try {
    answer(200, await post(parsed((await bodyOf(request)).toString('utf8'))));
  } catch (error) {
    answer(error instanceof z.ZodError || error instanceof RangeError ? 400 : 502, String(error));
  }
}

function follow(slack: SlackEmulator, viewer: Viewer, response: ServerResponse): void {
  let timer: NodeJS.Timeout | undefined;
  const changed = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      live.show(regionsFor(slack, viewer));
    }, TOGETHER_MS);
  };
  const unwatch = [slack.record.watch(changed), slack.views.watch(changed)];
  const live = openLive(response, () => {
    for (const stop of unwatch) stop();
    clearTimeout(timer);
  });
  live.show(regionsFor(slack, viewer));
}

function asset(file: string, type: Asset['type']): (response: ServerResponse) => void {
  const content = readFileSync(join(ASSETS, file), 'utf8');
  return (response) => sendAsset(response, { type, content });
}
