import { z } from 'zod';
import { OpsError } from '../../core/errors.ts';
import type { Finding } from '../../core/finding.ts';
import type { Report } from '../../core/look.ts';
import type { ActionRequest } from '../../core/request.ts';
import type { Target } from '../../core/target.ts';
import { INSTALL_METHODS } from '../../installers/index.ts';
import { LAUNCH_TOOLS } from '../../launchers/index.ts';
import { judgeCheck, judgeIdentity, judgeStart, observationFor } from '../check.ts';
import { withChoices } from '../choices.ts';
import { makePlan, releaseOf } from '../plan.ts';
import { LIMIT } from '../steps.ts';
import type { Look, Subject } from './look.ts';

/** Stands for the id of the job in the name of a release that is only thought of. */
const NO_JOB = 'plan';

/** The words of this look: what would be asked for. */
const wordsSchema = z.strictObject({
  action: z.enum(['deploy', 'start', 'stop', 'restart', 'rollback']),
  version: z.string().exactOptional(),
  service: z.string().exactOptional(),
  launchTool: z.enum(LAUNCH_TOOLS).exactOptional(),
  installMethod: z.enum(INSTALL_METHODS).exactOptional(),
});

/**
 * What an action would do and what would stand in its way, as the site is now. Unlike a dry run it needs no turn in
 * the target's queue, so it can be had while somebody fills in a form.
 */
export const plan: Look = {
  name: 'plan',
  scope: 'target',
  shell: 'login',
  timeoutMs: LIMIT.check,
  ask({ request: { words }, login, ...subject }: Subject) {
    const parsed = wordsSchema.safeParse(words);
    if (!parsed.success) throw new OpsError('usage.argument', `plan: ${z.prettifyError(parsed.error)}`);
    const { site, deployment } = subject.target;
    const request: ActionRequest = { kind: 'action', site, deployment, dryRun: true, ...parsed.data };
    const target = withChoices(subject.target, request);
    const release = releaseOf(target, request, NO_JOB);
    const fact = observationFor(request, target, release);
    return {
      name: 'plan',
      script: fact.script,
      parse(stdout, code) {
        const seen = fact.parse(stdout, code);
        const site =
          request.action === 'deploy'
            ? judgeCheck(target, release, seen, NO_JOB)
            : [...judgeIdentity(target, seen, NO_JOB), ...judgeStart(request, target, seen)];
        const findings = [...login, ...site];
        if (findings.some(({ level }) => level === 'fail')) return refusal(request, target, findings);
        return planned(request, target, makePlan(request, target, release, seen), findings);
      },
    };
  },
};

function refusal(request: ActionRequest, target: Target, findings: readonly Finding[]): Report {
  return {
    title: `The ${request.action} of ${target.deployment} at ${target.site} would be refused`,
    findings: remarks(findings),
  };
}

function planned(
  request: ActionRequest,
  target: Target,
  { version, notes, steps }: ReturnType<typeof makePlan>,
  findings: readonly Finding[],
): Report {
  const what = request.service ?? (version === '' ? 'JAWS Site' : `JAWS Site ${version}`);
  const noted = remarks(findings);
  return {
    title: `Plan: ${request.action} ${what} on ${target.deployment} at ${target.site} in ${steps.length} steps`,
    findings: [
      { level: 'ok', subject: 'check', message: `${findings.length - noted.length} checks passed` },
      ...noted,
    ],
    text: [...steps.map(({ title }, i) => `${i + 1}. ${title}`), ...notes].join('\n'),
  };
}

function remarks(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(({ level }) => level !== 'ok');
}
