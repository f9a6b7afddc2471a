import type { FileSpec } from '../core/file.ts';
import { SUPERVISOR_GROUP } from '../core/service.ts';
import { type Target, variable } from '../core/target.ts';
import { supervisordOptions } from './supervisord-options.ts';
import { commandOf, supervisordPaths } from './supervisord-paths.ts';

/**
 * Configuration and wrappers of supervisord.
 * @param where `background` = it leaves into the background and nothing waits for it; `foreground` = a job lives as
 *   long as it does.
 */
export function supervisordFiles(target: Target, where: 'background' | 'foreground'): readonly FileSpec[] {
  const { paths } = target;
  const { conf, siteConf, venv, supervisord, supervisorctl, folder, confArgs } = supervisordPaths(target);
  // With a configuration of its own to choose, a wrapper is told which one each time.
  const fixed = confArgs.length === 0;
  return [
    {
      path: conf,
      template: 'supervisor/supervisor.conf',
      mode: 0o600,
      data: {
        bind: variable(target, 'JAWS_SUPERVISOR_HOST'),
        port: variable(target, 'JAWS_SUPERVISOR_PORT'),
        password: variable(target, 'JAWS_SUPERVISORD_PW'),
        log: paths.log,
        supervisorDir: folder,
        nodaemon: where === 'foreground' ? 'true' : 'false',
        deployment: target.deployment,
        clientUrl: variable(target, 'JAWS_SUPERVISOR_URL'),
        configDir: paths.config,
      },
    },
    {
      path: siteConf,
      template: 'supervisor/supervisor.site.conf',
      mode: 0o600,
      data: {
        group: SUPERVISOR_GROUP,
        startSecs: String(supervisordOptions(target).startSecs),
        startRetries: String(supervisordOptions(target).startRetries),
        programs: target.services.map((service) => ({
          program: service.program,
          command: commandOf(target, service),
        })),
      },
    },
    { path: supervisord, template: 'supervisor/supervisord', mode: 0o700, data: { venv, conf, fixed } },
    { path: supervisorctl, template: 'supervisor/supervisorctl', mode: 0o700, data: { venv, conf, fixed } },
  ];
}
