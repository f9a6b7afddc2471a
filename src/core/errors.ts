/** Exit codes of `jaws-ops`, as published in the command line's contract. */
export const EXIT = { done: 0, failed: 1, usage: 2, refused: 3, unreachable: 4 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

interface ErrorEntry {
  readonly exit: ExitCode;
  /** One sentence that names the class of problem. */
  readonly title: string;
  /** What to do about it when the place that raised it knew nothing better. */
  readonly remedy: string;
}

/** Every error an operator can meet. The reference in docs/ is generated from this table; codes are never reused. */
export const ERRORS = {
  'usage.command': {
    exit: 2,
    title: 'The command is not known',
    remedy: 'Type `/jaws help` for the list of commands.',
  },
  'usage.argument': {
    exit: 2,
    title: 'An argument is missing or wrong',
    remedy: 'Type `/jaws help COMMAND` for its arguments.',
  },
  'usage.flag': {
    exit: 2,
    title: 'A flag is not known or lacks its value',
    remedy: 'Type `/jaws help COMMAND` for its flags.',
  },
  'config.file': {
    exit: 2,
    title: 'A configuration file cannot be read',
    remedy: 'Correct the file named in the message.',
  },
  'config.key': {
    exit: 2,
    title: 'A configuration key is unknown, missing or has a wrong value',
    remedy: 'Correct the key named in the message, then run `jaws-ops config check`.',
  },
  'config.port': {
    exit: 2,
    title: 'Two services of one host use the same port',
    remedy: 'Give each deployment on a host ports of its own.',
  },
  'config.environment': {
    exit: 2,
    title: 'An environment variable is missing or wrong',
    remedy: 'Set the variable named in the message and start again.',
  },
  'secrets.file': {
    exit: 2,
    title: 'The secrets file cannot be used',
    remedy: 'Make the file readable by its owner only (mode 600) and valid YAML.',
  },
  'secrets.value': {
    exit: 2,
    title: 'A secret is missing or its source failed',
    remedy: 'Add it to the file that JAWS_OPS_SECRETS names.',
  },
  'render.value': {
    exit: 2,
    title: 'A value cannot be written in the format of its file',
    remedy: 'Change the value: its reader has no way to escape this character.',
  },
  'render.template': {
    exit: 2,
    title: 'A template cannot be rendered',
    remedy: 'Correct the template or define the variable it names.',
  },
  'refused.permission': {
    exit: 3,
    title: 'The caller may not do this',
    remedy: 'Ask someone whom config/policy.yaml allows.',
  },
  'refused.busy': {
    exit: 3,
    title: 'Another job is working on this target',
    remedy: 'Wait for it to end, or cancel it.',
  },
  'refused.check': {
    exit: 3,
    title: 'The site did not pass the checks before the deploy',
    remedy: 'Correct what the check names; nothing was changed.',
  },
  'refused.maintenance': {
    exit: 3,
    title: 'The site is in maintenance',
    remedy: 'Wait for its end; with the right "deploy", `--during-maintenance "why"` goes on all the same.',
  },
  'refused.lock': {
    exit: 3,
    title: 'The target is locked',
    remedy: 'Ask the owner of the lock, or wait until it expires.',
  },
  'refused.freeze': {
    exit: 3,
    title: 'The policy freezes this at present',
    remedy: 'Wait for the end of the freeze; `--during-freeze "why"` goes on all the same, on record.',
  },
  'refused.lost': {
    exit: 3,
    title: 'Nobody knows how a step of the earlier job ended',
    remedy: 'Look at the site, then type `/jaws retry JOB --treat-as-failed`.',
  },
  'refused.approval': {
    exit: 3,
    title: 'A second person has not approved',
    remedy: 'Ask for it again, and have somebody with the right "approve" look at the plan.',
  },
  'site.unreachable': {
    exit: 4,
    title: 'The site does not answer',
    remedy: 'Check the host, the network and whether a maintenance is under way.',
  },
  'site.host-key': {
    exit: 4,
    title: 'The host key is not the known one',
    remedy: 'Verify the key with the site by another way, then correct known_hosts.',
  },
  'site.login': {
    exit: 4,
    title: 'The site refused the login',
    remedy: 'Check user, key and, at NERSC, the age of the certificate.',
  },
  'site.sudo': {
    exit: 4,
    title: 'The service account cannot be reached through sudo',
    remedy: 'Ask the site to allow `sudo -n -u ACCOUNT -i` for the login user.',
  },
  'site.output': {
    exit: 1,
    title: 'The site answered something that cannot be understood',
    remedy: 'Read the output in the thread; look for a broken login profile.',
  },
  'step.failed': {
    exit: 1,
    title: 'A step failed',
    remedy: 'Read its output, correct the cause, then run the command again.',
  },
  'step.timeout': {
    exit: 1,
    title: 'A step took longer than its limit',
    remedy: 'Look at what the step was doing when it was ended.',
  },
  'step.lost': {
    exit: 1,
    title: 'The outcome of a step cannot be known',
    remedy:
      'Type `/jaws retry JOB`: it asks the site how the step ended and goes on from there, or asks you.',
  },
  'step.fenced': {
    exit: 3,
    title: 'Another run has taken over this target',
    remedy: 'Follow the run that holds the lock.',
  },
  'verify.failed': {
    exit: 1,
    title: 'Services are not running after the start',
    remedy: 'Read the log lines in the thread.',
  },
  'queue.unavailable': {
    exit: 4,
    title: 'Redis does not answer',
    remedy: 'Start Redis, or correct REDIS_URL.',
  },
  'job.unknown': { exit: 2, title: 'No such job', remedy: 'Type `/jaws jobs` for the known ones.' },
  'job.ended': {
    exit: 3,
    title: 'The job has ended already',
    remedy: 'Type `/jaws status` to see how the services are now.',
  },
  'job.cancelled': { exit: 1, title: 'The job was cancelled', remedy: 'Run the command again when ready.' },
  'slack.unreachable': {
    exit: 4,
    title: 'Slack does not answer',
    remedy: 'Check the network from this host to slack.com, and status.slack.com.',
  },
  'bot.unreachable': {
    exit: 4,
    title: 'The bot does not answer',
    remedy: 'Start it with `npm run bot`, or name its address with --url.',
  },
  'slack.api': {
    exit: 1,
    title: 'Slack refused a call',
    remedy: 'Check the scopes of the app and that it is a member of the channel.',
  },
  'system.part': { exit: 1, title: 'A part of the system is missing', remedy: 'Run `npm run setup`.' },
  'sandbox.running': {
    exit: 1,
    title: 'A sandbox is running in this folder already',
    remedy: 'Stop it, or name another folder in JAWS_OPS_SANDBOX.',
  },
  internal: { exit: 1, title: 'An error nobody foresaw', remedy: 'Report it with the log of the process.' },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

/** An error as data: what can travel through Redis and be shown in Slack and on a terminal alike. */
export interface Problem {
  readonly code: ErrorCode;
  /** What went wrong and where, in one line; holds no secret. */
  readonly message: string;
  /** What to do next. */
  readonly next: string;
}

/** An error that an operator is meant to read: what, where, expected, next. */
export class OpsError extends Error {
  readonly code: ErrorCode;
  /** What to do next. */
  readonly next: string;
  /** Further problems of the same kind, for example every wrong key of a file. */
  readonly others: readonly Problem[];

  constructor(
    code: ErrorCode,
    message: string,
    options: { next?: string; others?: readonly Problem[]; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'OpsError';
    this.code = code;
    this.next = options.next ?? ERRORS[code].remedy;
    this.others = options.others ?? [];
  }

  get exitCode(): ExitCode {
    return ERRORS[this.code].exit;
  }

  get problem(): Problem {
    return { code: this.code, message: this.message, next: this.next };
  }
}

/** Any thrown value as a {@link Problem}. */
export function problemOf(error: unknown): Problem {
  if (error instanceof OpsError) return error.problem;
  return {
    code: 'internal',
    message: error instanceof Error ? error.message : String(error),
    next: ERRORS.internal.remedy,
  };
}
