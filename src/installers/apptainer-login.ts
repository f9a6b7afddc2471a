import type { FileSpec } from '../core/file.ts';
import type { Target } from '../core/target.ts';

/** Name under which the login travels; there is never a file of this name at the site. */
export function loginPath(target: Target): string {
  return `${target.paths.ops}/registry-login`;
}

/** The login at the registry, as a file for the staging folder alone; none where the registry is open to everyone. */
export function loginFiles(target: Target): readonly FileSpec[] {
  const { CI_REGISTRY_USER: user, CI_REGISTRY_PASSWORD: password } = target.env.secrets;
  if (user === undefined || password === undefined) return [];
  return [
    {
      path: loginPath(target),
      template: 'apptainer/registry-login',
      mode: 0o600,
      transient: true,
      data: { user, password },
    },
  ];
}
