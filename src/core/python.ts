import type { RecordedFacts } from './record.ts';
import { join, raw, type Script, sh } from './script.ts';
import { reveal } from './secret.ts';
import { type Target, variable } from './target.ts';

/**
 * Makes the site's Python available in the current shell with its load command, e.g. `module load python/3.11`.
 * The command comes from the site's configuration and is evaluated as it is; empty means nothing to load. Needs a
 * login shell where it is a `module` command.
 */
export function loadPython(target: Target, redirect = ''): Script {
  const command = variable(target, 'JAWS_LOAD_PYTHON');
  return reveal(command).trim() === '' ? raw(':') : sh`eval ${command}${raw(redirect)}`;
}

/**
 * Prints Python's version, then fails when it cannot make a venv. The two modules are looked for and not imported, and
 * by the finders that are there, as importing something takes longer than all else; both are Python's own, so that
 * `-S` spares it the packages of the site.
 */
const ABLE = `import sys
sys.stdout.write("%d.%d.%d\\n" % sys.version_info[:3])
sys.stdout.flush()
for name in ("ensurepip", "venv"):
    if not any(finder.find_spec(name, None) for finder in sys.meta_path):
        sys.exit("No module named " + name)`;

/**
 * Records `load` (exit code and message of the load command), `offers` (what `module avail` lists instead), `python`
 * (version), `pythonPath` and `venvModule` (`ok` or why a venv cannot be made). To be used inside a recorded script;
 * changes the environment of that only.
 */
export function recordPython(target: Target): Script {
  const python = variable(target, 'JAWS_PYTHON');
  return join([
    recordLoad(target),
    sh`able=0
out=$(${python} -S -c ${ABLE} 2>&1) || able=$?
case "$out" in
  [0-9]*.*)
    put python "\${out%%[!0-9.]*}"
    put pythonPath "$(command -v ${python})"
    if [ "$able" -eq 0 ]; then put venvModule ok; else put venvModule "$(printf '%s\n' "$out" | tail -n 1)"; fi ;;
esac`,
  ]);
}

/**
 * Older environment modules end with 0 when there is no such module, and only say so: hence a trial in a subshell,
 * whose words are read. What is loaded is loaded after it, as a subshell keeps its environment to itself.
 */
function recordLoad(target: Target): Script {
  const command = reveal(variable(target, 'JAWS_LOAD_PYTHON')).trim();
  if (command === '') return raw(':');
  const modules = modulesOf(command);
  const offers =
    modules.length === 0
      ? raw(':')
      : sh`show offers 0 "$({ ${join(
          modules.map((name) => sh`module -t avail ${name} 2>&1`),
          '; ',
        )}; } | head -n 100)"`;
  return sh`code=0; out=$(${loadPython(target)} 2>&1) || code=$?
case "$code:$out" in 0:*ERROR:* | 0:*'nable to locate a modulefile'*) code=1 ;; esac
if [ "$code" -eq 0 ]; then ${loadPython(target, ' >/dev/null 2>&1')}
else
  show load "$code" "$out"
  ${offers}
fi`;
}

/** Names without versions of the modules that a line loads, e.g. `python` of `module load python/3.11`. */
function modulesOf(command: string): readonly string[] {
  const words = /^module\s+(?:load|add)\s+([^;&|]+)/.exec(command)?.[1]?.trim().split(/\s+/) ?? [];
  return words.filter((word) => !word.startsWith('-')).map((word) => word.replace(/\/[^/]*$/, ''));
}

/** Why the load command, Python or its venv module cannot be used, from what {@link recordPython} recorded. */
export function pythonProblemIn(target: Target, record: RecordedFacts): string | undefined {
  const load = record.text('load');
  if (load !== undefined) {
    const offered = (record.text('offers')?.lines ?? [])
      .map((line) => line.replace(/\(.*\)\s*$/, '').trim())
      .filter((line) => /^[^\s/:-][^\s:]*$/.test(line));
    const offers = offered.length === 0 ? '' : `; module avail offers ${[...new Set(offered)].join(', ')}`;
    const command = reveal(variable(target, 'JAWS_LOAD_PYTHON'));
    return `the load command \`${command}\` ended with exit code ${load.code}: ${load.lines.join(' ')}${offers}`;
  }
  if (record.value('python') === undefined) return 'it does not run';
  const module = record.value('venvModule');
  return module === 'ok' ? undefined : `it cannot make a venv: ${module ?? 'no answer'}`;
}
