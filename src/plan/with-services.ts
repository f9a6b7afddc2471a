import type { Finding } from '../core/finding.ts';
import type { ActionRequest } from '../core/request.ts';
import type { Service } from '../core/service.ts';
import type { Target } from '../core/target.ts';
import { type Snapshot, snapshotFor } from './snapshots.ts';

/** What is known of a site's catalogues; `catalogue` is that of its live files, undefined where none was kept. */
export interface Catalogues {
  readonly catalogue?: readonly Service[] | undefined;
  readonly snapshots?: readonly Snapshot[];
}

/**
 * The target with the services that an action is about. A deploy brings those of the configuration, a rollback those
 * of the snapshot it goes back to; anything else means those that are deployed, else it would start what is not there
 * or leave running what is. Where nothing was kept of them, the configuration is all there is to go by.
 */
export function withServices(
  { action, undo }: Pick<ActionRequest, 'action' | 'undo'>,
  target: Target,
  { catalogue, snapshots = [] }: Catalogues,
): Target {
  if (action === 'deploy') return target;
  const snapshot =
    action === 'rollback' ? snapshotFor({ ...(undo === undefined ? {} : { undo }) }, snapshots) : undefined;
  return asListed(target, snapshot === undefined ? catalogue : snapshot.services);
}

/** The target with the services of a list that was kept at the site; as configured where none was. */
export function asListed(target: Target, services: readonly Service[] | undefined): Target {
  return services === undefined ? target : { ...target, services };
}

/** Whether an action is about other services than the configuration has, and whether the one it names is there. */
export function catalogueFindings(
  { action, service }: Pick<ActionRequest, 'action' | 'service'>,
  configured: Target,
  { services }: Target,
): readonly Finding[] {
  const subject = 'services';
  const names = namesOf(services);
  if (service !== undefined && !services.some(({ name }) => name === service))
    return [
      {
        level: 'fail',
        subject,
        message: `${service} is not deployed here: there are ${names}`,
        next: `Deploy first, or take it out of services in config/sites/${configured.site}.yaml.`,
      },
    ];
  const note = catalogueNote(action, configured, services);
  return note === undefined ? [] : [{ level: 'warn', subject, message: note }];
}

/** Told of a rollback to a snapshot that has no list of its services: those of the configuration are only a guess. */
export function unlistedFindings(
  { action, undo }: Pick<ActionRequest, 'action' | 'undo'>,
  { snapshots = [] }: Catalogues,
): readonly Finding[] {
  if (action !== 'rollback') return [];
  const snapshot = snapshotFor({ ...(undo === undefined ? {} : { undo }) }, snapshots);
  if (snapshot === undefined || snapshot.services !== undefined) return [];
  return [
    {
      level: 'warn',
      subject: 'services',
      message: 'the earlier deploy has left no list of its services; those of the configuration are meant',
      next: 'Where services were renamed or added since, look at `/jaws status` afterwards.',
    },
  ];
}

/** What people are told when an action is about other services than the configuration has. */
export function catalogueNote(
  action: ActionRequest['action'],
  configured: Pick<Target, 'services'>,
  services: readonly Service[],
): string | undefined {
  const names = namesOf(services);
  const other = namesOf(configured.services);
  if (names === other) return undefined;
  const which = action === 'rollback' ? 'those of the earlier deploy' : 'those that are deployed';
  return `${which} are meant, ${names}; the configuration has ${other}`;
}

function namesOf(services: readonly Service[]): string {
  return services.map(({ name }) => name).join(', ');
}
