import { roomOf } from './rooms.ts';
import { fileRule, type Rule } from './rule.ts';

/** Rooms that may use a package, for packages that belong to one subject. Any room may use one that is not listed. */
const OWNERS: readonly {
  readonly packages: RegExp;
  readonly rooms: readonly string[];
  readonly why: string;
}[] = [
  {
    packages: /^ssh2(\/|$)/,
    rooms: ['remote', 'sandbox'],
    why: 'connections to sites are made in one place, which always verifies the host key',
  },
  {
    packages: /^(bullmq|ioredis|@bull-board)(\/|$)/,
    rooms: ['queue', 'sandbox'],
    why: 'queue/ owns every queue and key name',
  },
  {
    packages: /^@slack\/(bolt|web-api)(\/|$)/,
    rooms: ['slack', 'sandbox'],
    why: 'Slack tokens are used in one room only',
  },
  {
    packages: /^@slack\/types(\/|$)/,
    rooms: ['slack', 'maintenance', 'sandbox'],
    why: 'what a message looks like is decided next to Slack',
  },
  {
    packages: /^handlebars(\/|$)/,
    rooms: ['plan'],
    why: 'every template is rendered strictly, through the same quoting',
  },
  {
    packages: /^yaml(\/|$)/,
    rooms: ['config', 'runbooks', 'cli', 'sandbox'],
    why: 'configuration is read in one place',
  },
  { packages: /^(emulate|marked)(\/|$)/, rooms: ['sandbox'], why: 'production talks to the real Slack' },
];

/** The only package that core may use. */
const CORE_PACKAGES = ['fastest-levenshtein'];

/** Node's modules that touch the world outside the process. */
const OUTSIDE =
  /^(?:node:)?(?:fs|net|tls|http|https|http2|dgram|dns|child_process|worker_threads|cluster)(?:\/|$)/;
const PURE_ROOMS = ['core', 'launchers', 'installers'];

/** Packages stay in the rooms whose subject they are. */
export const packages: Rule = fileRule(
  'packages',
  'a package is used where its subject lives',
  (path) => path.startsWith('src/'),
  (source) => {
    const room = roomOf(source.path) ?? '';
    return source.imports.flatMap((entry) => {
      if (entry.path !== undefined) return [];
      const { line, specifier } = entry;
      const found = `${room} imports ${specifier}`;
      if (OUTSIDE.test(specifier))
        return PURE_ROOMS.includes(room)
          ? [
              {
                line,
                found,
                why: 'this room is pure: it makes data from data, so that every plan can be tested without a site',
              },
            ]
          : [];
      if (specifier.startsWith('node:')) return [];
      if (room === 'core' && !CORE_PACKAGES.includes(specifier))
        return [{ line, found, why: `core uses ${CORE_PACKAGES.join(', ')} and node's own modules only` }];
      return OWNERS.filter((owner) => owner.packages.test(specifier) && !owner.rooms.includes(room)).map(
        (owner) => ({ line, found, why: owner.why }),
      );
    });
  },
);
