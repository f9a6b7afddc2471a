import type { Fact } from '../core/fact.ts';
import { parseRecord, recorded } from '../core/record.ts';
import { join, raw, type Script, sh } from '../core/script.ts';
import { sitePath } from '../core/site-path.ts';
import type { Target } from '../core/target.ts';
import { imagePlaces, MARK } from './apptainer-image.ts';
import { apptainerOptions, programOf } from './apptainer-options.ts';
import { type Disk, diskIn, diskScript } from './disk.ts';
import type { Installed } from './installer.ts';

/** What is observed of the images at a site and of what the next pull needs. */
export interface ApptainerFacts extends Disk {
  /** What the program says of its version, e.g. `apptainer version 1.3.4`. */
  readonly program?: string;
  /** Why the program cannot be used. */
  readonly programProblem?: string;
  /** Folder in which pulled images are cached, and whether the account can write there. */
  readonly cache?: { readonly path: string; readonly writable: boolean };
  readonly installed: Installed;
  /** Complete releases, by name. */
  readonly releases: readonly { readonly name: string; readonly version: string }[];
  /** Names of images that were not pulled by us, e.g. `site-2.5.3.sif` of earlier scripts. */
  readonly foreign: readonly string[];
}

export function observeApptainer(target: Target): Fact<ApptainerFacts> {
  return {
    name: 'install',
    script: recorded(
      join([
        liveScript(target),
        imagesScript(target),
        programScript(target),
        cacheScript(target),
        diskScript(target.paths.bin),
      ]),
    ),
    parse: (stdout) => parseApptainer(target, stdout),
  };
}

/** Only which release is live and of which version. */
export function liveApptainer(target: Target): Fact<Installed> {
  return {
    name: 'live',
    script: recorded(liveScript(target)),
    parse: (stdout) => installedIn(target, parseRecord(stdout, `${target.id}: install`)),
  };
}

function liveScript(target: Target): Script {
  const { live } = imagePlaces(target);
  return sh`if [ -L ${live} ] && [ -r ${live} ]; then
  image=$(readlink ${live})
  put link "$image"
  if [ -r "$image"${MARK} ]; then put version "$(sed -n 's/^version=//p' "$image"${MARK})"; fi
fi`;
}

function imagesScript(target: Target): Script {
  const { prefix } = imagePlaces(target);
  return sh`for image in ${prefix}*.sif; do
  [ -r "$image" ] || continue
  name=\${image#${prefix}}
  name=\${name%.sif}
  if [ -r "$image"${MARK} ]; then put release "$name $(sed -n 's/^version=//p' "$image"${MARK})"
  else put foreign "\${image##*/}"
  fi
done`;
}

function programScript(target: Target): Script {
  return sh`if ! program=$({ printf '%s\\n' ${sitePath(programOf(target))}; } 2>&1); then put programProblem "$program"
elif [ ! -e "$program" ]; then put programProblem 'it is not there'
elif out=$("$program" --version 2>&1); then put program "$out"
else put programProblem "$(printf '%s\\n' "$out" | tail -n 1)"
fi`;
}

/** The cache is made at the first pull, so the nearest folder that exists decides. */
function cacheScript(target: Target): Script {
  const configured = apptainerOptions(target).environment['APPTAINER_CACHEDIR'];
  const chosen =
    configured === undefined
      ? raw('cache=${APPTAINER_CACHEDIR:-$HOME/.apptainer/cache}')
      : sh`cache=${configured}`;
  return sh`${chosen}
case $cache in /*) near=$cache ;; *) near=$PWD/$cache ;; esac
while [ ! -e "$near" ] && [ "$near" != / ]; do near=\${near%/*}; near=\${near:-/}; done
put cache "$cache"
if [ -d "$near" ] && [ -w "$near" ]; then put cacheWritable yes; else put cacheWritable no; fi`;
}

type Recorded = ReturnType<typeof parseRecord>;

function parseApptainer(target: Target, stdout: string): ApptainerFacts {
  const record = parseRecord(stdout, `${target.id}: install`);
  const program = record.value('program');
  const programProblem = record.value('programProblem');
  const cache = record.value('cache');
  return {
    installed: installedIn(target, record),
    releases: record.values('release').map((line) => {
      const space = line.indexOf(' ');
      return { name: line.slice(0, space), version: line.slice(space + 1) };
    }),
    foreign: record.values('foreign'),
    ...diskIn(record.value('space') ?? ''),
    ...(program === undefined ? {} : { program }),
    ...(programProblem === undefined ? {} : { programProblem }),
    ...(cache === undefined
      ? {}
      : { cache: { path: cache, writable: record.value('cacheWritable') === 'yes' } }),
  };
}

function installedIn(target: Target, record: Recorded): Installed {
  const link = record.value('link');
  const version = record.value('version');
  if (link === undefined) return {};
  const { prefix } = imagePlaces(target);
  const live =
    link.startsWith(prefix) && link.endsWith('.sif') ? link.slice(prefix.length, -'.sif'.length) : link;
  return version ? { live, version } : { live };
}
