import { raw, type Script, sh } from '../core/script.ts';

/**
 * Shell functions that end a session on the site, whatever process groups its members are in:
 * `end_session SID GRACE` sends TERM, after GRACE tenths of a second KILL, and succeeds when no member is left that
 * could be signalled. Zombies do not count: where nobody reaps them, they stay for ever. Time is read from the clock
 * that no one sets, as on a host with thousands of processes each look at them takes longer than the pause between two.
 */
export const END_SESSION: Script = raw(`session_members() {
  sid=$1
  for stat in /proc/[0-9]*/stat; do
    { read -r line <"$stat"; } 2>/dev/null || continue
    member=\${stat#/proc/}
    member=\${member%/stat}
    set -- \${line##*) }
    [ "$4" = "$sid" ] || continue
    case $1 in Z | X | x) continue ;; esac
    kill -s 0 "$member" 2>/dev/null && printf '%s ' "$member"
  done
}
# Tenths of a second since the host was started.
tenths() {
  read -r up _ </proc/uptime
  part=\${up#*.}
  printf '%s\\n' "$((\${up%.*} * 10 + \${part%?}))"
}
end_session() {
  grace=$2
  begun=
  killed=
  kill -s TERM -- "-$1" 2>/dev/null
  while members=$(session_members "$1"); [ -n "$members" ]; do
    if [ -z "$begun" ]; then
      begun=$(tenths)
      kill -s TERM $members 2>/dev/null
    fi
    passed=$(($(tenths) - begun))
    if [ "$passed" -ge "$grace" ]; then
      kill -s KILL $members 2>/dev/null
      killed=\${killed:-$passed}
      [ "$passed" -lt $((killed + 50)) ] || return 1
    fi
    sleep 0.1
  done
  return 0
}`);

/** Ends the session of an attached script; exit code 0 when it is gone. */
export function endSession(session: number, graceMs: number): Script {
  return sh`${END_SESSION}
end_session ${session} ${Math.ceil(graceMs / 100)}`;
}
