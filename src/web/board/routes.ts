import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Feed } from '../../board/feed.ts';
import { boardOf, type Layout } from '../../board/view.ts';
import { type Asset, sendAsset, sendPage } from '../answer.ts';
import type { Guard } from '../guard.ts';
import type { Route } from '../health.ts';
import { openLive } from '../live.ts';
import { boardPage, regionsOf } from './page.ts';

export interface BoardParts extends Layout {
  readonly feed: Feed;
  readonly guard: Guard;
  /** IANA time zone of a site. */
  timezone(site: string): string;
  now(): number;
}

/** Browsers that may watch at the same time; more would be a mistake or an attack. */
const MOST_VIEWERS = 200;

/** `GET /`: the status board; `GET /board/events`: its changes as server-sent events; and its own files. */
export function createBoardRoutes(parts: BoardParts): Route {
  const { feed, guard, now } = parts;
  let viewers = 0;
  const draw = () => {
    const at = now();
    const view = boardOf(parts, feed.sight(), at);
    return { view, regions: regionsOf(view, parts.timezone, at) };
  };
  const asset = (file: string, type: Asset['type']) => {
    const content = readFileSync(new URL(`../../../public/${file}`, import.meta.url), 'utf8');
    return (response: ServerResponse) => sendAsset(response, { type, content });
  };
  const pages: Readonly<Record<string, (response: ServerResponse, request: IncomingMessage) => void>> = {
    '/': (response) => {
      feed.glance();
      const { view, regions } = draw();
      sendPage(response, boardPage(view, parts.deployments, regions));
    },
    '/board.css': asset('board.css', 'text/css'),
    '/board.js': asset('board.js', 'text/javascript'),
    '/board.svg': asset('board.svg', 'image/svg+xml'),
    '/board/events': (response, { method }) => {
      if (method === 'HEAD') {
        response.end();
        return;
      }
      if (viewers >= MOST_VIEWERS) {
        response.writeHead(503, { 'retry-after': '60' }).end();
        return;
      }
      viewers += 1;
      const unfollow = feed.follow(() => live.show(draw().regions));
      const live = openLive(response, () => {
        viewers -= 1;
        unfollow();
      });
      live.show(draw().regions);
    },
  };
  return (request: IncomingMessage, response: ServerResponse) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
    if (page === undefined) return false;
    if (!guard(request, response)) return true;
    if (request.method === 'GET' || request.method === 'HEAD') page(response, request);
    else response.writeHead(405, { allow: 'GET, HEAD' }).end();
    return true;
  };
}
