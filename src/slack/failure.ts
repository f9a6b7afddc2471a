import { ErrorCode, type WebAPIPlatformError, WebAPIRateLimitedError } from '@slack/web-api';

/**
 * What a failed call to Slack means for the caller:
 * - `rate-limited`: again after `retryAfterMs`;
 * - `blocks`: the message's form was refused, another form may be taken;
 * - `gone`: the message to be changed is not there any more;
 * - `refused`: Slack will say the same again until somebody changes something;
 * - `unclear`: the call may have taken effect or not.
 */
export type FailureKind = 'rate-limited' | 'blocks' | 'gone' | 'refused' | 'unclear';

export class SlackFailure extends Error {
  readonly kind: FailureKind;
  /** Milliseconds, for `rate-limited`. */
  readonly retryAfterMs: number;

  constructor(kind: FailureKind, message: string, options: { retryAfterMs?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'SlackFailure';
    this.kind = kind;
    this.retryAfterMs = options.retryAfterMs ?? 0;
  }
}

const BLOCK_ERRORS = [
  'invalid_blocks',
  'invalid_blocks_format',
  'msg_blocks_too_long',
  'only_one_table_allowed',
];
const GONE_ERRORS = ['message_not_found', 'cant_update_message', 'edit_window_closed', 'thread_not_found'];
const PASSING_ERRORS = [
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'accesslimited',
];
/** Wait when Slack limits the rate without saying for how long, in milliseconds. */
const DEFAULT_RETRY_MS = 30_000;

/** Any rejection of a WebClient as a {@link SlackFailure}. */
export function failureOf(error: unknown): SlackFailure {
  if (error instanceof SlackFailure) return error;
  if (error instanceof WebAPIRateLimitedError) {
    return new SlackFailure('rate-limited', 'Slack limits the rate', {
      retryAfterMs: error.retryAfter * 1000,
      cause: error,
    });
  }
  if (!isPlatformError(error)) {
    return new SlackFailure('unclear', error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
  const name = error.data.error;
  const details = error.data.response_metadata?.messages?.join('; ');
  const message = details === undefined ? name : `${name}: ${details}`;
  if (name === 'ratelimited' || name === 'rate_limited') {
    return new SlackFailure('rate-limited', message, { retryAfterMs: DEFAULT_RETRY_MS, cause: error });
  }
  const kind = BLOCK_ERRORS.includes(name)
    ? 'blocks'
    : GONE_ERRORS.includes(name)
      ? 'gone'
      : PASSING_ERRORS.includes(name)
        ? 'unclear'
        : 'refused';
  return new SlackFailure(kind, message, { cause: error });
}

function isPlatformError(error: unknown): error is WebAPIPlatformError {
  return error instanceof Error && 'code' in error && error.code === ErrorCode.PlatformError;
}
