import { launcherSuite } from './launcher-suite.ts';
import { scrontabWorld } from './scrontab-world.ts';

launcherSuite('scrontab', scrontabWorld);
