import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { OpsError } from '../core/errors.ts';

/** Serves a request and returns true, or returns false when it is not its own. */
export type Route = (request: IncomingMessage, response: ServerResponse) => boolean;

/** The bot's HTTP server: routes in order, the first that takes the request serves it. */
export class Front {
  readonly #server: Server;
  readonly #port: number;
  readonly #host: string;

  /** @param port 0 for a free one */
  constructor(port: number, host: string, routes: readonly Route[]) {
    this.#port = port;
    this.#host = host;
    this.#server = createServer((request, response) => {
      if (routes.some((route) => route(request, response))) return;
      response.writeHead(404).end();
    });
    this.#server.requestTimeout = 30_000;
  }

  /** Resolves with the port it listens on. @throws OpsError('config.environment') for a port that cannot be had */
  start(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (cause: NodeJS.ErrnoException) => {
        const what = `PORT: cannot listen on port ${this.#port} of ${this.#host}: ${cause.code ?? cause.message}`;
        reject(new OpsError('config.environment', what, { cause }));
      });
      this.#server.listen(this.#port, this.#host, () => {
        const address = this.#server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : this.#port);
      });
    });
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeIdleConnections();
    setTimeout(() => this.#server.closeAllConnections(), 2_000).unref();
    await closed;
  }
}
