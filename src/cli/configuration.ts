import { type Command, Option } from 'commander';
import { checkVersion } from '../commands/slots.ts';
import { type Config, loadConfig } from '../config/config.ts';
import { importConfig } from '../config/import.ts';
import { configDir } from '../config/settings.ts';
import { OpsError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import { ACTIONS, type Action, type ActionRequest } from '../core/request.ts';
import { DEPLOYMENTS, type InstallMethod, type LaunchTool, type Target } from '../core/target.ts';
import { INSTALL_METHODS } from '../installers/index.ts';
import { LAUNCH_TOOLS } from '../launchers/index.ts';
import { assumedObservation } from '../plan/check.ts';
import { withChoices } from '../plan/choices.ts';
import { describePlan, planDocument } from '../plan/describe.ts';
import { makePlan, releaseOf } from '../plan/plan.ts';
import { renderTarget } from '../plan/render-target.ts';
import { checkReport, showReport } from './config.ts';
import { importReport } from './import.ts';
import { print } from './output.ts';
import { writeRendered } from './render.ts';
import { withPlaceholders, withRealSecrets } from './secrets.ts';

interface Choices {
  readonly config?: string;
  readonly json?: boolean;
  readonly launchTool?: LaunchTool;
  readonly installMethod?: InstallMethod;
}

/** `config check`, `config show`, `render` and `plan`: what needs neither Redis nor a site. */
export function addConfiguration(program: Command): void {
  const config = program.command('config').description('check and show the configuration');
  common(config.command('check').description('validate every layer of every target')).action(
    (options: Choices) => {
      const report = checkReport(configDir(process.env, options.config));
      print(report, options.json === true);
      if (report.problems.length > 0) process.exitCode = 2;
    },
  );
  common(
    config.command('show <deployment> <site>').description('every variable, its value and its layer'),
  ).action((first: string, second: string, options: Choices) => {
    const { config: loaded, target } = read(first, second, options);
    print(showReport(loaded, target.deployment, target.site), options.json === true);
  });
  config
    .command('import <dir>')
    .description('turn a tree of JAWS shell files into a configuration folder')
    .requiredOption('--out <dir>', 'folder for the result; empty or new')
    .option('--config <dir>', 'configuration folder that lends policy and the ways to known sites')
    .option('--json', 'one JSON document on stdout')
    .action((tree: string, options: Choices & { out: string }) => {
      const report = importReport(importConfig(tree, options.out, configDir(process.env, options.config)));
      print(report, options.json === true);
      if (report.data.problems.length > 0) process.exitCode = 2;
    });
  chosen(
    common(
      program.command('render <deployment> <site>').description('write every generated file below a folder'),
    ),
  )
    .requiredOption('--out <dir>', 'folder for the files and manifest.json; empty or of an earlier render')
    .option(
      '--placeholders',
      'write the name of each secret in its place, for a look without the secrets file',
    )
    .action(
      async (first: string, second: string, options: Choices & { out: string; placeholders?: boolean }) => {
        const { target } = read(first, second, options);
        const request = requestOf(target, 'deploy', options);
        const secure =
          options.placeholders === true ? withPlaceholders(target) : await withRealSecrets(target);
        const entries = await writeRendered(
          renderTarget(secure, releaseOf(secure, request, 'render')),
          options.out,
        );
        const text = entries.map((entry) => `${entry.mode} ${entry.path}`).join('\n');
        print(
          { text: `${text}\n${entries.length} files written to ${options.out}`, data: entries },
          options.json === true,
        );
      },
    );
  chosen(
    common(
      program
        .command('plan <deployment> <site>')
        .description('the steps and scripts of an action; touches nothing'),
    ),
  )
    .addOption(new Option('--action <action>', 'what to plan').choices(ACTIONS).default('deploy'))
    .action(async (first: string, second: string, options: Choices & { action: Action }) => {
      const { target } = read(first, second, options);
      const request = requestOf(target, options.action, options);
      const secure = await withRealSecrets(target, withPlaceholders);
      const release = releaseOf(secure, request, 'plan');
      const plan = makePlan(request, secure, release, assumedObservation(secure));
      print({ text: describePlan(plan), data: planDocument(plan) }, options.json === true);
    });
}

function common(command: Command): Command {
  return command
    .option('--config <dir>', 'configuration folder (default: $JAWS_OPS_CONFIG, else the one of the package)')
    .option('--json', 'one JSON document on stdout');
}

function chosen(command: Command): Command {
  return command
    .addOption(new Option('--launch-tool <tool>', "in place of the site's own").choices(LAUNCH_TOOLS))
    .addOption(new Option('--install-method <method>', "in place of the site's own").choices(INSTALL_METHODS))
    .option('--version <version>', 'version of JAWS Site');
}

function read(first: string, second: string, options: Choices): { config: Config; target: Target } {
  const config = loadConfig(configDir(process.env, options.config));
  const words = [first, second].map((word) => word.toLowerCase());
  const deployment = DEPLOYMENTS.find((name) => words.includes(name));
  const site = config.sites.find((name) => words.includes(name));
  if (deployment !== undefined && site !== undefined) {
    return { config, target: withChoices(config.target(site, deployment), options) };
  }
  const [kind, choices, known] =
    deployment === undefined ? ['deployment', DEPLOYMENTS, site] : ['site', config.sites, deployment];
  const got = words.find((word) => word !== known) ?? first;
  const near = nearest(got, choices);
  const hint = near === undefined ? '' : `; did you mean ${near}?`;
  throw new OpsError('usage.argument', `${kind}: got "${got}", expected ${choices.join(' | ')}${hint}`);
}

function requestOf(target: Target, action: Action, options: Choices & { version?: string }): ActionRequest {
  const { site, deployment } = target;
  if (options.version !== undefined) checkVersion(options.version);
  const version = options.version === undefined ? {} : { version: options.version };
  return { kind: 'action', action, site, deployment, dryRun: true, ...version };
}
