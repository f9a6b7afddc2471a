import type { Fact } from '../core/fact.ts';
import { parseRecord, recorded } from '../core/record.ts';
import { join, sh } from '../core/script.ts';
import type { Service } from '../core/service.ts';
import type { Target } from '../core/target.ts';
import type { ServiceLog } from './launcher.ts';

/** The file a service itself writes its log to: that of its venv shim or of its container. */
export function logFile(target: Target, service: Service): string {
  const name = target.installer.kind === 'venv' ? service.venvLog : service.containerLog;
  return `${target.paths.log}/${name}`;
}

/** Longest line that is fetched, in bytes. */
const LINE_BYTES = 2000;

/**
 * The last lines of log files, in one script. A file that is not there gives no lines. Control characters are taken
 * out at the site; lines are cut where they are longer than anyone reads.
 */
export function readLogs(
  target: Target,
  files: readonly { readonly service: string; readonly file: string }[],
  lines: number,
): Fact<readonly ServiceLog[]> {
  return {
    name: 'logs',
    script: recorded(
      join(
        files.map(
          ({ file }, i) =>
            sh`show ${`log.${i}`} 0 "$(tail -n ${lines} ${file} 2>/dev/null | tr -d '\\000-\\010\\013-\\037' | cut -b 1-${LINE_BYTES})"`,
        ),
      ),
    ),
    parse(stdout) {
      const record = parseRecord(stdout, `${target.id}: logs`);
      return files.map(({ service, file }, i) => ({
        service,
        source: file,
        lines: withoutBlankEnds(record.text(`log.${i}`)?.lines ?? []),
      }));
    },
  };
}

function withoutBlankEnds(lines: readonly string[]): readonly string[] {
  const first = lines.findIndex((line) => line.trim() !== '');
  return first < 0 ? [] : lines.slice(first);
}
