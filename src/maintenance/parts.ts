import type { Logger } from 'pino';
import type { AuditPolicy } from '../config/audit.ts';
import type { DriftPolicy } from '../config/drift.ts';
import type { MaintenancePolicy } from '../config/maintenance.ts';
import type { Notice } from '../core/notice.ts';
import type { Access } from '../core/target.ts';
import type { Cleanup } from '../core/upkeep.ts';
import type { Jobs } from '../queue/api.ts';

/** What is to be known of a site. */
export interface MaintenanceSite {
  readonly name: string;
  readonly timezone: string;
  /** Channel of its runs, and of news of locks. */
  readonly channel: string;
  readonly maintenance: MaintenancePolicy;
  readonly drift: DriftPolicy;
  readonly cleanup: Cleanup;
  readonly transport: Access['transport'];
}

/** What maintenance needs of the world. */
export interface MaintenanceParts {
  readonly jobs: Pick<
    Jobs,
    'windows' | 'locks' | 'audit' | 'intended' | 'look' | 'status' | 'submit' | 'list'
  >;
  readonly sites: readonly MaintenanceSite[];
  readonly audit: AuditPolicy;
  /**
   * Says something in the channel of its site, once: true when it stands there, also from before; false when another
   * process is just saying it. Rejects when it could not be said.
   */
  post(notice: Notice): Promise<boolean>;
  readonly logger: Logger;
  /** Milliseconds since the epoch. */
  now(): number;
}
