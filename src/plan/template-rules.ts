import Handlebars from 'handlebars';
import { OpsError } from '../core/errors.ts';
import { FORMATS } from './formats.ts';

/** Block helpers that templates may use. */
export const BLOCKS = ['each', 'if', 'unless'];

/** Walks a template: refuses what is not formatted, and tells each helper the names of its parameters. */
export class Rules extends Handlebars.Visitor {
  readonly template: string;

  constructor(template: string) {
    super();
    this.template = template;
  }

  override MustacheStatement(node: hbs.AST.MustacheStatement): void {
    const helper = 'original' in node.path ? String(node.path.original) : '';
    if (!Object.hasOwn(FORMATS, helper) || node.params.length === 0) {
      this.#refuse(node, `{{${helper}}} writes a value without a format`, Object.keys(FORMATS));
    }
    this.#nameParams(node);
    super.MustacheStatement(node);
  }

  override BlockStatement(node: hbs.AST.BlockStatement): void {
    if (!BLOCKS.includes(node.path.original)) this.#refuse(node, `{{#${node.path.original}}}`, BLOCKS);
    this.#nameParams(node);
    super.BlockStatement(node);
  }

  override SubExpression(node: hbs.AST.SubExpression): void {
    if (node.path.original !== 'default') this.#refuse(node, `(${node.path.original} …)`, ['default']);
    super.SubExpression(node);
  }

  override PartialStatement(node: hbs.AST.PartialStatement): void {
    this.#refuse(node, 'a partial', ['none']);
  }

  override PartialBlockStatement(node: hbs.AST.PartialBlockStatement): void {
    this.#refuse(node, 'a partial', ['none']);
  }

  #nameParams(node: hbs.AST.MustacheStatement | hbs.AST.BlockStatement): void {
    const names: hbs.AST.StringLiteral = {
      type: 'StringLiteral',
      value: node.params.map(nameOf).join(' '),
      original: '',
      loc: node.loc,
    };
    const pair: hbs.AST.HashPair = { type: 'HashPair', key: 'names', value: names, loc: node.loc };
    node.hash = { type: 'Hash', pairs: [pair], loc: node.loc };
  }

  #refuse(node: hbs.AST.Node, got: string, expected: readonly string[]): never {
    const place = `templates/${this.template}.hbs: line ${node.loc.start.line}`;
    throw new OpsError('render.template', `${place}: got ${got}, expected ${expected.join(' | ')}`);
  }
}

/** The name of a parameter as the template has it; `-` for a literal. */
function nameOf(param: hbs.AST.Expression): string {
  if (isSubExpression(param)) return param.params[0] ? nameOf(param.params[0]) : '-';
  return isPath(param) ? param.original : '-';
}

function isPath(node: hbs.AST.Expression): node is hbs.AST.PathExpression {
  return node.type === 'PathExpression';
}

function isSubExpression(node: hbs.AST.Expression): node is hbs.AST.SubExpression {
  return node.type === 'SubExpression';
}
