/** Trouble that Slack makes, on request. */
export type Fault =
  /** 429 with `Retry-After`. */
  | { readonly kind: 'rate-limited'; readonly retryAfterSec: number }
  /** A bare HTTP status, e.g. 503. */
  | { readonly kind: 'status'; readonly status: number }
  /** `{ok: false, error}`. */
  | { readonly kind: 'error'; readonly error: string }
  /** The call takes effect and its answer is lost: the connection is cut. */
  | { readonly kind: 'lost' }
  /** The connection is cut before anything has taken effect, as when Slack is away. */
  | { readonly kind: 'cut' }
  /** The connection stays open and nothing is ever said. */
  | { readonly kind: 'hang' };

interface Planned {
  readonly method: string;
  readonly fault: Fault;
  left: number;
}

/** Faults planned for calls to come, and how often each method was called. */
export class Faults {
  readonly #planned: Planned[] = [];
  readonly #closed = new Map<string, string>();
  readonly #calls = new Map<string, number>();

  /** Makes the next `times` calls of a method fail. `*` stands for any method. */
  plan(method: string, fault: Fault, times = 1): void {
    this.#planned.push({ method, fault, left: times });
  }

  clear(): void {
    this.#planned.length = 0;
    this.#closed.clear();
  }

  /** From now on calls that name a channel (its id) fail, e.g. with `is_archived`; `reopen` ends that. */
  close(channel: string, error: string): void {
    this.#closed.set(channel, error);
  }

  reopen(channel: string): void {
    this.#closed.delete(channel);
  }

  /** Why nothing can be done in a channel. */
  closed(channel: string): string | undefined {
    return this.#closed.get(channel);
  }

  /** Counts a call and says what shall happen to it. */
  next(method: string): Fault | undefined {
    this.#calls.set(method, this.calls(method) + 1);
    const planned = this.#planned.find((p) => p.left > 0 && (p.method === method || p.method === '*'));
    if (planned === undefined) return undefined;
    planned.left -= 1;
    return planned.fault;
  }

  calls(method: string): number {
    return this.#calls.get(method) ?? 0;
  }
}
