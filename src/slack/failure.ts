import { ErrorCode, type WebAPIPlatformError, WebAPIRateLimitedError } from '@slack/web-api';
import { OpsError } from '../core/errors.ts';

/**
 * What a failed call to Slack means for the caller:
 * - `rate-limited`: again after `retryAfterMs`;
 * - `blocks`: the message's form was refused, another form may be taken;
 * - `gone`: the message to be changed is not there any more;
 * - `channel`: nothing can be said in this channel; elsewhere it may;
 * - `token`: nothing can be said anywhere until the bot has another token;
 * - `refused`: Slack will say the same again until somebody changes something, e.g. a missing scope;
 * - `unclear`: the call may have taken effect or not.
 */
export type FailureKind = 'rate-limited' | 'blocks' | 'gone' | 'channel' | 'token' | 'refused' | 'unclear';

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

/** What a platform error means. Source: the lists of errors in the reference of each method. */
const BLOCK_ERRORS = [
  'invalid_blocks',
  'invalid_blocks_format',
  'msg_blocks_too_long',
  'only_one_table_allowed',
];
const GONE_ERRORS = ['message_not_found', 'cant_update_message', 'edit_window_closed', 'thread_not_found'];
const CHANNEL_ERRORS = [
  'channel_not_found',
  'not_in_channel',
  'is_archived',
  'is_inactive',
  'no_permission',
  'restricted_action',
  'restricted_action_read_only_channel',
  'restricted_action_non_threadable_channel',
  'restricted_action_thread_only_channel',
];
const TOKEN_ERRORS = [
  'token_revoked',
  'token_expired',
  'invalid_auth',
  'not_authed',
  'account_inactive',
  'org_login_required',
];
const PASSING_ERRORS = [
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'accesslimited',
];
const KINDS: ReadonlyMap<string, FailureKind> = new Map([
  ...BLOCK_ERRORS.map((name) => [name, 'blocks'] as const),
  ...GONE_ERRORS.map((name) => [name, 'gone'] as const),
  ...CHANNEL_ERRORS.map((name) => [name, 'channel'] as const),
  ...TOKEN_ERRORS.map((name) => [name, 'token'] as const),
  ...PASSING_ERRORS.map((name) => [name, 'unclear'] as const),
]);
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
  return new SlackFailure(KINDS.get(name) ?? 'refused', message, { cause: error });
}

/**
 * A failed call as what an operator is told: slack.api when Slack said no, slack.unreachable when it did not answer.
 * @param next what to do when Slack said no; the general advice when absent
 */
export function slackProblem(method: string, error: unknown, next?: string): OpsError {
  const { kind, message } = failureOf(error);
  if (kind === 'refused' || kind === 'token')
    return new OpsError(
      'slack.api',
      `Slack refused ${method}: ${message}`,
      next === undefined ? {} : { next },
    );
  return new OpsError('slack.unreachable', `Slack gave no answer to ${method}: ${message}`);
}

function isPlatformError(error: unknown): error is WebAPIPlatformError {
  return error instanceof Error && 'code' in error && error.code === ErrorCode.PlatformError;
}
