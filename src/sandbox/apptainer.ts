import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SITE_PROGRAMS } from './folder.ts';
import type { BootFile } from './site-etc.ts';
import type { SiteSpec } from './site-spec.ts';
import { registryIn } from './wheels.ts';

/** Where a site has Apptainer: /usr is the machine's own, which may have a real one. */
export const APPTAINER = '/usr/local/bin/apptainer';

/** The stand-in for Apptainer and what it knows of the registry: who may log in, and by which way it is reached. */
export function apptainerFiles(
  spec: SiteSpec,
  logins: Readonly<Record<string, string>>,
): readonly BootFile[] {
  return [
    { path: APPTAINER, mode: '755', content: readFileSync(join(SITE_PROGRAMS, 'apptainer.py'), 'utf8') },
    {
      path: '/etc/stand-in/registry.json',
      mode: '644',
      content: registryDescription(registryIn('/opt/jaws-wheels'), logins, spec.proxy),
    },
  ];
}

/** What the stand-in reads of a registry. It keeps digests of logins, as whoever pulls can read it. */
export function registryDescription(
  folder: string,
  logins: Readonly<Record<string, string>>,
  proxy?: string,
): string {
  const digests = Object.entries(logins).map(([user, password]) =>
    createHash('sha256').update(`${user}:${password}`).digest('hex'),
  );
  return JSON.stringify({ folder, logins: digests, proxy: proxy ?? null });
}
