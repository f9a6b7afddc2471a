import { createHash } from 'node:crypto';
import { reveal, type Word } from './secret.ts';

/** A file to be generated: which template with which data, and where it goes. Data may hold secrets. */
export interface FileSpec {
  /** Absolute path on the site, or `~/…` in the account's home. */
  readonly path: string;
  /** Path under templates/, without `.hbs`. */
  readonly template: string;
  /** Permission bits it has from its first moment, e.g. 0o600. A file that turns out to hold a secret must be 0o600 or 0o700. */
  readonly mode: number;
  readonly group?: string;
  /** True for a file that one step reads in the staging folder and that is never written to its path. */
  readonly transient?: true;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A generated file. Its content is a Secret when a secret went into it. */
export interface RenderedFile {
  readonly path: string;
  readonly mode: number;
  readonly group?: string;
  readonly transient?: true;
  readonly content: Word;
}

/** Hexadecimal SHA-256 of a file's true content. */
export function sha256(content: Word): string {
  return createHash('sha256').update(reveal(content)).digest('hex');
}

/**
 * Name a file has in the staging folder: its own, in a folder that stands for the one it goes to, so that what goes to
 * one folder can be copied and renamed with one command.
 */
export function stagedName(path: string): string {
  const end = path.lastIndexOf('/');
  const folder = createHash('sha256').update(path.slice(0, end)).digest('hex').slice(0, 24);
  return `${folder}/${path.slice(end + 1)}`;
}
