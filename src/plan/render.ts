import { OpsError } from '../core/errors.ts';
import type { FileSpec, RenderedFile } from '../core/file.ts';
import { Secret } from '../core/secret.ts';
import { renderTemplate } from './template.ts';

/**
 * Renders files from their templates. A file into which a secret went has a {@link Secret} as its content.
 * @throws OpsError('render.template') for a path that is not absolute, for something undefined in the data, and for
 *   a file with a secret that others than its owner could open; OpsError('render.value') for a value that the
 *   reader of its file cannot be given.
 */
export function renderFiles(specs: readonly FileSpec[]): readonly RenderedFile[] {
  return specs.map(renderFile);
}

function renderFile(spec: FileSpec): RenderedFile {
  if (!isSitePath(spec.path)) {
    throw new OpsError(
      'render.template',
      `templates/${spec.template}.hbs: path: got ${JSON.stringify(spec.path)}, expected an absolute path or ~/…, in its shortest form`,
    );
  }
  const { text, secret } = renderTemplate(spec.template, spec.path, spec.data);
  if (secret && (spec.mode & 0o077) !== 0) {
    throw new OpsError(
      'render.template',
      `${spec.path}: mode: got ${octal(spec.mode)}, expected 0600 | 0700, since a secret is in the file`,
      { next: `Correct the mode where the file of templates/${spec.template}.hbs is listed.` },
    );
  }
  return {
    path: spec.path,
    mode: spec.mode,
    ...(spec.group === undefined ? {} : { group: spec.group }),
    ...(spec.transient ? { transient: true as const } : {}),
    content: secret ? new Secret(spec.path, text) : text,
  };
}

/** True for `/a/b` and `~/a/b` without empty, `.` or `..` parts and without control characters. */
function isSitePath(path: string): boolean {
  return /^~?(\/(?!\.{0,2}(\/|$))[^/\p{Cc}]+)+$/u.test(path);
}

/** Permission bits as people write them, e.g. `0600`. */
export function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
