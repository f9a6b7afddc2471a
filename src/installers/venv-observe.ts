import { OpsError } from '../core/errors.ts';
import type { Fact } from '../core/fact.ts';
import { pythonProblemIn, recordPython } from '../core/python.ts';
import { parseRecord, recorded } from '../core/record.ts';
import { join, raw, type Script, sh } from '../core/script.ts';
import type { Target } from '../core/target.ts';
import { type Disk, diskIn, diskScript } from './disk.ts';
import type { Installed, Release } from './installer.ts';
import { type VenvSource, venvOptions } from './venv-options.ts';
import { atVersion, COMPLETE_MARK, piecesOf, versionedTemplate, versionsIn } from './venv-release.ts';

/** What is observed of the installs at a site and of what the next one needs. */
export interface VenvFacts extends Disk {
  readonly python?: { readonly version: string; readonly path: string };
  /** Why python or its venv module cannot be used. */
  readonly pythonProblem?: string;
  readonly source: 'ok' | 'missing' | 'unknown';
  /** What the source said when it could not be looked at. */
  readonly sourceProblem?: string;
  /** Versions that the source has, oldest first; empty when it does not tell. */
  readonly available: readonly string[];
  readonly installed: Installed;
  /** Python that the live venv was made from and that is not there any more. */
  readonly gone?: string;
  /** True when the live install is a plain folder, as earlier deploy scripts made it. */
  readonly legacy: boolean;
  /** Complete releases, by name. */
  readonly releases: readonly { readonly name: string; readonly version: string }[];
}

/** Seconds a git server gets to list its branches and tags. */
const GIT_SEC = 20;

/** Name of the live release when it is a plain folder. */
export const LEGACY = 'legacy';

/** Prints the version of the installed package that provides the command `jaws-site`, or an empty line. */
export const PACKAGE_VERSION = `from importlib.metadata import distributions
found = [d for d in distributions() if any(e.group == 'console_scripts' and e.name == 'jaws-site' for e in d.entry_points)]
print(found[0].version if found else '')`;

export function observeVenv(target: Target, release: Release): Fact<VenvFacts> {
  const { source } = venvOptions(target);
  return {
    name: 'install',
    script: recorded(
      join([
        liveScript(target),
        releasesScript(target),
        diskScript(target.paths.venvs),
        sourceScript(source, release),
        recordPython(target),
      ]),
    ),
    parse: (stdout) => parseVenv(target, source, stdout),
  };
}

/** Only which release is live and of which version. */
export function liveVenv(target: Target): Fact<Installed> {
  return {
    name: 'live',
    script: recorded(liveScript(target)),
    parse: (stdout) => installedIn(target, parseRecord(stdout, `${target.id}: install`)),
  };
}

/** `mark_of KEY FILE`: fills `marked` with the value of a `KEY=` line of a release's mark. */
export const MARK_OF: Script = raw(`mark_of() {
  marked=
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in "$1="*) marked=\${line#*=} ;; esac
  done <"$2"
}`);

function liveScript({ paths }: Target): Script {
  return sh`${MARK_OF}
if [ -L ${paths.venv} ]; then
  put link "$(readlink ${paths.venv})"
  ${worksScript(paths.venv)}
  if [ -r ${paths.venv}/${COMPLETE_MARK} ]; then mark_of version ${paths.venv}/${COMPLETE_MARK}; put version "$marked"; fi
elif [ -d ${paths.venv} ]; then
  put folder yes
  ${worksScript(paths.venv)}
  put version "$(${paths.venv}/bin/python -c ${PACKAGE_VERSION} 2>/dev/null)"
fi`;
}

/** A venv dies with the Python it was made from, e.g. a module that was removed: its own is a link to that. */
function worksScript(venv: string): Script {
  return sh`if [ -x ${venv}/bin/jaws-site ] && [ -x ${venv}/bin/python ]; then put works yes; else put works no; fi
  [ -x ${venv}/bin/python ] || put gone "$(readlink -m ${venv}/bin/python)"`;
}

