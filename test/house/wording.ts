import { type Rule, textRule } from './rule.ts';

const everywhere = () => true;

/** Rules on every text a reader of this repository may open, not only TypeScript. */
export const WORDING: readonly Rule[] = [
  textRule(
    'unreadable-reference',
    'a reader of this repository has only this repository; say here what the page said',
    everywhere,
    'text',
    /\bjaws-(?:facts|lessons|values)\b|\bseed-(?:deployment)\b|\b(?:design|contract|techniques)\.md\b|\/work\/(?:main|shared)\b/g,
  ),
  textRule(
    'history',
    'files describe the product as it is; how it came to be is in the log',
    everywhere,
    'text',
    /\bfirst[ ]slice\b|\b(?:issue|lesson|lessons)[ ]#?\d+\b/gi,
  ),
  textRule(
    'registry-host',
    'where packages come from is decided by the machine, not by this repository',
    everywhere,
    'text',
    /\bregistry\.[a-z]+\.(?:com|org)\b|\bpypi\.(?:org|python)|\bpythonhosted\b/g,
  ),
];

/** Folders and files of this repository that people read. */
export const READ_BY_PEOPLE = [
  'src',
  'test',
  'scripts',
  'bench',
  'docs',
  'templates',
  'config',
  'runbooks',
  'deploy',
  '.ci',
  'README.md',
  'CONTRIBUTING.md',
  'Dockerfile',
  'docker-compose.yml',
  'package.json',
  'package-lock.json',
];
