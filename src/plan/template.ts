import { readFileSync } from 'node:fs';
import Handlebars from 'handlebars';
import { OpsError } from '../core/errors.ts';
import { Secret } from '../core/secret.ts';
import { FORMATS, type Format } from './formats.ts';
import { BLOCKS, Rules } from './template-rules.ts';

const FOLDER = new URL('../../templates/', import.meta.url);

/** One rendering of one template: what its helpers need to know and what they learn. */
class Rendering {
  /** Path of the file on the site. */
  readonly file: string;
  readonly template: string;
  /** Set as soon as the value of a secret has been written. */
  secret = false;

  constructor(template: string, file: string) {
    this.template = template;
    this.file = file;
  }

  complain(message: string): never {
    throw new OpsError('render.template', `templates/${this.template}.hbs: ${message}`);
  }
}

export interface Rendered {
  readonly text: string;
  /** Whether the value of a secret is in the text. */
  readonly secret: boolean;
}

const compiled = new Map<string, HandlebarsTemplateDelegate<unknown>>();

/**
 * Renders one template. It sees the data and `@dir`, the folder of the file on the site.
 * @throws OpsError('render.template') naming template and variable when something is not defined or not text;
 *   OpsError('render.value') for a value its file cannot hold.
 */
export function renderTemplate(
  template: string,
  file: string,
  data: Readonly<Record<string, unknown>>,
): Rendered {
  const rendering = new Rendering(template, file);
  try {
    const run = compiled.get(template) ?? compileTemplate(template, read(template));
    compiled.set(template, run);
    const text = run(data, { data: { rendering, dir: file.slice(0, file.lastIndexOf('/')) } });
    return { text, secret: rendering.secret };
  } catch (error) {
    if (error instanceof OpsError) throw error;
    return rendering.complain(withoutData(error));
  }
}

function read(template: string): string {
  return readFileSync(new URL(`${template}.hbs`, FOLDER), 'utf8');
}

/** Handlebars quotes the object in which it found nothing; that may be a value. */
function withoutData(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const missing = /^"([^"]+)" not defined/.exec(message);
  return missing ? `${missing[1]} is not defined` : message;
}

const handlebars = Handlebars.create();

/**
 * Compiles a template in which every value passes through a format: `{{ini x}}` and never `{{x}}`. Several values
 * and literals in one pair of braces are joined before they are formatted.
 * @throws OpsError('render.template') for a template that breaks this, with its line.
 */
export function compileTemplate(template: string, source: string): HandlebarsTemplateDelegate<unknown> {
  const program = handlebars.parse(source);
  new Rules(template).accept(program);
  return handlebars.compile<unknown>(program, {
    strict: true,
    noEscape: true,
    knownHelpers: Object.fromEntries(
      [...Object.keys(FORMATS), ...BLOCKS, 'default'].map((name) => [name, true]),
    ),
    knownHelpersOnly: true,
  });
}

/** The parameters of a helper's call, apart from what Handlebars adds at its end. */
function callOf(args: unknown[]): {
  values: unknown[];
  names: string[];
  rendering: Rendering;
  options: Handlebars.HelperOptions;
} {
  const options = args.at(-1) as Handlebars.HelperOptions;
  const rendering: unknown = options.data.rendering;
  if (!(rendering instanceof Rendering)) throw new TypeError('a template is rendered outside renderTemplate');
  return { values: args.slice(0, -1), names: String(options.hash['names']).split(' '), rendering, options };
}

for (const [helper, format] of Object.entries(FORMATS)) {
  handlebars.registerHelper(helper, (...args: unknown[]) => formatted(format, args));
}

function formatted(format: Format, args: unknown[]): string {
  const { values, names, rendering } = callOf(args);
  const variables = values.map((value, i) => (value instanceof Secret ? value.name : (names[i] ?? '-')));
  const text = values.map((value, i) => textOf(value, variables[i] ?? '-', rendering)).join('');
  const variable = variables.filter((name) => name !== '-').join(' + ');
  return format(text, { file: rendering.file, variable });
}

function textOf(value: unknown, variable: string, rendering: Rendering): string {
  if (value instanceof Secret) {
    rendering.secret = true;
    return value.reveal();
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  if (value === undefined || value === null) return rendering.complain(`${variable} is not defined`);
  return rendering.complain(
    `${variable}: got ${Array.isArray(value) ? 'a list' : typeof value}, expected text`,
  );
}

handlebars.registerHelper('default', (value: unknown, otherwise: unknown) => value ?? otherwise);

handlebars.registerHelper('each', function each(...args: unknown[]): string {
  const { values, names, rendering, options } = callOf(args);
  const [list] = values;
  if (!Array.isArray(list)) return rendering.complain(`${names[0]}: got ${typeof list}, expected a list`);
  return list
    .map((item: unknown, i) =>
      options.fn(item, { data: { ...Handlebars.createFrame(options.data), first: i === 0, index: i } }),
    )
    .join('');
});

for (const [helper, wanted] of [
  ['if', true],
  ['unless', false],
] as const) {
  handlebars.registerHelper(helper, function condition(this: unknown, ...args: unknown[]): string {
    const { values, names, rendering, options } = callOf(args);
    const [value] = values;
    if (typeof value !== 'boolean')
      return rendering.complain(`${names[0]}: got ${typeof value}, expected true | false`);
    return value === wanted ? options.fn(this) : options.inverse(this);
  });
}
