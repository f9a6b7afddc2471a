import { z } from 'zod';
import { INSTALL_METHODS } from '../installers/index.ts';
import { LAUNCH_TOOLS } from '../launchers/index.ts';
import { DERIVED } from './derive.ts';
import { code, table } from './markdown.ts';
import { policySchema } from './policy.ts';
import { runbookSchema, STEP_SCHEMAS } from './runbook.ts';
import { secretsSchema } from './secrets.ts';
import { SETTINGS } from './settings.ts';
import { layerSchema, siteSchema } from './site.ts';
import { installerSchema, launcherSchema } from './tools.ts';
import { SECRETS, VARIABLES } from './variables.ts';

/** A generated page: its path from the root of the project, and its text. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

/** The site's schema with the options of every launch tool and install method. */
const fullSiteSchema = siteSchema.extend({
  launcher: z.union(LAUNCH_TOOLS.map(launcherSchema)).describe('How services are started and stopped'),
  installer: z.union(INSTALL_METHODS.map(installerSchema)).describe('How JAWS Site gets there'),
});

/** A kind of file and whether parts that stand in it more than once are shared in its JSON Schema. */
interface SchemaFile {
  readonly name: string;
  readonly of: string;
  readonly schema: z.ZodType;
  readonly reused?: 'ref';
}

const FILES: readonly SchemaFile[] = [
  { name: 'defaults', of: 'config/defaults.yaml', schema: layerSchema },
  { name: 'deployment', of: 'config/deployments/NAME.yaml', schema: layerSchema },
  { name: 'site', of: 'config/sites/NAME.yaml', schema: fullSiteSchema },
  { name: 'policy', of: 'config/policy.yaml', schema: policySchema },
  { name: 'runbook', of: 'runbooks/NAME.yaml', schema: runbookSchema },
  { name: 'secrets', of: 'the file that JAWS_OPS_SECRETS names', schema: secretsSchema, reused: 'ref' },
];

/** The reference of the configuration and a JSON Schema for each kind of file. Pure. */
export function referencePages(): readonly Page[] {
  return [
    { path: 'docs/configuration.md', text: referenceText() },
    ...FILES.map(({ name, of, schema, reused }) => ({
      path: `docs/schema/${name}.json`,
      text: `${JSON.stringify({ title: of, ...jsonSchema(schema, reused) }, null, 2)}\n`,
    })),
  ];
}

function jsonSchema(schema: z.ZodType, reused: 'ref' | 'inline' = 'inline'): Record<string, unknown> {
  return {
    ...z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', target: 'draft-2020-12', reused }),
  };
}

