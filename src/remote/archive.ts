import { pack } from 'tar-stream';
import { type RenderedFile, stagedName } from '../core/file.ts';
import { reveal } from '../core/secret.ts';

/**
 * Files as one tar stream, under their staged names and with their modes.
 * @param seal name of an empty file that comes last: where it is, everything before it has arrived.
 */
export async function packFiles(files: readonly RenderedFile[], seal: string): Promise<Uint8Array> {
  const archive = pack();
  for (const file of files) {
    archive.entry({ name: stagedName(file.path), mode: file.mode }, Buffer.from(reveal(file.content)));
  }
  archive.entry({ name: seal, mode: 0o600 }, '');
  archive.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
