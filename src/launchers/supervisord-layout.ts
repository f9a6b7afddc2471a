import { z } from 'zod';
import { OpsError } from '../core/errors.ts';
import { reveal } from '../core/secret.ts';
import { type Target, variable } from '../core/target.ts';

/** A place below `/`; `{deployment}` stands for the name of the deployment. */
const folder = z
  .string()
  .regex(/^\/[A-Za-z0-9._@+{}/-]+$/, 'expected an absolute path, {deployment} allowed');
const fileName = z.string().regex(/^[A-Za-z0-9._-]+$/, 'expected the name of a file');

/** The older layout, in which a deployment has a folder with two supervisords: one for JAWS, one for its backend. */
export const legacySchema = z.strictObject({
  folder: folder
    .optional()
    .describe(
      'Folder of both, `{deployment}` allowed; `JAWS_INSTALL_BASEDIR/jaws-supervisord-{deployment}` when absent',
    ),
  backend: z
    .strictObject({
      conf: fileName
        .default('supervisord-jtm.conf')
        .describe('Its configuration in that folder, kept by its own team'),
      group: z
        .string()
        .regex(/^[A-Za-z0-9._{}-]+$/, 'expected the name of a group, {deployment} allowed')
        .default('jaws-{deployment}')
        .describe('Group that is started and stopped with JAWS Site, `{deployment}` allowed'),
    })
    .prefault({})
    .describe('The supervisord of JTM and Cromwell'),
});

/** Where the two supervisords of the older layout are. */
export interface LegacyLayout {
  readonly folder: string;
  readonly backend: { readonly conf: string; readonly group: string };
}

/**
 * The older layout of a target, or undefined for one that has a supervisord below its install folder.
 * @throws OpsError('config.key') for a wrong value.
 */
export function legacyLayout(target: Target): LegacyLayout | undefined {
  const block = target.launcher['legacy'];
  if (block === undefined) return undefined;
  const parsed = legacySchema.safeParse(block);
  if (!parsed.success)
    throw new OpsError('config.key', `${target.id}: launcher.legacy: ${z.prettifyError(parsed.error)}`);
  const named = (text: string) => text.replaceAll('{deployment}', target.deployment);
  const base = reveal(variable(target, 'JAWS_INSTALL_BASEDIR')).replace(/\/+$/, '');
  const place = named(parsed.data.folder ?? `${base}/jaws-supervisord-{deployment}`);
  const { conf, group } = parsed.data.backend;
  return { folder: place, backend: { conf: `${place}/${conf}`, group: named(group) } };
}
