import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reveal } from '../../src/core/secret.ts';
import { scrontab } from '../../src/launchers/scrontab.ts';
import { type Outlook, outlookOf } from '../../src/launchers/scrontab-reservations.ts';
import { renderFiles } from '../../src/plan/render.ts';
import { aFolder } from '../fixtures/shell.ts';
import { aTarget } from '../fixtures/target.ts';

const MIN = 60_000;
const NOW = Math.floor(Date.now() / 1000) * 1000;

/** A time of the site, here UTC, so many minutes from now, as scontrol prints it. */
const at = (minutes: number) => new Date(NOW + minutes * MIN).toISOString().slice(0, 19);

function reservation(name: string, from: number, to: number, flags = ''): string {
  return `ReservationName=${name} StartTime=${at(from)} EndTime=${at(to)} Duration=1-00:00:00 Nodes=nid[001-004] NodeCnt=4 Features=(null) PartitionName=(null) Flags=${flags} State=INACTIVE`;
}

interface Case {
  readonly what: string;
  readonly lines: readonly string[];
  readonly outlook: Outlook;
  /** Limit of the job that the starter hands to sbatch; `refused` when it submits nothing. */
  readonly starter: number | 'none' | 'refused';
}

const none: readonly string[] = [];

/** The rule is told twice, here for the check and in shell for the starter: both are held against this table. */
const CASES: readonly Case[] = [
  {
    what: 'there is none',
    lines: ['No reservations in the system'],
    outlook: { unreadable: none },
    starter: 'none',
  },
  {
    what: 'it concerns others',
    lines: [reservation('gpu_upgrade', 60, 600, 'MAINT')],
    outlook: { unreadable: none },
    starter: 'none',
  },
  {
    what: 'the earliest counts, not the first that is listed',
    lines: [reservation('workflow_late', 9000, 9600), reservation('login_early', 600, 900)],
    outlook: { unreadable: none, leftMin: 480 },
    starter: 480,
  },
  {
    what: 'one that is over does not count',
    lines: [reservation('workflow_old', -900, -600), reservation('workflow_next', 600, 900)],
    outlook: { unreadable: none, leftMin: 480 },
    starter: 480,
  },
  {
    what: 'a maintenance is under way',
    lines: [reservation('workflow_now', -60, 600, 'MAINT,IGNORE_JOBS')],
    outlook: { unreadable: none, refusal: `reservation workflow_now lasts until ${at(600)}` },
    starter: 'refused',
  },
  {
    what: 'a short one has begun, whatever its flags',
    lines: [reservation('login_now', -60, 600)],
    outlook: { unreadable: none, refusal: `reservation login_now lasts until ${at(600)}` },
    starter: 'refused',
  },
  {
    what: 'nodes are reserved for good',
    lines: [
      reservation('workflow_nodes', -600_000, 600_000, 'SPEC_NODES'),
      reservation('login_next', 600, 900),
    ],
    outlook: { unreadable: none, leftMin: 480 },
    starter: 480,
  },
  {
    what: 'less than the buffer is left',
    lines: [reservation('workflow_soon', 110, 600, 'MAINT')],
    outlook: {
      unreadable: none,
      refusal: `reservation workflow_soon begins at ${at(110)}, in less than 120 minutes`,
    },
    starter: 'refused',
  },
  {
    what: 'a date cannot be read',
    lines: [
      'ReservationName=workflow_odd StartTime=Unknown EndTime=soon',
      reservation('workflow_next', 600, 900),
    ],
    outlook: { unreadable: ['workflow_odd (Unknown)'], leftMin: 480 },
    starter: 480,
  },
  {
    what: 'it is later than the job may last',
    lines: [reservation('workflow_far', 200_000, 200_600)],
    outlook: { unreadable: none, leftMin: 199_880 },
    starter: 'none',
  },
];

