import { z } from 'zod';
import { SERVICES } from '../core/service.ts';
import { channelSchema } from './channels.ts';
import { driftSchema } from './drift.ts';
import { maintenanceSchema } from './maintenance.ts';
import { timezoneSchema } from './timezone.ts';
import { installerBlock, launcherBlock, otherInstallers, otherLaunchers } from './tools.ts';
import { cleanupSchema, runnerSchema } from './upkeep.ts';
import { host as hostType } from './value-types.ts';
import { VARIABLES } from './variables.ts';

/** The `env:` block of any layer. */
export const envSchema = z
  .strictObject(
    Object.fromEntries(
      VARIABLES.map(({ name, type, description }) => [name, type.schema.optional().describe(description)]),
    ),
  )
  .describe('JAWS variables by their real names');

/** `config/defaults.yaml` and `config/deployments/<name>.yaml`. */
export const layerSchema = z.strictObject({ env: envSchema.optional() });

const hostName = z
  .string({ error: `expected ${hostType.expected} or address` })
  .refine((text) => hostType.schema.safeParse(text).success || /^[0-9a-fA-F:.]+$/.test(text), {
    error: `expected ${hostType.expected} or address`,
  });
const account = z
  .string({ error: 'expected the name of an account' })
  .regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/, 'expected the name of an account');
const sshPort = z.int({ error: 'expected a whole number 1–65535' }).min(1).max(65535).default(22);
const localFile = z.string().min(1);

const accessSchema = z
  .strictObject({
    transport: z
      .enum(['ssh2', 'openssh'])
      .default('ssh2')
      .describe('`openssh` uses the system’s ssh, for sites that need certificates or MFA'),
    host: hostName.describe('Host that the services run on or are controlled from'),
    port: sshPort.describe('Port of its sshd'),
    user: account.describe('Account to log in as'),
    identityFile: localFile
      .optional()
      .describe(
        'Private key on the worker’s machine: absolute, `~/…` or relative to the config folder; the agent when absent',
      ),
    renew: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Command that renews a short-lived key, told to people when it ends, e.g. `sshproxy -c jaws`',
      ),
    knownHostsFile: localFile
      .default('~/.ssh/known_hosts')
      .describe('Host keys on the worker’s machine: absolute, `~/…` or relative to the config folder'),
    become: account.optional().describe('Account to become with `sudo -n -u ACCOUNT -i` after the login'),
    jumps: z
      .array(z.strictObject({ host: hostName, port: sshPort, user: account }))
      .default([])
      .describe('Hosts to pass through, outermost first'),
    connectTimeoutMs: z
      .int()
      .min(100)
      .max(120_000)
      .default(15_000)
      .describe('Time for a connection to come up'),
    keepaliveMs: z
      .int()
      .min(100)
      .max(60_000)
      .default(5_000)
      .describe('Interval of keepalives; three lost ones end it'),
    expect: z
      .strictObject({
        account: account
          .optional()
          .describe('Account that commands must run as; `become` or `user` when absent'),
        hostname: z.string().min(1).optional().describe('Shell pattern of the host name, e.g. `ln010*`'),
      })
      .prefault({})
      .describe('Where commands must find themselves; the check before a deploy fails anywhere else'),
  })
  .describe('How the site is reached and as whom');

const trouble = z.enum(['fatal', 'warn']);
const foldersSchema = z
  .strictObject({
    install: z
      .strictObject({
        group: trouble.default('fatal').describe('When the group cannot be changed'),
        mode: trouble.default('fatal').describe('When the mode cannot be changed'),
      })
      .prefault({})
      .describe('The install folder and those in it'),
    data: z
      .strictObject({
        group: trouble.default('warn').describe('When the group cannot be changed'),
        mode: trouble.default('warn').describe('When the mode cannot be changed'),
        acl: trouble.default('warn').describe('When ACL entries cannot be set; only where JAWS_SETFACL is 1'),
      })
      .prefault({})
      .describe('Scratch, inputs and executions'),
  })
  .describe(
    'What a folder that cannot be made as configured means: `fatal` refuses the deploy, `warn` tells',
  );

/** `config/sites/<name>.yaml`. Launcher and installer are checked further by the schema of their kind. */
export const siteSchema = z.strictObject({
  title: z.string().min(1).optional().describe('Name for people; the site’s name when absent'),
  channel: channelSchema,
  timezone: timezoneSchema.describe('IANA time zone of the site'),
  access: accessSchema,
  launcher: launcherBlock.describe('How services are started and stopped'),
  installer: installerBlock.describe('How JAWS Site gets there'),
  launchers: otherLaunchers.describe(
    'Options of the launch tools that `--launch-tool` may choose instead, by kind; `environment` is that of `launcher` when absent',
  ),
  installers: otherInstallers.describe(
    'Options of the install methods that `--install-method` may choose instead, by kind; `environment` is that of `installer` when absent',
  ),
  services: z
    .array(z.enum(SERVICES.map((service) => service.name)))
    .min(1, 'expected a list of at least one service')
    .refine((names) => new Set(names).size === names.length, { error: 'expected each service once' })
    .optional()
    .describe('Services that run at this site; all when absent'),
  folders: foldersSchema.prefault({}),
  maintenance: maintenanceSchema.prefault({}),
  drift: driftSchema.prefault({}),
  cleanup: cleanupSchema.prefault({}),
  runner: runnerSchema.optional(),
  env: envSchema.optional(),
});
export type SiteFile = z.output<typeof siteSchema>;

/** Name of a site: that of its file. It stands in paths, queue names and database names. */
export const siteName = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
/** Words that cannot name a site, because commands take them for something else. */
export const RESERVED_NAMES = ['all', 'dev', 'staging', 'prod'] as const;
