import { OpsError } from '../core/errors.ts';
import { join, masked, raw, type Script, sh } from '../core/script.ts';
import type { Target } from '../core/target.ts';
import { CLEANUP_FOLDERS, cronCommands } from './cleanup-script.ts';

/** One line of a site's crontab that is ours. */
export interface CronLine {
  readonly deployment: string;
  readonly what: string;
  /** The five fields, e.g. `0 2 * * 0`. */
  readonly when: string;
  readonly command: string;
}

/** The lines that remove old data at a site; none where data is in buckets. */
export function cronLines({ cleanup }: Target): readonly CronLine[] {
  const hours = { inputs: cleanup.inputsHour, executions: cleanup.executionsHour };
  return cleanup.places.flatMap((place) => {
    const commands = cronCommands(place, cleanup.days);
    return CLEANUP_FOLDERS.map((what) => ({
      deployment: place.deployment,
      what,
      when: `0 ${hours[what]} * * ${cleanup.weekdays[place.deployment]}`,
      command: cronText(masked(commands[what])),
    }));
  });
}

/** cron takes an unescaped percent sign for a line end. */
function cronText(command: string): string {
  if (command.includes('\n')) throw new OpsError('render.value', 'a crontab line cannot hold a line end');
  return command.replaceAll('%', '\\%');
}

/** The marked block as it stands in the crontab, markers included. */
export function cronBlock(target: Target): readonly string[] {
  return [
    beginOf(target),
    ...cronLines(target).map(({ when, command }) => `${when} ${command}`),
    endOf(target),
  ];
}

function beginOf({ site }: Target): string {
  return `# BEGIN jaws-ops cleanup ${site}`;
}

function endOf({ site }: Target): string {
  return `# END jaws-ops cleanup ${site}`;
}

/**
 * `read_table FILE`: writes the account's crontab into a file, empty when it has none; fails when it cannot be read.
 * `marks_ok FILE`: whether our markers stand there in order, once or not at all. `foreign FILE` and `ours FILE` print
 * the lines outside and inside our markers.
 */
export function tableFunctions(target: Target): Script {
  return sh`begin=${beginOf(target)}
end=${endOf(target)}
read_table() {
  said=$(LC_ALL=C crontab -l 2>&1 >"$1") && return 0
  case $said in *'no crontab'*) : >"$1" ;; *) return 1 ;; esac
}
marks_ok() {
  awk -v begin="$begin" -v end="$end" '
    $0 == begin { if (open || seen) bad = 1; open = 1; seen = 1 }
    $0 == end { if (!open) bad = 1; open = 0 }
    END { exit bad || open }' "$1"
}
foreign() { awk -v begin="$begin" -v end="$end" '$0 == begin { inside = 1; next } $0 == end { inside = 0; next } !inside' "$1"; }
ours() { awk -v begin="$begin" -v end="$end" '$0 == begin { inside = 1 } inside; $0 == end { inside = 0 }' "$1"; }`;
}

/** Puts our block where it stood, or at the end, and leaves every other line as it is. Repeatable. */
export function installScript(target: Target): Script {
  return join([
    raw(`command -v crontab >/dev/null 2>&1 || fail 'there is no crontab command at this site'
umask 077
work=$(mktemp -d) || fail 'no temporary folder can be made'
trap 'rm -rf "$work"' EXIT`),
    tableFunctions(target),
    sh`printf '%s\\n' ${cronBlock(target)} >"$work/block"`,
    raw(`read_table "$work/old" || fail "the crontab cannot be read: $said"
marks_ok "$work/old" || fail "the markers of our block ($begin … $end) are damaged: mend the crontab by hand"
awk -v begin="$begin" -v end="$end" -v block="$work/block" '
  function put(  line) { while ((getline line <block) > 0) print line; done = 1 }
  $0 == begin { put(); inside = 1; next }
  $0 == end { inside = 0; next }
  !inside { print }
  END { if (!done) put() }' "$work/old" >"$work/new"
foreign "$work/old" >"$work/before"
foreign "$work/new" >"$work/after"
cmp -s "$work/before" "$work/after" || fail 'lines of others would change; nothing was done'
if cmp -s "$work/old" "$work/new"; then did 'the crontab has the block already'; exit 0; fi
said=$(crontab "$work/new" 2>&1) || fail "the crontab was refused: $said"
read_table "$work/now" && cmp -s "$work/new" "$work/now" || fail 'the crontab is not what was installed'
did "installed $(($(wc -l <"$work/block") - 2)) lines; $(wc -l <"$work/after") lines of others left as they were"`),
  ]);
}

/** Records `crontab` (`ok`, `missing`, `unreadable` or `damaged`), `block` and the number of lines of `others`. */
export function showScript(target: Target): Script {
  return join([
    tableFunctions(target),
    raw(`if ! command -v crontab >/dev/null 2>&1; then put crontab missing
else
  umask 077
  work=$(mktemp -d) || exit 1
  if ! read_table "$work/old"; then put crontab unreadable; put said "$said"
  elif ! marks_ok "$work/old"; then put crontab damaged
  else put crontab ok
  fi
  show block 0 "$(ours "$work/old")"
  put others "$(foreign "$work/old" | grep -c .)"
  rm -rf "$work"
fi`),
  ]);
}