describe('a reservation', () => {
  it.each(CASES)('for the check: $what', ({ lines, outlook }) => {
    expect(outlookOf(lines, at(0), ['login', 'workflow'], 120)).toEqual(outlook);
  });

  describe('for the starter', () => {
    const folder = aFolder();
    afterAll(() => folder.remove());
    const starter = join(folder.path, 'starter.sh');

    beforeAll(() => {
      const target = aTarget({
        root: folder.path,
        site: 'perlmutter',
        deployment: 'prod',
        launcher: scrontab.schema.parse({ kind: 'scrontab' }),
      });
      const specs = scrontab.files(target).filter(({ path }) => path.endsWith('/starter.sh'));
      const [file] = renderFiles(specs);
      writeFileSync(starter, reveal(file?.content ?? ''));
      mkdirSync(join(folder.path, 'bin'));
      const command = (name: string, text: string) => {
        writeFileSync(join(folder.path, 'bin', name), `#!/bin/sh\n${text}\n`);
        chmodSync(join(folder.path, 'bin', name), 0o755);
      };
      command('squeue', 'cat "$QUEUE" 2>/dev/null');
      command('scontrol', 'cat "$RESERVATIONS"');
      command('sbatch', 'printf "%s\\n" "sbatch $*"; [ -z "$REFUSAL" ] || { echo "$REFUSAL" >&2; exit 1; }');
    });

    const run = (lines: readonly string[], env: Readonly<Record<string, string>> = {}) => {
      const reservations = join(folder.path, 'reservations');
      writeFileSync(reservations, `${lines.join('\n')}\n`);
      const { status, stdout, stderr } = spawnSync('bash', [starter], {
        encoding: 'utf8',
        env: {
          PATH: `${join(folder.path, 'bin')}:/usr/bin:/bin`,
          TZ: 'UTC',
          RESERVATIONS: reservations,
          QUEUE: '/nonexistent',
          ...env,
        },
      });
      return { status, stdout, stderr };
    };

    it.each(CASES)('$what', ({ lines, starter: expected, outlook }) => {
      const { status, stdout } = run(lines);
      if (expected === 'refused') {
        expect(stdout).toContain('in maintenance: ');
        expect([status, stdout.includes('sbatch')]).toEqual([75, false]);
        return;
      }
      expect(status).toBe(0);
      const limit = /--time-min=(\d+)/.exec(stdout)?.[1];
      if (expected === 'none') expect(limit).toBeUndefined();
      // The clock may have gone on by a minute since the table was made.
      else expect(expected - Number(limit)).toBeOneOf([0, 1]);
      if (outlook.unreadable.length > 0) expect(stdout).toContain('cannot be read: passed over');
    });

    it('submits with the options of the site, and never twice', () => {
      const { stdout } = run([]);
      for (const option of [
        '--job-name=jaws_perlmutter_prod',
        '--dependency=singleton',
        '--time=90-00:00:00',
        '--cpus-per-task=16',
        '--qos=workflow',
        '--constraint=cron',
      ]) {
        expect(stdout).toContain(option);
      }
      const queue = join(folder.path, 'queue');
      writeFileSync(queue, '7 RUNNING jaws_perlmutter_prod2\n8 PENDING my_jaws_perlmutter_prod\n');
      expect(run([], { QUEUE: queue }).stdout).toContain('sbatch ');
      writeFileSync(queue, '7 RUNNING jaws_perlmutter_prod2\n9 PENDING jaws_perlmutter_prod\n');
      const second = run([], { QUEUE: queue });
      expect(second.status).toBe(0);
      expect(second.stdout).toContain('in the queue already: 9 PENDING');
      expect(second.stdout).not.toContain('sbatch ');
    });

    it('says what sbatch said when it refuses, and does not try again', () => {
      const { status, stdout, stderr } = run([], {
        REFUSAL: 'sbatch: error: Job request needs a constraint',
      });
      expect(status).toBe(1);
      expect(stderr).toBe('sbatch: error: Job request needs a constraint\n');
      expect(stdout.match(/sbatch --job-name/g)).toHaveLength(1);
      expect(stdout).toContain('sbatch refused the job with exit code 1');
    });
  });
});
