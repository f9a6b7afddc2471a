import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

/** Where a secret comes from, as the secrets file says it. */
export const sourceSchema = z.union(
  [
    z.string(),
    z.strictObject({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/) }),
    z.strictObject({ file: z.string().min(1) }),
    z.strictObject({ command: z.array(z.string().min(1)).min(1) }),
  ],
  { error: 'expected text, {env: NAME}, {file: PATH} or {command: [PROGRAM, ARGUMENT, …]}' },
);
export type Source = z.output<typeof sourceSchema>;

/** What a source needs from outside. */
export interface SourceContext {
  readonly env: NodeJS.ProcessEnv;
  /** Folder that relative file names start at. */
  readonly dir: string;
  /** Limit of a command in milliseconds. */
  readonly commandTimeoutMs: number;
}

const MAX_BYTES = 64 * 1024;

/**
 * The secret's text. One newline at the end of a file or of a command's output is cut off.
 * @throws Error whose message says why there is none; it never holds what a source gave.
 */
export async function readSource(source: Source, context: SourceContext): Promise<string> {
  const text = await textOf(source, context);
  if (text === '') throw new Error(`${nameOf(source)} is empty`);
  return text;
}

async function textOf(source: Source, { env, dir, commandTimeoutMs }: SourceContext): Promise<string> {
  if (typeof source === 'string') return source;
  if ('env' in source) {
    const value = env[source.env];
    if (value === undefined) throw new Error(`environment variable ${source.env} is not set`);
    return value;
  }
  if ('file' in source) {
    try {
      return withoutNewline(readFileSync(path.resolve(dir, source.file), 'utf8'));
    } catch (error) {
      throw new Error(`file ${source.file} cannot be read (${codeOf(error)})`);
    }
  }
  return withoutNewline(await outputOf(source.command, env, commandTimeoutMs));
}

function nameOf(source: Source): string {
  if (typeof source === 'string') return 'the value';
  if ('env' in source) return `environment variable ${source.env}`;
  return 'file' in source ? `file ${source.file}` : `the output of ${source.command[0]}`;
}

/** Runs a program without a shell in a process group of its own, which is ended as a whole at the limit. */
function outputOf(command: readonly string[], env: NodeJS.ProcessEnv, timeoutMs: number): Promise<string> {
  const [program = '', ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
    const chunks: Buffer[] = [];
    let bytes = 0;
    const give = (settle: () => void) => {
      clearTimeout(timer);
      settle();
    };
    const abandon = (why: string) => {
      if (child.pid !== undefined) endGroup(child.pid);
      child.stdout.destroy();
      give(() => reject(new Error(`command ${program} ${why}`)));
    };
    const timer = setTimeout(() => abandon(`did not end within ${timeoutMs / 1000} s`), timeoutMs);
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) abandon(`gave more than ${MAX_BYTES} bytes`);
      else chunks.push(chunk);
    });
    child.once('error', (error) =>
      give(() => reject(new Error(`command ${program} cannot be run (${codeOf(error)})`))),
    );
    child.once('close', (code, signal) => {
      if (code === 0) give(() => resolve(Buffer.concat(chunks).toString('utf8')));
      else give(() => reject(new Error(`command ${program} ended with ${signal ?? `exit code ${code}`}`)));
    });
  });
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}

function withoutNewline(text: string): string {
  return text.replace(/\r?\n$/, '');
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
