import type { IncomingMessage } from 'node:http';

/** A call of a Web API method: its name and its arguments, with JSON ones parsed. */
export interface ApiCall {
  readonly method: string;
  readonly args: Readonly<Record<string, unknown>>;
}

const JSON_ARGUMENTS = ['blocks', 'attachments', 'metadata', 'view', 'files'];

/** The whole body of a request. */
export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk)));
  return Buffer.concat(chunks);
}

/** Reads a call as the Web API does: form or JSON, where structured arguments of a form are JSON texts. */
export function callOf(method: string, contentType: string, body: string): ApiCall {
  const args: Record<string, unknown> = contentType.includes('json')
    ? recordOf(parsed(body))
    : Object.fromEntries(new URLSearchParams(body));
  for (const name of JSON_ARGUMENTS) {
    const value = args[name];
    if (typeof value === 'string' && value !== '') args[name] = parsed(value);
  }
  return { method, args };
}

export function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

export function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** JSON as a value; text that is not JSON as itself, for the validator to refuse. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
