import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const below = (folder: string, end: string) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith(end))
    .map((name) => join(folder, name));

/** Everything that people read about the product, by path from the root: pages, runbooks and configuration. */
export const PAGES: readonly string[] = [
  ...below('.', '.md'),
  ...below('docs', '.md'),
  ...below('runbooks', '.yaml'),
  ...below('config', '.yaml'),
  ...below('config/sites', '.yaml'),
];

/** A command line as a page shows it. */
export interface Shown {
  readonly page: string;
  /** Line of the page, from 1. */
  readonly line: number;
  readonly text: string;
  /** True in a block of code, where a line is meant to be typed as it stands. */
  readonly block: boolean;
}

/**
 * The command lines of a page that begin with one of our own words (`/jaws`, `jaws-ops`, `npm`, `npx`): the lines of
 * blocks of code, each part of an `a && b` for itself, and what stands as code in a sentence.
 */
export function linesOf(page: string): readonly Shown[] {
  const found: Shown[] = [];
  let block = false;
  for (const [at, raw] of readFileSync(join(ROOT, page), 'utf8').split('\n').entries()) {
    if (page.endsWith('.md') && /^\s*```/.test(raw)) {
      block = !block;
      continue;
    }
    const texts = block
      ? withoutComment(raw).split(' && ')
      : [...raw.matchAll(/`([^`]+)`/g)].flatMap(([, code = '']) => code.replaceAll('\\|', '|').split(' && '));
    for (const text of texts.map((each) => each.trim()))
      if (/^(\/jaws|jaws-ops|npm|npx)( |$)/.test(text)) found.push({ page, line: at + 1, text, block });
  }
  return found;
}

/** A line of a block without its prompt, and without the explanation that follows after two spaces. */
function withoutComment(raw: string): string {
  return raw
    .replace(/^\s*(\$|\w+>|>)\s+/, '')
    .trimStart()
    .replace(/\s+#\s.*$/, '')
    .replace(/\s{2,}.*$/, '');
}

/** What stands in a usage line for what a person would type. */
const SAMPLES: Readonly<Record<string, string>> = {
  DEPLOYMENT: 'dev',
  SITE: 'aws',
  SERVICE: 'rpc-server',
  VERSION: '2.5.4',
  JOB: '20261122-143015-rs7f3k',
  RUN: 'rb-20261122-143015-rs7f3k',
  CHOICE: '1',
  COMMAND: 'deploy',
  NAME: 'new-release',
  ID: 'aws-20261201-a1',
  DIR: '/tmp/look',
  TEXT: 'status',
  TIME: '2h',
  HASH: '0123abcd',
  RELEASE: '20261122-143015-rs7f3k',
  START: '2026-12-01 06:00',
  END: '18:00',
  N: '10',
  LINES: '10',
  TOOL: 'supervisor',
  METHOD: 'venv',
};

/**
 * What a usage line stands for: without anything optional and with all of it, once for each of `a|b`, placeholders
 * filled in. A line without any of that stands for itself; one with `…` names no form that could be typed.
 */
export function typedForms(usage: string): readonly string[] {
  if (/ …( |$)/.test(usage)) return [];
  const least = untilSame(usage, (text) => text.replace(/\s*\[[^[\]]*\]/g, ''));
  const all = untilSame(usage, (text) => text.replace(/\[([^[\]]*)\]/g, '$1'));
  return [...new Set([least, all].flatMap(choices).map(filledIn))];
}

/** For brackets in brackets, from the innermost on. */
function untilSame(text: string, change: (text: string) => string): string {
  const changed = change(text);
  return changed === text ? text : untilSame(changed, change);
}

function choices(text: string): readonly string[] {
  const found = /[^\s"]+\|[^\s"]+/.exec(text);
  if (found === null) return [text];
  const [word] = found;
  return word
    .split('|')
    .flatMap((choice) =>
      choices(text.slice(0, found.index) + choice + text.slice(found.index + word.length)),
    );
}

function filledIn(text: string): string {
  return text
    .replace(/<(site|name)>/g, 'aws')
    .replace(/(?<=\s)[A-Z]{1,}(?=\s|$)/g, (word) => SAMPLES[word] ?? word);
}

/** Commands that only look, and need nothing that an example would have to name. */
const QUESTIONS =
  /^\/jaws (help|status|diff|logs|doctor|history|jobs|lock$|maintenance list|runbook (list|show)|cron show|queue-wait|runner status)\b/;

/** The commands of some pages that only look, each once, about one target in place of the one they name. */
export function questionsOf(pages: readonly string[], site: string, deployment: string): readonly string[] {
  const sites = below('config/sites', '.yaml').map((path) => basename(path, '.yaml'));
  const swapped = (line: string) =>
    line
      .split(' ')
      .map((word) => (sites.includes(word) ? site : word))
      .map((word) => (['dev', 'staging', 'prod'].includes(word) ? deployment : word))
      .join(' ');
  const typed = pages
    .flatMap(linesOf)
    .filter(({ text }) => QUESTIONS.test(text) && !/[A-Z]{2}|[[|…]/.test(text))
    .map(({ text }) => swapped(text));
  return [...new Set(typed)];
}
