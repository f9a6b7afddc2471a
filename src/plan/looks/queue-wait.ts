import { OpsError } from '../../core/errors.ts';
import type { Report } from '../../core/look.ts';
import { parseRecord, recorded } from '../../core/record.ts';
import { join, sh } from '../../core/script.ts';
import type { Target } from '../../core/target.ts';
import { zoned } from '../../core/zone.ts';
import type { Look } from './look.ts';

const SIZES = ['SMALL', 'MEDIUM', 'LARGE', 'XLARGE'] as const;

/** When Slurm would start a job of each size that the site's configuration describes. */
export const queueWait: Look = {
  name: 'queue-wait',
  scope: 'site',
  shell: 'login',
  timeoutMs: 60_000,
  ask({ target, now }) {
    const commands = SIZES.flatMap((size) => {
      const command = target.env.values[`JAWS_QUEUE_WAIT_${size}`] ?? '';
      return command === '' ? [] : [{ size, command }];
    });
    if (commands.length === 0) {
      return {
        title: `${target.site} has no command that asks for a queue wait`,
        next: `Set JAWS_QUEUE_WAIT_${SIZES.join(' | _')} in config/sites/${target.site}.yaml, e.g. to \`sbatch --test-only …\`.`,
      };
    }
    for (const { size, command } of commands) {
      if (command.split(/\s+/).includes('--test-only')) continue;
      throw new OpsError(
        'config.key',
        `${target.site}: JAWS_QUEUE_WAIT_${size}: got "${command}", expected --test-only in it: it would submit a job`,
      );
    }
    return {
      name: 'queue-wait',
      // sbatch prints the site's own time without a zone: the site itself says which moment it means.
      script: recorded(
        join(
          commands.map(
            ({ size, command }) => sh`code=0
said=$(eval ${command} 2>&1) || code=$?
show ${size} "$code" "$said"
at=$(printf '%s\\n' "$said" | sed -n 's/.* to start at \\([0-9][0-9:T-]*\\).*/\\1/p' | head -n 1)
[ -z "$at" ] || put ${`${size}.at`} "$(date -d "$at" +%s 2>/dev/null)"`,
          ),
        ),
      ),
      parse: (stdout) => reportOf(target, commands, stdout, now()),
    };
  },
};

function reportOf(
  target: Target,
  commands: readonly { readonly size: string }[],
  stdout: string,
  now: number,
): Report {
  const record = parseRecord(stdout, `${target.site}: queue wait`);
  const answers = commands.map(({ size }) => {
    const at = Number(record.value(`${size}.at`) ?? '') * 1000;
    const said = record.text(size);
    const lines = said?.lines.filter((line) => line.trim() !== '') ?? [];
    return {
      size: size.toLowerCase(),
      at: at > 0 ? at : undefined,
      code: said?.code ?? -1,
      said: lines.join(' '),
    };
  });
  const failed = answers.filter(({ at }) => at === undefined);
  return {
    title: `Queue wait at ${target.site}`,
    ...(failed.length === 0
      ? {}
      : {
          findings: failed.map(({ size, code, said }) => ({
            level: 'fail' as const,
            subject: size,
            message: `no start time (exit code ${code}): ${said === '' ? 'no output' : said.slice(0, 400)}`,
            next: `Try JAWS_QUEUE_WAIT_${size.toUpperCase()} of config/sites/${target.site}.yaml at the site.`,
          })),
        }),
    tables: [
      {
        head: ['Size', 'Would start at', 'In'],
        rows: answers.flatMap(({ size, at }) =>
          at === undefined ? [] : [[size, zoned(at, target.timezone), waitText(at - now)]],
        ),
      },
    ],
  };
}

/** e.g. `at once`, `25 min`, `3 h 05 min`, `2 d 04 h`. */
export function waitText(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1) return 'at once';
  if (minutes < 60) return `${minutes} min`;
  const two = (value: number) => String(value).padStart(2, '0');
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
  return `${Math.floor(minutes / 1440)} d ${two(Math.floor(minutes / 60) % 24)} h`;
}