function releasesScript({ paths }: Target): Script {
  return sh`for mark in ${paths.venvs}/*/${COMPLETE_MARK}; do
  [ -r "$mark" ] || continue
  name=\${mark%/*}
  mark_of version "$mark"
  put release "\${name##*/} $marked"
done`;
}

function sourceScript(source: VenvSource, release: Release): Script {
  if ('git' in source) return gitScript(source.git, atVersion(source.ref, release.version));
  const template = 'wheel' in source ? source.wheel : source.directory;
  const path = atVersion(template, release.version);
  const there =
    'wheel' in source ? sh`[ -r ${path} ]` : sh`[ -r ${path}/pyproject.toml ] || [ -r ${path}/setup.py ]`;
  const pieces = piecesOf(template).map((piece) => sh`${piece}`);
  // Without a place for the version there is nothing to list.
  const others =
    pieces.length === 1
      ? raw(':')
      : sh`for file in ${join(pieces, '*')}; do [ ! -e "$file" ] || put candidate "$file"; done`;
  return sh`if ${there}; then put source ok; else put source missing; fi
${others}`;
}

/** A ref that is a commit is in no list, so nothing can be said of it. */
function gitScript(url: string, ref: string): Script {
  if (/^[0-9a-f]{40}$/.test(ref)) return raw('put source unknown');
  return sh`if out=$(GIT_TERMINAL_PROMPT=0 timeout ${GIT_SEC} git ls-remote --heads --tags -- ${url} 2>&1); then
  if printf '%s\\n' "$out" | awk -v ref=${ref} '$2 == "refs/tags/" ref || $2 == "refs/heads/" ref { found = 1 } END { exit !found }'
  then put source ok; else put source missing; fi
  printf '%s\\n' "$out" | awk '{ sub(/^refs\\/(tags|heads)\\//, "", $2); print $2 }' | tail -n 500 | while read -r name; do put candidate "$name"; done
else show sourceProblem "$?" "$(printf '%s\\n' "$out" | tail -n 3)"; put source unknown
fi`;
}

function parseVenv(target: Target, source: VenvSource, stdout: string): VenvFacts {
  const record = parseRecord(stdout, `${target.id}: install`);
  const template = versionedTemplate(source);
  const version = record.value('python');
  const gone = record.value('gone');
  const problem = pythonProblemIn(target, record);
  const sourceProblem = record.text('sourceProblem')?.lines.join(' ');
  const state = record.value('source');
  if (state !== 'ok' && state !== 'missing' && state !== 'unknown') {
    throw new OpsError(
      'site.output',
      `${target.id}: install: source: got "${state ?? ''}", expected ok | missing | unknown`,
    );
  }
  return {
    source: state,
    available: template === undefined ? [] : versionsIn(template, record.values('candidate')),
    installed: installedIn(target, record),
    legacy: record.value('folder') === 'yes',
    releases: record.values('release').map((line) => {
      const space = line.indexOf(' ');
      return { name: line.slice(0, space), version: line.slice(space + 1) };
    }),
    ...diskIn(record.value('space') ?? ''),
    ...(version === undefined ? {} : { python: { version, path: record.value('pythonPath') ?? '' } }),
    ...(gone === undefined ? {} : { gone }),
    ...(problem === undefined ? {} : { pythonProblem: problem }),
    ...(sourceProblem === undefined ? {} : { sourceProblem }),
  };
}

type Recorded = ReturnType<typeof parseRecord>;

function installedIn({ paths }: Target, record: Recorded): Installed {
  const version = record.value('version');
  const link = record.value('link');
  const name = record.value('folder') === 'yes' ? LEGACY : link?.slice(link.lastIndexOf('/') + 1);
  // A link to a venv that is gone is no install.
  if (name === undefined || record.value('works') !== 'yes') return {};
  if (link !== undefined && link !== `${paths.venvs}/${name}`)
    return version ? { live: link, version } : { live: link };
  return version ? { live: name, version } : { live: name };
}
