import { join, raw, type Script, sh } from '../core/script.ts';
import { SUPERVISOR_GROUP } from '../core/service.ts';
import type { Target } from '../core/target.ts';
import { supervisordOptions } from './supervisord-options.ts';
import { supervisordPaths } from './supervisord-paths.ts';

/** Seconds between two of the connections that wake supervisord. */
const WAKE_SEC = 0.05;

/**
 * Asks supervisord by the way that supervisorctl uses, XML-RPC over HTTP, with bash alone: starting supervisorctl
 * takes a third of a second of CPU time, most of it for imports. Arguments: supervisor.conf, the method, a text where
 * it takes one (else empty), the seconds after which supervisord is woken for the first time, and a variable and a
 * program for the awk that reads the answer; in `status` it finds the first line of that. The password passes through
 * builtins, Base64 included, never through an argument; in the locale C a character is a byte. Anything out of the
 * ordinary (a socket instead of a port, a value with a comment or an expansion) is an exit code, and left to
 * supervisorctl.
 *
 * What has to wait, a start or a stop, supervisord answers when something wakes its loop, else at the loop's next
 * second: a connection without a word wakes it, so that nothing stands for a second longer than it takes.
 */
const CLIENT = `section='' url='' user='' password=''
while IFS= read -r line; do
  case $line in
    '['*) section=$line ;;
    serverurl=* | username=* | password=*)
      [[ $section == '[supervisorctl]' ]] || continue
      value=\${line#*=}
      [[ \${value//%%/} != *%* && ! $value =~ ^[[:space:]]|[[:space:]]([\\;#]|$) ]] || exit 9
      value=\${value//%%/%}
      case $line in s*) url=$value ;; u*) user=$value ;; *) password=$value ;; esac ;;
  esac
done <"$1"
[[ $url =~ ^http://([A-Za-z0-9.-]+):([0-9]+)/?$ ]] || exit 9
login='' text=$user:$password
digits=ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/
for ((i = 0; i < \${#text}; i += 3)); do
  bits=0
  for ((j = i; j < i + 3; j++)); do
    printf -v byte %d "'\${text:j:1}"
    bits=$((bits << 8 | byte & 255))
  done
  for shift in 18 12 6 0; do login+=\${digits:bits >> shift & 63:1}; done
done
case $((\${#text} % 3)) in 1) login=\${login%??}== ;; 2) login=\${login%?}= ;; esac
param=\${3:+<param><value><string>$3</string></value></param>}
body="<?xml version='1.0'?><methodCall><methodName>supervisor.$2</methodName><params>$param</params></methodCall>"
address=/dev/tcp/\${BASH_REMATCH[1]}/\${BASH_REMATCH[2]}
exec 3<>"$address" || exit 9
printf 'POST /RPC2 HTTP/1.0\\r\\nContent-Type: text/xml\\r\\nAuthorization: Basic %s\\r\\nContent-Length: %d\\r\\n\\r\\n%s' "$login" "\${#body}" "$body" >&3
first='' code=0 pause=$4
until IFS= read -r -t "$pause" part <&3 || { code=$?; [ "$code" -le 128 ]; }; do
  first+=$part code=0 pause=${WAKE_SEC}
  : <>"$address"
done
[ "$code" -eq 0 ] || exit 9
exec awk -v "status=$first$part" -v "$5" "$6" <&3`;

/** Seconds in which a supervisord that is well answers a question; one that does not is left to supervisorctl. */
const ANSWER_SEC = 10;
/** Seconds for a start or stop of our group, where each program may take its startsecs or stopwaitsecs. */
const ACT_SEC = 150;

/** An answer that did not come whole, or that says no. */
const REFUSED = `BEGIN { if (status !~ /^HTTP\\/[0-9.]+ 200 /) bad = 1 }
/<fault>/ { bad = 1 }
/^<\\/methodResponse>/ { whole = 1 }
`;

