import { ERRORS, OpsError, problemOf } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import type { Caller } from '../core/request.ts';
import { audited } from './audited.ts';
import type { CommandContext, Directory, Parsed, Reply, Token } from './command.ts';
import { commands } from './registry.ts';
import { offered } from './rights.ts';
import { shown, splitLine, tokensOf } from './words.ts';

/**
 * Understands a line as typed in Slack, with or without `/jaws` before it. An empty line asks for help.
 * @param caller whose rights decide which commands an error message offers; all of them when absent
 * @throws OpsError `usage.*`
 */
export function parse(line: string, directory: Directory, caller?: Caller): Parsed {
  return parseTokens(splitLine(line), directory, caller);
}

/** The same for words that a shell has split. @throws OpsError `usage.*` */
export function parseWords(words: readonly string[], directory: Directory, caller?: Caller): Parsed {
  return parseTokens(tokensOf(words), directory, caller);
}

/** Understands and runs a line; every failure becomes a `problem` reply, so there is always exactly one answer. */
export async function answer(line: string, context: CommandContext): Promise<Reply> {
  return answerWith(() => parse(line, context.directory, context.caller), context);
}

/** {@link answer} for words that a shell has split. */
export async function answerWords(words: readonly string[], context: CommandContext): Promise<Reply> {
  return answerWith(() => parseWords(words, context.directory, context.caller), context);
}

async function answerWith(read: () => Parsed, context: CommandContext): Promise<Reply> {
  try {
    return await audited(read(), context);
  } catch (error) {
    return { kind: 'problem', problem: problemOf(error) };
  }
}

function parseTokens(tokens: readonly Token[], directory: Directory, caller?: Caller): Parsed {
  const words = tokens[0]?.text.toLowerCase() === '/jaws' ? tokens.slice(1) : tokens;
  const [first, ...rest] = words;
  const typed = first?.text.toLowerCase().replace(/^--help$|^-h$|^\?$/, 'help') ?? 'help';
  const command = commands.find(({ name }) => name === typed);
  if (command === undefined) throw unknownCommand(first?.text ?? '', directory, caller);
  if (rest.some(({ text, quoted }) => !quoted && (text === '--help' || text === '-h'))) {
    return helpOn(command.name);
  }
  try {
    return command.parse(rest, directory);
  } catch (error) {
    throw namingCommand(error, command.name);
  }
}

/** The general advice on words, with the command it is about: it can be typed as it stands. */
function namingCommand(error: unknown, name: string): unknown {
  if (!(error instanceof OpsError) || error.next !== ERRORS[error.code].remedy) return error;
  return new OpsError(error.code, error.message, {
    next: error.next.replace('help COMMAND', `help ${name}`),
  });
}

function helpOn(name: string): Parsed {
  const help = commands.find((command) => command.name === 'help');
  if (help === undefined) throw new OpsError('internal', 'the registry has no help');
  return help.prepare({ command: name });
}

function unknownCommand(typed: string, directory: Directory, caller: Caller | undefined): OpsError {
  const names = commands
    .filter((command) => caller === undefined || offered(command, caller, directory))
    .map((command) => command.name);
  const near = nearest(typed, names);
  return new OpsError(
    'usage.command',
    `got ${shown(typed)}, expected ${names.join(', ')}${near === undefined ? '' : `; did you mean ${near}?`}`,
  );
}
