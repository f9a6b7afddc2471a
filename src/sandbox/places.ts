/** What makes a site recognisable and is not in its configuration: host name, home, profile. */
export interface Place {
  /** Made from `access.expect.hostname` when absent. */
  readonly hostname?: string;
  /** Home of the service account. */
  readonly home: string;
  /** Login shell of its accounts; bash when absent. */
  readonly shell?: '/bin/tcsh';
  /** Lines of a file in /etc/profile.d. */
  readonly profile: readonly string[];
  /** Symbolic links beside the site's folders. */
  readonly links: readonly { readonly path: string; readonly target: string }[];
}

function nersc(account: string): Place {
  const initial = account.slice(0, 1);
  return {
    hostname: 'login07',
    home: `/global/homes/${initial}/${account}`,
    profile: [
      'export NERSC_HOST=perlmutter CFS=/global/cfs/cdirs',
      `export SCRATCH=/pscratch/sd/${initial}/${account} PSCRATCH=/pscratch/sd/${initial}/${account}`,
      "echo ' * Welcome to the stand-in of a login node. Systems are up. *'",
    ],
    links: [{ path: '/global/u2', target: 'homes' }],
  };
}

const PLACES: Readonly<Record<string, (account: string) => Place>> = {
  assembly: (account) => ({ hostname: 'ip-10-0-0-13', home: `/home/${account}`, profile: [], links: [] }),
  aws: (account) => ({ hostname: 'ip-10-0-0-12', home: `/home/${account}`, profile: [], links: [] }),
  dori: (account) => ({
    hostname: 'ln010.jgi',
    home: `/clusterfs/jgi/groups/dsi/homes/${account}`,
    profile: [],
    links: [],
  }),
  jgi: (account) => ({
    hostname: 'lrc-services.lbl.gov',
    home: `/global/home/users/${account}`,
    profile: [],
    links: [],
  }),
  nmdc: nersc,
  perlmutter: nersc,
  // An older habit of clusters: csh for everybody, a greeting on every login, and a locale that is not installed.
  tahoma: (account) => ({
    hostname: 'twf1.emsl.pnl.gov',
    home: `/home/${account}`,
    shell: '/bin/tcsh',
    profile: [
      "echo '*** Notice: this is the stand-in of a workflow node. ***'",
      'export LC_ALL=pnnl_US.UTF-8',
    ],
    links: [],
  }),
};

/** The place of a site; one the table does not know is a plain Linux host. */
export function placeOf(site: string, account: string): Place {
  return PLACES[site]?.(account) ?? { home: `/home/${account}`, profile: [], links: [] };
}