/** The fields of a struct as `info`, when its end is reached. */
const FIELDS = `function plain(text) {
  gsub(/<[^>]*>/, "", text); gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text); gsub(/&amp;/, "\\\\&", text)
  return text
}
${REFUSED}/^<name>.*<\\/name>$/ { key = plain($0); next }
/^<value>.*<\\/value>$/ && key != "" { info[key] = plain($0); key = ""; next }
`;

/** The answer to getAllProcessInfo as supervisorctl prints it; exit code 0, 3 when something is stopped, else 9. */
const STATUS = `${FIELDS}/^<\\/struct>/ {
  if (!("group" in info && "name" in info && "statename" in info && "description" in info)) bad = 1
  unit = info["group"] == info["name"] ? info["name"] : info["group"] ":" info["name"]
  if (wanted == "" || wanted == unit || wanted == info["group"] ":*") {
    printf "%-33s%-10s%s\\n", unit, info["statename"], info["description"]
    found = 1
    if (info["statename"] ~ /^(STOPPED|EXITED|FATAL|UNKNOWN)$/) code = 3
  }
  split("", info)
}
END { exit whole && found && !bad ? code : 9 }`;

/**
 * The answer to startProcessGroup and stopProcessGroup as supervisorctl prints it; exit code 0, 7 when a
 * program did not come up, else 9. The codes are those of Supervisor's xmlrpc.Faults.
 */
const ACTED = `${FIELDS}/^<\\/struct>/ {
  if (!("group" in info && "name" in info && "status" in info)) bad = 1
  unit = info["group"] == info["name"] ? info["name"] : info["group"] ":" info["name"]
  fault = info["status"]
  if (fault == 80) print unit ": " done
  else if (fault == 60) print unit ": ERROR (already started)"
  else if (fault == 70) print unit ": ERROR (not running)"
  else if (fault == 40 || fault == 50) { print unit ": ERROR (" (fault == 50 ? "spawn error" : "abnormal termination") ")"; code = 7 }
  else bad = 1
  found = 1
  split("", info)
}
END { exit whole && found && !bad ? code : 9 }`;

/** The answer to reloadConfig names groups only where one was added, changed or removed. */
const UNCHANGED = `${REFUSED}/<string>/ { bad = 1 }
END { exit whole && !bad ? 0 : 9 }`;

/**
 * `quick_status [UNIT]`: prints what `supervisorctl status` would, with the exit code 0 or 3; any other code means
 * that supervisorctl has to be asked. `quick_start` and `quick_stop`: what `supervisorctl start` and `stop` of our
 * whole group do and print, with the exit code 0 or 7; after any other code supervisorctl may be told the same once
 * more. These three are called in a `$( )` of their own, which they replace. `unchanged`: lets supervisord read its
 * files again and succeeds when nothing of it has changed, so that there is nothing to update.
 */
export function rpcFunctions(target: Target): Script {
  const { conf } = supervisordPaths(target);
  const { startSecs } = supervisordOptions(target);
  return join([
    // In the place of the shell that asks, which is always one that was made for it.
    sh`rpc() {
  [ -r ${conf} ] || exit 9
  LC_ALL=C exec timeout "$1" bash -c ${CLIENT} rpc ${conf} "$2" "$3" "$4" "$5" "$6" 2>/dev/null
}`,
    sh`quick_status() { rpc ${ANSWER_SEC} getAllProcessInfo '' ${WAKE_SEC} wanted="$1" ${raw(quoted(STATUS))}; }`,
    sh`unchanged() ( rpc ${ANSWER_SEC} reloadConfig '' ${WAKE_SEC} _= ${raw(quoted(UNCHANGED))} )`,
    sh`quick_start() { rpc ${ACT_SEC} startProcessGroup ${SUPERVISOR_GROUP} ${startSecs} done=started ${raw(quoted(ACTED))}; }`,
    sh`quick_stop() { rpc ${ACT_SEC} stopProcessGroup ${SUPERVISOR_GROUP} ${WAKE_SEC} done=stopped ${raw(quoted(ACTED))}; }`,
  ]);
}

/** A program of awk as one word; shellcheck knows it for one only in single quotes. */
function quoted(program: string): string {
  return `'${program}'`;
}
