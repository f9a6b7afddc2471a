import { loadConfig, type SiteInfo } from '../../config/config.ts';
import { OpsError } from '../../core/errors.ts';
import { isFinal } from '../../core/run.ts';
import type { Deployment } from '../../core/target.ts';
import { zoned } from '../../core/zone.ts';
import type { Product } from '../product.ts';
import { lastShown } from '../typed.ts';
import { Missed, openStage } from './stage.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const LEAD_MS = 25 * HOUR_MS;
const LENGTH_MIN = 4 * 60;
/** How long the site is away after the maintenance was to be over. */
const LATE_MS = 10 * MINUTE_MS;
const SNOOZE_MS = 30 * MINUTE_MS;

/**
 * A maintenance from its announcement to the last service that is up again, in fast-forward: a reservation of the
 * site's real Slurm, reminders, a refused deploy, the site shut down and booted, and the buttons of the offer.
 * @throws Missed when something of it does not happen
 * @throws OpsError('usage.argument') for a site that finds no reservations
 */
export async function playMaintenance(
  product: Product,
  site: string,
  deployments: readonly Deployment[],
  print: (text: string) => void,
): Promise<void> {
  const { world, clock, jobs } = product;
  const { channels, timezone } = siteOf(product, site);
  // What an earlier play left unfinished ends or is called off before this one begins.
  for (const { state } of await jobs.list({ limit: 20 }))
    if (!isFinal(state)) await lastShown(jobs, state.jobId);
  await product.turn(`probe-reservations-${site}`);
  await product.turn('reminders');
  for (const wish of await jobs.windows.followUps())
    if (wish.site === site) await jobs.windows.followedUp(wish);
  const stage = openStage(product, channels.reminders, timezone, print);
  const at = world.site(site);
  const slurm = async (...argv: string[]) => {
    const { code, stdout, stderr } = await at.exec(['scontrol', ...argv]);
    if (code !== 0) throw new Missed(`scontrol ${argv.join(' ')}: ${stdout}${stderr}`);
  };

  stage.tell(`${deployments.join(' and ')} run at ${site}; what is up now is to be up after the maintenance`);
  // Nobody is there to renew the certificate while days pass in minutes.
  await world.certify('-5m:+7d');
  for (const deployment of deployments) await stage.begin(`/jaws deploy ${deployment} ${site}`);
  await stage.settled();

  const name = `login_maint_${Math.floor(clock.now() / 1000).toString(36)}`;
  const begins = Math.ceil((clock.now() - Date.now() + LEAD_MS) / MINUTE_MS);
  stage.tell(
    `the site's Slurm is given a reservation: ${name}, in ${LEAD_MS / HOUR_MS} h, for ${LENGTH_MIN / 60} h`,
  );
  await slurm(
    'create',
    'reservation',
    `ReservationName=${name}`,
    `starttime=now+${begins}minutes`,
    `duration=${LENGTH_MIN}`,
    'users=root',
    'flags=maint,ignore_jobs',
    'nodes=ALL',
  );
  await product.turn(`probe-reservations-${site}`);
  const window = (await jobs.windows.list()).find(({ reservation }) => reservation === name);
  if (window === undefined) throw new Missed('the bot did not find the reservation');
  await stage.type(`/jaws maintenance list ${site}`);

  // To the moment itself: how much later a turn comes is in what it says.
  await stage.pass(window.start - 24 * HOUR_MS);
  await stage.expect('the reminder a day before', /begins in (1 d|23 h 5\d min)/);
  await stage.pass(window.start - 2 * HOUR_MS);
  await stage.expect('the reminder two hours before', /begins in (2 h|1 h 5\d min)/);
  await stage.pass(window.start + HOUR_MS);
  await stage.expect('the reminder at the start', /has begun, until/);

  const refused = await stage.type(`/jaws deploy ${deployments[0] ?? 'dev'} ${site}`);
  const until = `${site} is in maintenance until ${zoned(window.end, timezone)}`;
  if (refused.succeeded || !refused.shown.includes(until)) throw new Missed('the deploy was not refused');

  stage.tell(`${site} is shut down: sshd, Slurm and every supervisor`);
  await at.stop();
  await stage.pass(window.end + LATE_MS);
  await stage.expect('the end of the window', /is over/);
  stage.nothingElse();

  stage.tell(`${site} is booted, ${LATE_MS / MINUTE_MS} min late; nothing of JAWS runs there`);
  await at.start();
  await stage.pass(window.end + LATE_MS + 6 * MINUTE_MS);
  const offer = await stage.expect(
    'the offer',
    new RegExp(`Down at ${site} after its maintenance: ${deployments.length} of ${deployments.length}`),
  );

  const snoozed = await stage.press(offer, 'Snooze 30 min');
  if (!snoozed.includes('told again at')) throw new Missed('the offer was not put off');
  await stage.pass(clock.now() + SNOOZE_MS - 2 * MINUTE_MS);
  stage.nothingElse();
  await stage.pass(clock.now() + 3 * MINUTE_MS);
  const again = await stage.expect('the offer, again', new RegExp(`Down at ${site}`));

  const choice = await stage.press(again, 'Choose');
  const missing = deployments.find((deployment) => !choice.includes(`[ Start ${deployment} ]`));
  if (missing !== undefined) throw new Missed(`${missing} is not offered by itself`);

  const started = await stage.press(again, 'Restart everything that was up');
  const left = deployments.find((deployment) => !started.includes(`${deployment}: started by job`));
  if (left !== undefined) throw new Missed(`${left} is not started`);
  await stage.settled();
  await stage.pass(clock.now() + 2 * MINUTE_MS);
  await stage.expect(
    'the table of all that is up',
    new RegExp(`All up at ${site} after its maintenance: ${deployments.length} of ${deployments.length}`),
  );
  await stage.pass(clock.now() + HOUR_MS);
  stage.nothingElse();
}

function siteOf({ world }: Product, name: string): SiteInfo {
  const config = loadConfig(world.configDir);
  const fit = config.sites.filter(
    (known) =>
      world.site(known).spec.slurm !== undefined &&
      config.site(known).maintenance.reservationPattern !== undefined,
  );
  if (!fit.includes(name))
    throw new OpsError(
      'usage.argument',
      `got "${name}", expected a site whose Slurm is asked for reservations: ${fit.join(' | ')}`,
    );
  return config.site(name);
}
