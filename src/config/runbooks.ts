import { existsSync } from 'node:fs';
import path from 'node:path';
import type { z } from 'zod';
import type { Problem } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import { isSiteWide } from '../core/request.ts';
import {
  faultOf,
  placeholdersIn,
  type Runbook,
  type RunbookParameter,
  type RunbookStep,
} from '../core/runbook.ts';
import { DEPLOYMENTS } from '../core/target.ts';
import { keyMessage, problem, problemsOf } from './issues.ts';
import { type runbookHeadSchema as Head, runbookHeadSchema, STEP_SCHEMAS, type StepKind } from './runbook.ts';
import { isRecord, readYaml, type YamlFile } from './yaml.ts';
import { shownName, yamlNames } from './yaml-folder.ts';

type RunbookHead = z.output<typeof Head>;
type At = readonly PropertyKey[];

/** The runbooks of a folder, and what is wrong with any of them. */
export interface RunbookFiles {
  readonly runbooks: readonly Runbook[];
  readonly problems: readonly Problem[];
}

/**
 * Reads the runbooks beside a configuration folder; a configuration without such a folder has none. Never throws.
 * @param sites the configured sites
 */
export function readRunbooks(configDir: string, sites: readonly string[]): RunbookFiles {
  const parent = path.dirname(path.resolve(configDir));
  const folder = path.join(parent, 'runbooks');
  if (!existsSync(folder)) return { runbooks: [], problems: [] };
  const problems: Problem[] = [];
  const names = yamlNames(parent, 'runbooks', shownName(parent), problems);
  const runbooks = names.flatMap((name) => {
    const file = readYaml(path.join(folder, `${name}.yaml`), `${shownName(folder)}/${name}.yaml`);
    const found = parseRunbook(name, file, sites);
    problems.push(...found.problems);
    return found.runbook === undefined ? [] : [found.runbook];
  });
  return { runbooks, problems };
}

/** One runbook, or every problem of its file. */
export function parseRunbook(
  name: string,
  file: YamlFile,
  sites: readonly string[],
): { readonly runbook?: Runbook; readonly problems: readonly Problem[] } {
  if (file.data === undefined || file.problems.length > 0) return { problems: file.problems };
  if (!/^[a-z0-9][a-z0-9-]{0,60}$/.test(name))
    return {
      problems: [problem('config.file', `${file.name}: got name "${name}", expected a-z, 0-9 and "-"`)],
    };
  const head = runbookHeadSchema.safeParse(file.data);
  if (!head.success)
    return { problems: problemsOf(file, head.error, { schema: runbookHeadSchema, data: file.data }) };
  const problems: Problem[] = [];
  const steps = head.data.steps.flatMap((data, i) => stepOf(file, data, i, problems));
  const runbook: Runbook = {
    name,
    title: head.data.title,
    purpose: head.data.purpose.trim(),
    sites: head.data.sites ?? sites,
    parameters: head.data.parameters.map(defined),
    steps,
  };
  problems.push(...headProblems(file, head.data, sites));
  if (problems.length === 0)
    problems.push(...runbook.steps.flatMap((step, i) => stepProblems(file, runbook, step, i)));
  return problems.length > 0 ? { problems } : { runbook, problems };
}

function stepOf(file: YamlFile, data: unknown, i: number, problems: Problem[]): RunbookStep[] {
  const kinds = Object.keys(STEP_SCHEMAS).filter((key): key is StepKind => isRecord(data) && key in data);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) {
    const got = kinds.length > 1 ? `got ${kinds.join(' and ')}, expected one of` : 'got none of';
    problems.push(
      problem('config.key', keyMessage(file, ['steps', i], `${got} ${Object.keys(STEP_SCHEMAS).join(', ')}`)),
    );
    return [];
  }
  const schema = STEP_SCHEMAS[kind];
  const parsed = schema.safeParse(data);
  if (!parsed.success) {
    problems.push(...problemsOf(file, parsed.error, { schema, data, base: ['steps', i] }));
    return [];
  }
  return [typed(kind, parsed.data)];
}

type StepData<K extends StepKind> = z.output<(typeof STEP_SCHEMAS)[K]>;

function typed(kind: StepKind, data: StepData<StepKind>): RunbookStep {
  const { onFailure = 'stop' } = data;
  const base = (title: string) => ({ title: data.title ?? title, onFailure });
  if (kind === 'action' && 'action' in data) {
    const { title: _title, only, ...rest } = defined(data);
    return { kind, ...rest, ...base(`${data.action}`), onlyIfDown: only === 'down' };
  }
  if (kind === 'look' && 'look' in data)
    return { kind, ...defined(data), ...base(data.look === 'status' ? 'Status' : data.look) };
  if (kind === 'command' && 'command' in data) return { kind, ...defined(data), ...base('Command') };
  if (kind === 'question' && 'question' in data) {
    const { question, choices } = data;
    return { kind, question, choices: choices.map(defined), ...base('Question') };
  }
  if ('link' in data) return { kind: 'link', link: data.link, ...base('See') };
  throw new TypeError(`a step of kind ${kind} without its key`);
}

