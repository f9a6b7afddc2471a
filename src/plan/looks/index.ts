import type { LookName } from '../../core/look.ts';
import { logs } from './logs.ts';
import type { Look } from './look.ts';
import { reservations } from './reservations.ts';

/** Every question there is. A new one is a file beside this one and its line here. */
export const looks: Readonly<Partial<Record<LookName, Look>>> = { logs, reservations };
