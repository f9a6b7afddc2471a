import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { reveal, type Word } from '../core/secret.ts';

/** Lets a request in and returns true, or answers it with the refusal and returns false. */
export type Guard = (request: IncomingMessage, response: ServerResponse) => boolean;

/** Headers with which a proxy says that it speaks for somebody else. */
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];
const LOOPBACK_ADDRESS = /^(?:127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;
/** A page of a stranger whose name was made to point here has another name in `Host`. */
const LOOPBACK_HOST = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/i;

/**
 * Who may see what the bot knows: people and programs on this machine, and whoever shows the token, as a bearer token
 * or as the password of any user. Without a token only this machine; a proxy on it is not this machine.
 */
export function createGuard(token: Word | undefined): Guard {
  return (request, response) => {
    if (isHere(request)) return true;
    if (token !== undefined && shown(request).some((given) => equal(given, reveal(token)))) return true;
    if (token === undefined) {
      refuse(response, 403, 'only from this machine: JAWS_OPS_WEB_TOKEN is not set');
    } else {
      response.setHeader('www-authenticate', 'Basic realm="jaws-ops", charset="UTF-8"');
      refuse(response, 401, 'the token is missing or wrong: give it as the password, or as a bearer token');
    }
    return false;
  };
}

function isHere({ headers, socket }: IncomingMessage): boolean {
  return (
    LOOPBACK_ADDRESS.test(socket.remoteAddress ?? '') &&
    LOOPBACK_HOST.test(headers.host ?? '') &&
    FORWARDED.every((name) => headers[name] === undefined)
  );
}

/** What the request offers as a token. */
function shown({ headers }: IncomingMessage): readonly string[] {
  const [, scheme = '', value = ''] = /^(\w+) +(\S+)$/.exec(headers.authorization ?? '') ?? [];
  if (scheme.toLowerCase() === 'bearer') return [value];
  if (scheme.toLowerCase() !== 'basic') return [];
  const pair = Buffer.from(value, 'base64').toString('utf8');
  return pair.includes(':') ? [pair.slice(pair.indexOf(':') + 1)] : [];
}

/** Compares digests, so that neither length nor time tells anything. */
function equal(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}

function refuse(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
  response.end(`${why}\n`);
}