function headProblems(file: YamlFile, head: RunbookHead, sites: readonly string[]): readonly Problem[] {
  const wrong = (at: At, what: string, hint?: string) =>
    problem('config.key', keyMessage(file, at, what, hint));
  const names = head.parameters.map(({ name }) => name);
  return [
    ...(head.sites ?? []).flatMap((site, i) =>
      sites.includes(site)
        ? []
        : [wrong(['sites', i], `got "${site}", expected ${sites.join(' | ')}`, nearest(site, sites))],
    ),
    ...head.parameters.flatMap((parameter, i) => {
      const at = ['parameters', i];
      const twice = names.indexOf(parameter.name) < i;
      const fault =
        parameter.default === undefined ? undefined : faultOf(defined(parameter), parameter.default);
      return [
        ...(twice ? [wrong([...at, 'name'], `"${parameter.name}" is there twice`)] : []),
        ...(fault === undefined
          ? []
          : [wrong([...at, 'default'], `got "${parameter.default}", expected ${fault}`)]),
      ];
    }),
  ];
}

/** What a step says that cannot be meant, in words that belong to the line it stands in. */
function stepProblems(file: YamlFile, runbook: Runbook, step: RunbookStep, i: number): readonly Problem[] {
  const { parameters } = runbook;
  const names = parameters.map(({ name }) => name);
  const wrong = (key: string, what: string, hint?: string) =>
    problem('config.key', keyMessage(file, ['steps', i, key], what, hint));
  const found: Problem[] = [];
  for (const [key, value] of textsOf(step)) {
    for (const name of placeholdersIn(value)) {
      if (['site', 'runbook', ...names].includes(name)) continue;
      const expected = names.length === 0 ? 'which is no parameter' : `expected ${names.join(' | ')}`;
      found.push(wrong(key, `{{${name}}}: ${expected}`, nearest(name, names)));
    }
  }
  if ('deployments' in step && Array.isArray(step.deployments)) {
    for (const name of step.deployments) {
      if (placeholdersIn(name).length > 0 || DEPLOYMENTS.some((known) => known === name)) continue;
      const what = `got "${name}", expected ${DEPLOYMENTS.join(' | ')} | {{parameter}}`;
      found.push(wrong('deployments', what, nearest(name, DEPLOYMENTS)));
    }
  }
  if (step.kind === 'action' && step.deployments === undefined && !isSiteWide(step.action))
    found.push(wrong('action', `${step.action} needs deployments, got none`));
  if (step.kind === 'action' && step.deployments !== undefined && isSiteWide(step.action))
    found.push(wrong('deployments', `${step.action} is done for the site as a whole, expected none`));
  if (
    step.kind === 'look' &&
    (step.look === 'diff' || step.look === 'logs' || step.look === 'cleanup') &&
    step.deployments === undefined
  )
    found.push(wrong('look', `${step.look} needs deployments, got none`));
  if (step.kind === 'command' && !step.changes && step.verify !== undefined)
    found.push(wrong('verify', 'stands with a command that changes nothing'));
  if (step.kind === 'question') found.push(...choiceProblems(step, parameters, wrong));
  return found;
}

function choiceProblems(
  step: Extract<RunbookStep, { kind: 'question' }>,
  parameters: readonly RunbookParameter[],
  wrong: (key: string, what: string, hint?: string) => Problem,
): readonly Problem[] {
  const names = parameters.map(({ name }) => name);
  const marked = step.choices.filter(({ yes }) => yes).length;
  return [
    ...(marked > 1 ? [wrong('choices', `${marked} choices say yes, expected one at most`)] : []),
    ...step.choices.flatMap(({ set }) =>
      Object.entries(set).flatMap(([name, value]) => {
        const parameter = parameters.find((known) => known.name === name);
        if (parameter === undefined)
          return [wrong('choices', `sets "${name}", which is no parameter`, nearest(name, names))];
        const fault = faultOf(parameter, value);
        return fault === undefined ? [] : [wrong('choices', `${name}: got "${value}", expected ${fault}`)];
      }),
    ),
  ];
}

/** Every text of a step in which a parameter may stand, with its key. A command has its parameters as variables. */
function textsOf(step: RunbookStep): readonly (readonly [string, string])[] {
  const texts: [string, string | readonly string[] | undefined][] = [['title', step.title]];
  if (step.kind === 'action')
    texts.push(['version', step.version], ['deployments', listOf(step.deployments)]);
  if (step.kind === 'look')
    texts.push(['words', Object.values(step.words)], ['deployments', listOf(step.deployments)]);
  if (step.kind === 'command') texts.push(['deployments', listOf(step.deployments)]);
  if (step.kind === 'question') texts.push(['question', step.question]);
  if (step.kind === 'link') texts.push(['link', step.link]);
  return texts.flatMap(([key, value]) =>
    (value === undefined ? [] : typeof value === 'string' ? [value] : value).map(
      (one) => [key, one] as const,
    ),
  );
}

function listOf(deployments: readonly string[] | 'intended' | undefined): readonly string[] {
  return deployments === undefined || deployments === 'intended' ? [] : deployments;
}

/** The same without the keys that are undefined, as exact optional properties want it. */
function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
