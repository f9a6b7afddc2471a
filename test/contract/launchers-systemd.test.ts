import { launcherSuite } from './launcher-suite.ts';
import { systemdWorld } from './systemd-world.ts';

launcherSuite('systemd', systemdWorld);
