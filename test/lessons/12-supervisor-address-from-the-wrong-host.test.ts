import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { reveal } from '../../src/core/secret.ts';
import { renderTarget } from '../../src/plan/render-target.ts';
import { SHIPPED } from '../config/folder.ts';
import { combinations, RELEASE } from '../golden/combinations.ts';

// The address that supervisord listens on and the URL that clients use were one value, changed a dozen times: the
// login node's address, `http://` twice, `0:0:0:0`, one name for all deployments.

const { offered } = combinations();

test('what is listened on is an address with a port, what is asked is one URL with a name and the same port', () => {
  for (const { target, name, launchTool } of offered.filter(({ own }) => own)) {
    const conf = renderTarget(target, RELEASE).find(({ path }) => path.endsWith('/supervisor.conf'));
    if (conf === undefined) continue;
    const text = reveal(conf.content);
    const [, bind, port] = /^port=(.*):(\d+)$/m.exec(text) ?? [];
    const url = /^serverurl=(.*)$/m.exec(text)?.[1] ?? '';
    const where = `${target.id}, ${name}`;
    expect(bind, where).toBe(launchTool === 'scrontab' ? '*' : '0.0.0.0');
    expect(url.match(/http:\/\//g), where).toHaveLength(1);
    expect(new URL(url).port, where).toBe(port);
    expect(text, 'nothing is derived from the host the bot runs on').not.toContain(hostname());
  }
});

test('where services run in a Slurm job the name carries site and deployment', () => {
  const config = loadConfig(SHIPPED);
  const names = ['perlmutter', 'nmdc'].flatMap((site) =>
    config.deployments.map((deployment) => config.target(site, deployment).env.values['JAWS_SUPERVISOR_URL']),
  );
  expect(new Set(names).size).toBe(6);
  for (const [i, site] of ['perlmutter', 'nmdc'].entries()) {
    for (const [k, deployment] of config.deployments.entries()) {
      expect(names[i * 3 + k]).toContain(`//${site}-${deployment}.jaws.dyn.jgi.doe.gov:`);
    }
  }
});