function referenceText(): string {
  const required = (flag: boolean) => (flag ? 'yes' : '');
  return `${[
    '# Configuration',
    'Generated from the schemas in `src/config`; `npm run docs` writes this page again.',
    'A site’s value wins over the deployment’s, and that over the default. Unknown keys, wrong types, missing ' +
      'variables and ports used twice are errors; `jaws-ops config check` lists them all, and ' +
      '`jaws-ops config show DEPLOYMENT SITE` tells where each value comes from.',
    'JSON Schemas for editors are in `docs/schema`. In a YAML file: ' +
      '`# yaml-language-server: $schema=../../docs/schema/site.json`.',
    '## Variables',
    'Under `env:` of any layer. `${JAWS_DEPLOYMENT_NAME}` and `${JAWS_SITE_NAME}` in a value are filled in. ' +
      'References such as `$CFS` and `$HOME` are left to the site.',
    table(
      ['Variable', 'Value', 'Required', 'Meaning'],
      VARIABLES.map((variable) => [
        code(variable.name),
        variable.type.expected,
        required(variable.required || /_PORT_(DEV|STAGING|PROD)$/.test(variable.name)),
        variable.description,
      ]),
    ),
    '## Derived variables',
    'Made from the others; where a layer sets one of them too, the derived value wins.',
    table(
      ['Variable', 'Meaning'],
      Object.entries(DERIVED).map(([name, meaning]) => [code(name), meaning]),
    ),
    '## Secrets',
    'Never in the configuration folder. The file is YAML, mode 600 or stricter, with the keys `default`, ' +
      '`deployments`, `sites` and `targets` (`perlmutter-prod:`), the narrowest winning. A value is the secret ' +
      'itself, `{env: NAME}`, `{file: PATH}` or `{command: [PROGRAM, ARGUMENT, …]}`; see `config/secrets.example.yaml`.',
    table(
      ['Secret', 'Required', 'Meaning'],
      SECRETS.map((secret) => [code(secret.name), required(secret.required), secret.description]),
    ),
    '## A site’s file',
    keyTable(siteSchema, ['env', 'launcher', 'installer']),
    ...LAUNCH_TOOLS.flatMap((kind) => toolSection('launcher', kind, launcherSchema(kind))),
    ...INSTALL_METHODS.flatMap((kind) => toolSection('installer', kind, installerSchema(kind))),
    '## Who may do what',
    'In `config/policy.yaml`. What no rule allows is refused.',
    keyTable(policySchema, []),
    '## Runbooks',
    'In `runbooks/NAME.yaml`, in the folder beside the configuration. How to write one: [runbooks.md](runbooks.md).',
    keyTable(runbookSchema, []),
    ...Object.entries(STEP_SCHEMAS).flatMap(([kind, schema]) => [
      `### A step with \`${kind}:\``,
      keyTable(schema, []),
    ]),
    '## Environment of the processes',
    'In place of a secret, `NAME_FILE` may name a file that holds it: ' +
      `${SETTINGS.filter((setting) => setting.secret)
        .map((setting) => code(`${setting.name}_FILE`))
        .join(', ')}.`,
    table(
      ['Variable', 'Default', 'Meaning'],
      SETTINGS.map((setting) => [code(setting.name), setting.default ?? '', setting.description]),
    ),
  ].join('\n\n')}\n`;
}

function toolSection(block: string, kind: string, schema: z.ZodType): readonly string[] {
  const rows = keyRows(jsonSchema(schema), block).filter(([key]) => key !== code(`${block}.kind`));
  if (rows.length === 0) return [];
  return [`### \`${block}.kind: ${kind}\``, table(KEY_HEAD, rows)];
}

const KEY_HEAD = ['Key', 'Value', 'Default', 'Meaning'] as const;

function keyTable(schema: z.ZodType, without: readonly string[]): string {
  const rows = keyRows(jsonSchema(schema), '').filter(
    ([key]) => !without.some((name) => key?.startsWith(`\`${name}.`)),
  );
  return table(KEY_HEAD, rows);
}

/** One row per key of a JSON Schema, nested keys with dots. */
function keyRows(schema: Record<string, unknown>, prefix: string): readonly (readonly string[])[] {
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  return Object.entries(mapOf(schema['properties'])).flatMap(([key, value]) => {
    const inner = mapOf(value);
    const name = prefix === '' ? key : `${prefix}.${key}`;
    const items = mapOf(inner['items']);
    const branches = Array.isArray(inner['anyOf']) ? inner['anyOf'].map(mapOf) : [];
    const shape = [inner, ...branches].find((branch) => branch['properties'] !== undefined);
    const nested = shape ? keyRows(shape, name) : items['properties'] ? keyRows(items, `${name}[]`) : [];
    const fallback =
      'default' in inner ? code(JSON.stringify(inner['default'])) : required.includes(key) ? 'required' : '';
    return [[code(name), kindOf(inner), fallback, String(inner['description'] ?? '')], ...nested];
  });
}

function kindOf(schema: Record<string, unknown>): string {
  if (Array.isArray(schema['enum'])) return schema['enum'].map(String).join(' | ');
  if ('const' in schema) return String(schema['const']);
  if (Array.isArray(schema['anyOf']))
    return schema['anyOf'].map((branch) => kindOf(mapOf(branch))).join(' or ');
  const { type, minimum, maximum } = schema as { type?: unknown; minimum?: number; maximum?: number };
  if (type === 'array') return `list of ${kindOf(mapOf(schema['items']))}`;
  if (type === 'object') {
    const keys = Object.keys(mapOf(schema['properties']));
    return keys.length === 0 || keys.length > 12 ? 'map' : `map of ${keys.join(', ')}`;
  }
  if (minimum !== undefined && maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER) {
    return `${type === 'integer' ? 'whole number' : 'number'} ${minimum}–${maximum}`;
  }
  return type === 'string' ? 'text' : String(type ?? 'any');
}

function mapOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
