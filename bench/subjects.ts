import { acknowledging } from './acknowledgement.ts';
import { loading, rendering } from './configuration.ts';
import type { Subject } from './measure.ts';
import { redeploying } from './product/downtime.ts';
import { reacting } from './product/first-byte.ts';
import { scaling } from './scale.ts';
import { deploying } from './ssh/deploy.ts';
import { asking } from './ssh/status.ts';
import { starting } from './start.ts';

/** Every benchmark by the name that `npm run bench NAME` takes, and what makes it ready. */
export const SUBJECTS: Readonly<Record<string, () => Subject | Promise<Subject>>> = {
  load: loading,
  render: rendering,
  deploy: () => deploying(0),
  'deploy-40ms': () => deploying(40),
  status: asking,
  downtime: redeploying,
  'first-byte': reacting,
  start: starting,
  acknowledgement: acknowledging,
  scale: scaling,
};
