import type { Config } from '../config/config.ts';
import { OpsError, problemOf } from '../core/errors.ts';
import { describeExit } from '../core/exit.ts';
import type { LookRequest, Report } from '../core/look.ts';
import { createRedactor } from '../core/redact.ts';
import type { Target } from '../core/target.ts';
import type { Connector, Transport } from '../core/transport.ts';
import { certificateFindings } from '../plan/certificate.ts';
import { withCommand } from '../plan/command.ts';
import { looks } from '../plan/looks/index.ts';
import { isFact, type Look, type Subject } from '../plan/looks/look.ts';
import { readCertificate } from '../remote/certificate.ts';

export interface LookParts {
  readonly config: Config;
  secure(target: Target): Promise<Target>;
  readonly connector: Connector;
  now(): number;
}

/**
 * Answers one question about a site, in one round trip. Never rejects: a site that cannot be reached, or that answers
 * nonsense, is an answer as well. Every text is redacted with the secrets of all targets the question is about.
 */
export async function answerLook(
  request: LookRequest,
  parts: LookParts,
  signal?: AbortSignal,
): Promise<Report> {
  const where = request.deployment === undefined ? request.site : `${request.deployment} at ${request.site}`;
  try {
    const look = lookOf(request);
    const subject = await subjectOf(request, look, parts);
    const secrets = subject.targets.flatMap((target) => Object.values(target.env.secrets));
    const report = await answered(look, subject, parts, signal);
    return createRedactor(secrets).deep(report);
  } catch (error) {
    return { title: `${request.look} of ${where}: no answer`, problem: problemOf(error) };
  }
}

function lookOf({ look }: LookRequest): Look {
  const found: Look | undefined = looks[look];
  if (found !== undefined) return found;
  throw new OpsError('usage.argument', `this worker does not know the question "${look}"`, {
    next: 'Bring bot and workers to the same version.',
  });
}

async function subjectOf(request: LookRequest, look: Look, parts: LookParts): Promise<Subject> {
  const { config, now } = parts;
  if (request.deployment === undefined && look.scope === 'target')
    throw new OpsError('usage.argument', `${look.name} needs a deployment, got none`);
  const names = request.deployment === undefined ? config.deployments : [request.deployment];
  const targets = await Promise.all(
    names.map((name) =>
      parts.secure(withCommand(config.target(request.site, name), config.runbooks, request.command, false)),
    ),
  );
  const [target] = targets;
  if (target === undefined) throw new OpsError('internal', 'the configuration has no deployment');
  const { access } = target;
  const certificate = await readCertificate(access);
  const login = certificateFindings(access, certificate, now(), 0);
  return { request, target, targets, login, ...(certificate === undefined ? {} : { certificate }), now };
}

async function answered(
  look: Look,
  subject: Subject,
  { connector }: LookParts,
  signal: AbortSignal | undefined,
): Promise<Report> {
  const answer = look.ask(subject);
  if (!isFact(answer)) return answer;
  const { target } = subject;
  let transport: Transport;
  try {
    transport = await connector.connect(target.access, signal);
  } catch (error) {
    if (look.unreached === undefined) throw error;
    return look.unreached(subject, problemOf(error));
  }
  const { exit, stdout, stderr } = await transport.run(answer.script, {
    shell: look.shell,
    timeoutMs: look.timeoutMs,
    ...(signal === undefined ? {} : { signal }),
  });
  if (exit.kind === 'exit') return answer.parse(stdout, exit.code);
  const said = stderr.trim().split('\n').at(-1) ?? '';
  throw new OpsError(
    exit.kind === 'lost' ? 'site.unreachable' : 'step.timeout',
    `${target.site}: ${look.name}: ${describeExit(exit)}${said === '' ? '' : `: ${said.slice(0, 300)}`}`,
  );
}
