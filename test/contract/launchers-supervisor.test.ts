import { launcherSuite } from './launcher-suite.ts';
import { supervisorWorld } from './supervisor-world.ts';

launcherSuite('supervisor', supervisorWorld);
