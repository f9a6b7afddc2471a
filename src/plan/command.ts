import { OpsError } from '../core/errors.ts';
import { contained } from '../core/record.ts';
import { type CommandStep, faultOf, type Runbook } from '../core/runbook.ts';
import { join, raw, type Script, sh } from '../core/script.ts';
import type { CommandRef, SiteCommand } from '../core/site-command.ts';
import { sitePath } from '../core/site-path.ts';
import type { Target } from '../core/target.ts';

/**
 * The target with the command that a request means. Its text comes from the runbooks of this process: what travels
 * through Redis only names it, so that nobody can have a worker run something else.
 * @throws OpsError usage.argument for a command, a site or a value that the runbook does not have
 */
export function withCommand(
  target: Target,
  runbooks: readonly Runbook[],
  ref: CommandRef | undefined,
  changes: boolean,
): Target {
  if (ref === undefined) return target;
  const runbook = runbooks.find(({ name }) => name === ref.runbook);
  const step = runbook?.steps[ref.step];
  const unknown = (message: string) =>
    new OpsError('usage.argument', message, {
      next: 'Bring the runbooks of bot and workers to the same version.',
    });
  if (runbook === undefined || step?.kind !== 'command')
    throw unknown(`step ${ref.step + 1} of runbook "${ref.runbook}": this worker knows no such command`);
  if (step.changes !== changes)
    throw unknown(
      `runbook ${runbook.name}: "${step.title}" ${step.changes ? 'changes' : 'does not change'} the site here`,
    );
  if (!runbook.sites.includes(target.site))
    throw unknown(`runbook ${runbook.name} is not for ${target.site}, expected ${runbook.sites.join(' | ')}`);
  for (const parameter of runbook.parameters) {
    const fault = faultOf(parameter, ref.values[parameter.name] ?? '');
    if (ref.values[parameter.name] !== undefined && fault !== undefined)
      throw unknown(`runbook ${runbook.name}: ${parameter.name}: expected ${fault}`);
  }
  const known = runbook.parameters.flatMap(({ name }) => {
    const value = ref.values[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...target, command: commandOf(step, Object.fromEntries(known)) };
}

function commandOf(step: CommandStep, values: Readonly<Record<string, string>>): SiteCommand {
  const { title, command, verify, shell, timeoutSec } = step;
  return {
    title,
    command,
    ...(verify === undefined ? {} : { verify }),
    shell,
    timeoutMs: timeoutSec * 1000,
    values,
  };
}

/** @throws OpsError usage.argument where the request named no command */
export function siteCommand(target: Target): SiteCommand {
  if (target.command !== undefined) return target.command;
  throw new OpsError('usage.argument', `${target.id}: no command was named`, {
    next: 'Commands are steps of runbooks: type `/jaws runbook list`.',
  });
}

/** Runs the text with its values as variables of the shell, without standard input and with one output. */
export function commandScript(target: Target, text: string): Script {
  const { values } = siteCommand(target);
  return contained(
    join([
      sh`exec 2>&1
site=${target.site}
deployment=${target.deployment}
install=${sitePath(target.paths.install)} || exit 1`,
      ...Object.entries(values).map(([name, value]) => join([raw(`${name}=`), sh`${value}`], '')),
      raw(text),
    ]),
  );
}
