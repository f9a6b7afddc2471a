import { type Script, sh } from '../core/script.ts';
import type { Target } from '../core/target.ts';

/**
 * `own_processes`: prints `PID PPID PGID COMMAND` of each process of this account that runs from the target's venvs.
 * Only the first two words of a command are looked at, a program and the script it runs: what names a path further on
 * is no match.
 * The kernel's own lists of words are searched first: ps takes its time for every process of the host.
 */
export function ownProcessesFunction({ paths }: Target): Script {
  const [live, releases] = [`${paths.venv}/`, `${paths.venvs}/`];
  return sh`own_processes() {
  list=
  # What is looked for comes by stdin: as an argument it would be found in the search itself.
  for file in $(printf '%s\\n' ${[live, releases]} | grep -lsF -f /dev/stdin /proc/[0-9]*/cmdline); do
    file=\${file%/*}
    # The folder: its files are root's where a process may not be looked into.
    [ ! -O "$file" ] || list=$list,\${file##*/}
  done
  [ -n "$list" ] || return 0
  ps -ww -o pid= -o ppid= -o pgid= -o args= -p "\${list#,}" | while read -r p parent group command; do
    case "$command" in ${live}* | ${releases}*) ;; *) case "\${command#* }" in ${live}* | ${releases}*) ;; *) continue ;; esac ;; esac
    printf '%s %s %s %s\\n' "$p" "$parent" "$group" "$command"
  done
}`;
}
