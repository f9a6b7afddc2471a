import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkConfig, loadConfig } from '../../src/config/config.ts';
import { SECRETS, VARIABLES } from '../../src/config/variables.ts';
import { DEPLOYMENTS, targetId } from '../../src/core/target.ts';
import { SHIPPED } from './folder.ts';
import { DEFAULTS, DEPLOYMENT_VALUES, DERIVED_IN_PROD, SITE_PORTS, SITE_VALUES, TOOLS } from './tables.ts';

const config = loadConfig(SHIPPED);
const sites = Object.keys(SITE_VALUES);
const targets = sites.flatMap((site) => DEPLOYMENTS.map((deployment) => ({ site, deployment })));

describe('the shipped configuration', () => {
  it('has no problem and holds seven sites and three deployments', () => {
    expect(checkConfig(SHIPPED)).toEqual([]);
    expect(config.sites).toEqual([...sites].sort());
    expect(config.deployments).toEqual(['dev', 'staging', 'prod']);
  });

  it.each(targets)('has the values of JAWS for $site $deployment', ({ site, deployment }) => {
    const { values } = config.target(site, deployment).env;
    const layered = { ...DEFAULTS, ...DEPLOYMENT_VALUES[deployment], ...SITE_VALUES[site] };
    const derived = ['JAWS_GLOBUS_HOST_PATH', 'JAWS_SITE_DNS_NAME', 'JAWS_SUPERVISOR_NODAEMON'];
    for (const [name, value] of Object.entries(layered)) {
      if (derived.includes(name)) continue;
      expect(values[name], name).toBe(value.replace('${JAWS_DEPLOYMENT_NAME}', deployment));
    }
  });

  it.each(targets)('chooses the ports of $site $deployment', ({ site, deployment }) => {
    const { values } = config.target(site, deployment).env;
    const ports = SITE_PORTS[site as keyof typeof SITE_PORTS];
    for (const [family, numbers] of Object.entries(ports)) {
      expect(values[`JAWS_${family}_PORT`], family).toBe(String(numbers[DEPLOYMENTS.indexOf(deployment)]));
    }
  });

  it.each(sites)('derives the folders and addresses of %s', (site) => {
    const target = config.target(site, 'prod');
    const [install, scratch, globus, urlHost] = DERIVED_IN_PROD[site] ?? [];
    expect(target.paths).toEqual({
      install,
      config: `${install}/config`,
      bin: `${install}/bin`,
      log: `${install}/log`,
      supervisor: `${install}/supervisor`,
      venv: `${install}/site`,
      venvs: `${install}/venvs`,
      ops: `${install}/.jaws-ops`,
      scratch,
      inputs: `${scratch}/inputs`,
      downloads: `${scratch}/downloads`,
      executions: `${scratch}/cromwell-executions`,
    });
    const inJob = site === 'perlmutter' || site === 'nmdc';
    expect(target.env.values).toMatchObject({
      JAWS_SITE_NAME: site,
      JAWS_DEPLOYMENT_NAME: 'prod',
      JAWS_INSTALL_DIR: install,
      JAWS_CONFIG_DIR: `${install}/config`,
      JAWS_BIN_DIR: `${install}/bin`,
      JAWS_LOGS_DIR: `${install}/log`,
      JAWS_SUPERVISOR_DIR: `${install}/supervisor`,
      JAWS_SCRATCH_DIR: scratch,
      JAWS_INPUTS_DIR: `${scratch}/inputs`,
      JAWS_GLOBUS_HOST_PATH: globus,
      JAWS_SUPERVISOR_HOST: inJob ? '*' : '0.0.0.0',
      JAWS_SUPERVISOR_URL: `${urlHost}:${target.env.values['JAWS_SUPERVISOR_PORT_PROD']}`,
      JAWS_SUPERVISOR_NODAEMON: String(inJob),
      JAWS_SITE_DNS_NAME: inJob ? `${site}-prod.jaws.dyn.jgi.doe.gov` : '',
    });
  });

  it.each(sites)('has the launch tool and install method of %s', (site) => {
    const target = config.target(site, 'dev');
    expect([target.launcher.kind, target.installer.kind]).toEqual(TOOLS[site]);
    expect(config.site(site)).toMatchObject({
      launchTool: target.launcher.kind,
      installMethod: target.installer.kind,
    });
  });

  it('gives the buckets of each deployment a name that carries it once', () => {
    expect(config.target('aws', 'dev').paths.scratch).toBe('s3://jaws-site-dev');
    expect(config.target('assembly', 'staging').paths.scratch).toBe('s3://jaws-assembly-staging');
  });

  it('leaves run-time references to the site', () => {
    const { values } = config.target('perlmutter', 'prod').env;
    expect(values['JAWS_GITLAB_RUNNER']).toBe('$CFS/jaws/bin/gitlab-runner');
    expect(values['JAWS_GITLAB_RUNNER_CONFIG']).toBe('$HOME/.gitlab-runner/perlmutter.toml');
  });

  it('knows how each site is reached and as whom', () => {
    const accounts = Object.fromEntries(sites.map((site) => [site, config.target(site, 'prod').access]));
    expect(accounts['aws']).toMatchObject({
      user: 'ec2-user',
      transport: 'ssh2',
      expect: { account: 'ec2-user' },
    });
    expect(accounts['aws']?.host).toMatch(/\.invalid$/);
    expect(accounts['assembly']?.host).toMatch(/\.invalid$/);
    expect(accounts['dori']).toMatchObject({
      host: 'ln010.jgi',
      become: 'svc-jaws',
      expect: { account: 'svc-jaws' },
    });
    expect(accounts['jgi']).toMatchObject({ host: 'lrc-services.lbl.gov', become: 'jaws' });
    expect(accounts['perlmutter']).toMatchObject({
      host: 'perlmutter-p1.nersc.gov',
      user: 'jaws',
      transport: 'openssh',
    });
    expect(accounts['nmdc']).toMatchObject({
      host: 'perlmutter-p1.nersc.gov',
      user: 'nmjaws',
      transport: 'openssh',
    });
    expect(accounts['tahoma']).toMatchObject({ host: 'twf1.emsl.pnl.gov', become: 'svc-jtm-manager' });
    expect(accounts['tahoma']?.jumps).toHaveLength(1);
    for (const access of Object.values(accounts)) {
      expect(path.isAbsolute(access.knownHostsFile)).toBe(true);
      expect(path.isAbsolute(access.identityFile ?? '/')).toBe(true);
    }
  });

  it('keeps proxies to the install steps of tahoma', () => {
    const { installer, env } = config.target('tahoma', 'prod');
    expect(installer['environment']).toMatchObject({
      HTTPS_PROXY: 'http://proxy.emsl.pnl.gov:3128',
      CONTAINER_RUNTIME: 'apptainer',
    });
    expect(Object.keys(env.values).filter((name) => /proxy/i.test(name))).toEqual([]);
    expect(config.target('jgi', 'dev').installer['environment']).toEqual({
      CONTAINER_RUNTIME: 'apptainer',
      APPTAINER_CACHEDIR: '/tmp',
    });
  });

  it('has a channel for each site', () => {
    expect(config.site('tahoma').channels.reminders).toBe('#emsl-jgi-coordination');
    expect(config.site('dori').channels.deploys).toBe('#jaws-dori');
  });

  it('tells the layer of every value', () => {
    const layers = new Map(config.layersOf('dori', 'prod').map((value) => [value.name, value]));
    expect(layers.get('JAWS_RPC_SERVER_NUM_THREADS')).toMatchObject({ value: '16', layer: 'deployment' });
    expect(layers.get('JAWS_SETFACL')).toMatchObject({ value: '0', layer: 'site' });
    expect(layers.get('JAWS_DB_PORT')).toMatchObject({ value: '3306', layer: 'default' });
    expect(layers.get('JAWS_BIN_DIR')).toMatchObject({ layer: 'derived' });
    expect(layers.get('JAWS_GLOBUS_HOST_PATH')).toMatchObject({
      value: '/clusterfs/jgi/scratch/',
      layer: 'derived',
    });
    for (const value of layers.values()) expect(value.description, value.name).toBeTruthy();
    expect(Object.fromEntries([...layers].map(([name, { value }]) => [name, value]))).toEqual(
      config.target('dori', 'prod').env.values,
    );
  });

  it('holds no secret and no name twice in the catalogue', () => {
    const names = [...VARIABLES, ...SECRETS].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { site, deployment } of targets) {
      const target = config.target(site, deployment);
      expect(target.id).toBe(targetId(site, deployment));
      expect(target.env.secrets).toEqual({});
    }
  });

  it('is only read', () => {
    const times = () =>
      readdirSync(SHIPPED, { recursive: true }).map(
        (name) => statSync(path.join(SHIPPED, String(name))).mtimeMs,
      );
    const before = times();
    loadConfig(SHIPPED);
    expect(times()).toEqual(before);
  });

  it('answers an unknown site with the nearest one', () => {
    expect(() => config.target('doori', 'prod')).toThrow(
      /got site "doori", expected assembly \| .*did you mean dori\?/,
    );
    expect(() => config.target('dori', 'prd')).toThrow(/got deployment "prd".*did you mean prod\?/);
  });
});
