import type { Finding } from '../core/finding.ts';
import { nearest } from '../core/nearest.ts';
import type { Target } from '../core/target.ts';
import { diskFindings } from './disk.ts';
import type { Release } from './installer.ts';
import type { VenvFacts } from './venv-observe.ts';
import { requirementOf } from './venv-release.ts';

/** A venv of JAWS Site takes some 200 MiB and some ten thousand files. */
const DISK_MIB = { warn: 500, fail: 100 } as const;
const INODES = { warn: 50_000, fail: 12_000 } as const;
/** So many of the newest versions are named when the one asked for is not there. */
const NAMED = 10;

export function venvFindings(target: Target, facts: VenvFacts, release: Release): readonly Finding[] {
  return [
    pythonFinding(target, facts),
    sourceFinding(target, facts, release),
    ...diskFindings(facts, target.paths.venvs, { mib: DISK_MIB, inodes: INODES }),
    ...(facts.gone === undefined
      ? []
      : [
          {
            level: 'warn' as const,
            subject: 'live install',
            message: `${target.paths.venv} is broken: its Python ${facts.gone} is gone; a new one is built`,
          },
        ]),
    ...(facts.legacy
      ? [
          {
            level: 'warn' as const,
            subject: 'live install',
            message: `${target.paths.venv} is a plain folder of earlier scripts and will be kept below ${target.paths.venvs}`,
          },
        ]
      : []),
  ];
}

function pythonFinding(target: Target, facts: VenvFacts): Finding {
  const subject = 'python';
  if (facts.pythonProblem === undefined && facts.python !== undefined) {
    return { level: 'ok', subject, message: `${facts.python.version} (${facts.python.path})` };
  }
  return {
    level: 'fail',
    subject,
    message: `${target.env.values['JAWS_PYTHON'] ?? 'python'}: ${facts.pythonProblem ?? 'it does not run'}`,
    next: `Correct JAWS_LOAD_PYTHON or JAWS_PYTHON in config/sites/${target.site}.yaml.`,
  };
}

function sourceFinding(target: Target, facts: VenvFacts, release: Release): Finding {
  const subject = `version ${release.version}`;
  const where = requirementOf(target, release);
  if (facts.source === 'ok') return { level: 'ok', subject, message: where };
  if (facts.source === 'unknown') {
    if (facts.sourceProblem === undefined)
      return { level: 'ok', subject, message: `${where} (not verified)` };
    return {
      level: 'fail',
      subject,
      message: `${where} cannot be looked up: ${facts.sourceProblem}`,
      next: `Correct installer.source in config/sites/${target.site}.yaml, or its reachability from the site.`,
    };
  }
  if (facts.available.length === 0) {
    return {
      level: 'fail',
      subject,
      message: `${where} is not there, nor is any other version`,
      next: `Put it there, or correct installer.source in config/sites/${target.site}.yaml.`,
    };
  }
  const guess = nearest(release.version, facts.available);
  return {
    level: 'fail',
    subject,
    message: `${where} is not there; available: ${facts.available.slice(-NAMED).join(', ')}`,
    next: guess === undefined ? 'Choose one of these versions.' : `Did you mean ${guess}?`,
  };
}
