import { quote } from '../core/script.ts';

/** One thing to type after a dash or two. */
export interface Completed {
  /** As typed, e.g. `--launch-tool`, `-n`. */
  readonly name: string;
  readonly about: string;
  /** Absent for one without a value; empty for a value that nobody can guess. */
  readonly values?: readonly string[];
}

/** What may follow one command. Of each group of words one is typed, in any order. */
export interface Completion {
  readonly name: string;
  readonly about: string;
  readonly groups: readonly (readonly string[])[];
  readonly options: readonly Completed[];
}

/** The script of each shell, from what can be typed. */
export const SHELLS = { bash, zsh, fish } as const;
export type Shell = keyof typeof SHELLS;

/**
 * Both of bash and zsh look up three strings of a command: its groups of words with `|` between, its options, and the
 * values of the option before the cursor; `-` for a value that nobody can guess.
 */
function tables(all: readonly Completion[]): string {
  const groups = all.map(
    ({ name, groups: words }) =>
      `    ${name}) echo ${quote(words.map((group) => group.join(' ')).join('|'))} ;;`,
  );
  const options = all.map(
    ({ name, options: known }) =>
      `    ${name}) echo ${quote(known.map((option) => option.name).join(' '))} ;;`,
  );
  const values = all.flatMap(({ name, options: known }) =>
    known.flatMap(({ name: option, values: words }) =>
      words === undefined
        ? []
        : [`    ${quote(`${name} ${option}`)}) echo ${quote(words.join(' ') || '-')} ;;`],
    ),
  );
  return `_jaws_ops_groups() {
  case $1 in
${groups.join('\n')}
  esac
}
_jaws_ops_options() {
  case $1 in
${options.join('\n')}
  esac
}
_jaws_ops_values() {
  case "$1 $2" in
${values.join('\n')}
  esac
}
# What may follow the words typed so far, the program's name not among them; one a line. Of each group one is typed.
_jaws_ops_next() {
  local last command groups group word typed taken
  if [ $# -eq 0 ]; then printf '%s\\n' ${all.map(({ name }) => quote(name)).join(' ')}; return; fi
  command=$1
  for last in "$@"; do :; done
  shift
  group=$(_jaws_ops_values "$command" "$last")
  if [ -n "$group" ]; then
    [ "$group" = - ] || printf '%s\\n' "$group" | tr ' ' '\\n'
    return
  fi
  typed=" $* "
  _jaws_ops_groups "$command" | tr '|' '\\n' | while read -r group; do
    taken=
    for word in $(printf '%s' "$group" | tr ' ' '\\n'); do
      case $typed in *" $word "*) taken=yes ;; esac
    done
    [ -n "$taken" ] || printf '%s\\n' "$group" | tr ' ' '\\n'
  done
  for word in $(_jaws_ops_options "$command" | tr ' ' '\\n'); do
    case $typed in *" $word "*) ;; *) printf '%s\\n' "$word" ;; esac
  done
}
`;
}

function bash(all: readonly Completion[]): string {
  return `# Completion of jaws-ops for bash. Made by: jaws-ops completion bash
${tables(all)}_jaws_ops() {
  local IFS=$' \\t\\n'
  COMPREPLY=($(compgen -W "$(_jaws_ops_next "\${COMP_WORDS[@]:1:COMP_CWORD-1}")" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _jaws_ops jaws-ops
`;
}

function zsh(all: readonly Completion[]): string {
  return `#compdef jaws-ops
# Completion of jaws-ops for zsh. Made by: jaws-ops completion zsh
${tables(all)}_jaws_ops() {
  local -a found
  found=(\${(f)"$(_jaws_ops_next "\${(@)words[2,CURRENT-1]}")"})
  compadd -- $found
}
if [ "$funcstack[1]" = _jaws-ops ]; then _jaws_ops "$@"; else compdef _jaws_ops jaws-ops; fi
`;
}

function fish(all: readonly Completion[]): string {
  const seen = (name: string) => `-n ${fishQuoted(`__fish_seen_subcommand_from ${name}`)}`;
  const lines = all.flatMap(({ name, about, groups, options }) => [
    `complete -c jaws-ops -n __fish_use_subcommand -a ${name} -d ${fishQuoted(about)}`,
    ...groups.map((group) => `complete -c jaws-ops ${seen(name)} -a ${fishQuoted(group.join(' '))}`),
    ...options.map(({ name: option, about: what, values }) => {
      const dashes = option.startsWith('--') ? `-l ${option.slice(2)}` : `-s ${option.slice(1)}`;
      const takes =
        values === undefined ? '' : ` -x${values.length === 0 ? '' : ` -a ${fishQuoted(values.join(' '))}`}`;
      return `complete -c jaws-ops ${seen(name)} ${dashes}${takes} -d ${fishQuoted(what)}`;
    }),
  ]);
  return `# Completion of jaws-ops for fish. Made by: jaws-ops completion fish
complete -c jaws-ops -f
${lines.join('\n')}
`;
}

/** A word of fish, which knows two escapes between single quotes. */
function fishQuoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', ' ')}'`;
}
