import { loadConfig } from '../../src/config/config.ts';
import { reveal } from '../../src/core/secret.ts';
import { variable } from '../../src/core/target.ts';
import type { Subject } from '../measure.ts';
import { newestEnded, oneSite, SITE } from './site.ts';

const VERSION = '2.5.4';

/** How long services are down while a new release is installed. */
export async function redeploying(): Promise<Subject> {
  const product = await oneSite();
  const site = product.world.site(SITE);
  const target = loadConfig(product.world.configDir).target(SITE, 'dev');
  const { bin, venv, venvs } = target.paths;
  const python = reveal(variable(target, 'JAWS_PYTHON'));
  const wheel = `/opt/jaws-wheels/jaws_site-${VERSION}-py3-none-any.whl`;
  const deploy = async () => {
    const [before] = await product.jobs.list({ limit: 1 });
    await product.slack.command({ text: `deploy dev ${SITE} ${VERSION}` });
    return newestEnded(product, before?.state.jobId);
  };
  await deploy();
  let round = 0;
  return {
    name: 'downtime',
    about:
      'Time from the first stopped to the last started service of a redeploy with a new virtual environment. Ours: `/jaws deploy`, which builds beside what runs. stop-install-start: a shell script at the site that does the three in that order, with the same virtual environment and package.',
    runs: 3,
    warmUp: 0,
    ways: [
      {
        name: 'ours',
        async run() {
          const { downtimeMs } = await deploy();
          if (downtimeMs === undefined) throw new Error('nothing was running before the deploy');
          return { value: downtimeMs };
        },
      },
      {
        name: 'stop-install-start',
        async run() {
          const fresh = `${venvs}/by-hand-${++round}`;
          const script = `set -e
begin=$(date +%s%N)
${bin}/supervisorctl stop 'jaws-site:*' >&2
${python} -m venv ${fresh} >&2
${fresh}/bin/python -m pip install --disable-pip-version-check --no-index ${wheel} >&2
ln -sfn ${fresh} ${venv}
${bin}/supervisorctl start 'jaws-site:*' >&2
echo $((($(date +%s%N) - begin) / 1000000))`;
          const { code, stdout, stderr } = await site.exec(['bash', '-l', '-c', script], {
            user: site.spec.service.name,
          });
          if (code !== 0) throw new Error(stderr);
          return { value: Number(stdout.trim().split('\n').at(-1)) };
        },
      },
    ],
    close: () => product.remove(),
  };
}
