import { quote, revealed, type Script } from '../core/script.ts';

/** What goes over the wire for one script: a command that any login shell takes, and the bytes of its stdin. */
export interface Bootstrap {
  readonly command: string;
  readonly input: Uint8Array;
}

export interface BootstrapOptions {
  /** Unique text that frames the output; only printable characters that no shell minds. */
  readonly token: string;
  readonly shell: 'sh' | 'login';
  /** Account to become with sudo. */
  readonly become?: string;
  /** What the script finds on its stdin. */
  readonly payload?: Uint8Array;
}

/**
 * Packs a script so that it runs in one round trip under any login shell, csh included: the command line holds no
 * secret and nothing that a shell could expand, only the length of the program that follows on stdin. The program is
 * the script with what frames its output; the rest of stdin is left to the script.
 * @throws RangeError when the account's name is not one a Unix system allows.
 */
export function bootstrap(script: Script, options: BootstrapOptions): Bootstrap {
  const { token, shell, become, payload } = options;
  const text = Buffer.from(framed(revealed(script), token));
  const program = shell === 'login' ? 'bash -l -c' : 'sh -c';
  const command = `${sudo(become)}${program} 'eval "{ \`head -c ${text.length}\`"'`;
  return { command, input: Buffer.concat([text, payload ?? new Uint8Array()]) };
}

function sudo(account: string | undefined): string {
  if (account === undefined) return '';
  if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(account)) {
    throw new RangeError(`${JSON.stringify(account)} is not the name of an account`);
  }
  return `sudo -n -u ${account} -i `;
}

/**
 * Half a program is a syntax error and runs nothing: one brace, in the command, opens what its last byte closes. Where
 * a profile has taken bytes from the front, it does not begin with the token that it looks for. The script is a word of
 * it, so that a mistake in a command of a runbook is the script's own. Both streams are framed: what profiles print
 * before, and what they print at logout, is not the script's. The begin line tells the shell's own session, so that the
 * script can be ended from outside.
 */
function framed(script: string, token: string): string {
  return `_jaws_whole=${token}
_jaws_line=
read -r _jaws_line 2>/dev/null </proc/$$/stat
set -- \${_jaws_line##*) }
_jaws_line=\${4:-$$}
set --
printf '%s begin %s\\n' ${token} "$_jaws_line"
printf '%s begin %s\\n' ${token} "$_jaws_line" >&2
([ "$_jaws_whole" = ${token} ] || { echo 'jaws-ops: the script arrived cut' >&2; exit 255; }; eval ${quote(script)})
_jaws_line=$?
printf '%s end %s\\n' ${token} "$_jaws_line"
printf '%s end %s\\n' ${token} "$_jaws_line" >&2
(exit "$_jaws_line")
}`;
}
