import type { Fact } from '../core/fact.ts';
import type { Finding } from '../core/finding.ts';
import { parseRecord, recorded, telling } from '../core/record.ts';
import type { ActionRequest } from '../core/request.ts';
import { type Script, sh } from '../core/script.ts';
import type { Service } from '../core/service.ts';
import type { Target } from '../core/target.ts';
import type { Installed } from '../installers/installer.ts';
import { besideName } from './beside.ts';
import { parseCatalogue } from './catalogue.ts';

/** What a deploy replaced, as it kept it at the site before it wrote anything. */
export interface Snapshot {
  /** Release of the deploy that made it, and the name of its folder. */
  readonly release: string;
  /** When it was complete, in seconds since the epoch by the site's clock. */
  readonly at: number;
  /** Files it can bring back. */
  readonly files: number;
  /** Whether a rollback has brought it back already. */
  readonly restored: boolean;
  /** Launch tool and install method of the deploy that made it. */
  readonly launcher: string;
  readonly installer: string;
  /** What was live before that deploy. */
  readonly before: Installed;
  /** The services of its files; undefined where nothing was kept of them. */
  readonly services?: readonly Service[];
}

/** Folder of the snapshot that a deploy of a release makes. */
export function snapshotPath({ paths }: Target, release: string): string {
  return `${paths.ops}/snapshots/${release}`;
}

/** Content of the file `made` in a snapshot, with which a rollback finds its way back. */
export function madeLines(target: Target, before: Installed): readonly string[] {
  return [
    `launcher=${target.launcher.kind}`,
    `installer=${target.installer.kind}`,
    `live=${before.live ?? ''}`,
    `version=${before.version ?? ''}`,
  ];
}

/** The snapshots that are complete, the newest first. */
export function snapshotFacts(target: Target): Fact<readonly Snapshot[]> {
  return {
    name: 'snapshots',
    script: recorded(sh`for made in ${snapshotPath(target, '')}*/made; do
  dir=\${made%/made}
  at=$(stat -c %Y "$dir/complete" 2>/dev/null) || continue
  restored=no
  [ ! -f "$dir/restored" ] || restored=yes
  put snapshot "$at $restored $(wc -l <"$dir/present") \${dir##*/}"
  for name in launcher installer live version; do put "$name" "$(sed -n "s/^$name=//p" "$made")"; done
  put services "$(tr '\\n' ';' <"$dir/services" 2>/dev/null)"
done`),
    parse: (stdout) => parseSnapshots(stdout, `${target.id}: snapshots`),
  };
}

function parseSnapshots(stdout: string, subject: string): readonly Snapshot[] {
  const record = parseRecord(stdout, subject);
  const [launchers, installers, lives, versions, catalogues] = [
    'launcher',
    'installer',
    'live',
    'version',
    'services',
  ].map((name) => record.values(name));
  return record
    .values('snapshot')
    .map((line, i): Snapshot => {
      const [at = '', restored, files = '', ...release] = line.split(' ');
      const live = lives?.[i] ?? '';
      const version = versions?.[i] ?? '';
      const name = release.join(' ');
      const services = parseCatalogue((catalogues?.[i] ?? '').split(';'), `${subject}: ${name}`);
      return {
        release: name,
        at: Number(at),
        files: Number(files),
        restored: restored === 'yes',
        launcher: launchers?.[i] ?? '',
        installer: installers?.[i] ?? '',
        before: { ...(live === '' ? {} : { live }), ...(version === '' ? {} : { version }) },
        ...(services === undefined ? {} : { services }),
      };
    })
    .sort((a, b) => b.at - a.at);
}

/**
 * The snapshot that a rollback brings back: that of the deploy it undoes, else the newest that was not brought back
 * yet. Undefined when the deploy to undo has none: it ended before it wrote anything.
 */
export function snapshotFor(
  { undo }: Pick<ActionRequest, 'undo'>,
  snapshots: readonly Snapshot[],
): Snapshot | undefined {
  if (undo !== undefined) return snapshots.find(({ release }) => release === undo);
  return snapshots.find(({ restored }) => !restored);
}

/** Whether a rollback has something to go back to, and may. */
export function rollbackFindings(
  request: Pick<ActionRequest, 'undo'>,
  target: Target,
  snapshots: readonly Snapshot[],
): readonly Finding[] {
  const subject = 'snapshot';
  const chosen = snapshotFor(request, snapshots);
  const fail = (message: string, next: string): readonly Finding[] => [
    { level: 'fail', subject, message, next },
  ];
  if (chosen === undefined && request.undo !== undefined)
    return [{ level: 'ok', subject, message: `${request.undo} has replaced no file` }];
  if (chosen === undefined)
    return fail(
      'there is no earlier state of this target at the site',
      'Deploy the version you want by its number.',
    );
  const [newest] = snapshots;
  if (newest !== undefined && newest.at > chosen.at && !newest.restored)
    return fail(
      `${chosen.release} is not the last deploy any more, ${newest.release} came after it`,
      'Roll that one back first, or deploy the version you want by its number.',
    );
  if (chosen.files === 0 && chosen.before.live === undefined)
    return fail(
      `${chosen.release} was the first deploy: there is nothing before it`,
      'Correct the cause and deploy again.',
    );
  const earlier = snapshots.find(({ at }) => at < chosen.at);
  const kinds = [chosen.launcher, ...(earlier === undefined ? [] : [earlier.launcher])];
  if (kinds.some((kind) => kind !== target.launcher.kind))
    return fail(
      `the launch tool has changed: ${[...new Set([...kinds, target.launcher.kind])].join(', ')}`,
      'Deploy the earlier version by its number, with --launch-tool where it differs from the configured one.',
    );
  return [{ level: 'ok', subject, message: `before ${chosen.release}` }];
}

/**
 * Brings every file of a snapshot back, one by one with rename, and removes those that its deploy was the first to
 * write. Files of others are in no snapshot. Repeatable.
 */
export function restoreScript(target: Target, release: string): Script {
  const beside = besideName(target);
  return telling(sh`set -eu
umask 077
ops=${target.paths.ops}
snapshot=${snapshotPath(target, release)}
[ -f "$snapshot/complete" ] || fail "$snapshot is not complete"
work=$(mktemp -d "$ops/.restore.XXXXXX")
trap 'rm -rf -- "$work"' EXIT
tar -xpf "$snapshot/files.tar" -C "$work" 2>/dev/null || fail "$snapshot/files.tar cannot be unpacked"
changed=0
# What a deploy that was broken off has left beside the files.
tidy() { [ ! -e "\${path%/*}"/${beside} ] || rm -rf -- "\${path%/*}"/${beside} || :; }
while read -r group path; do
  tidy
  from=$work$path
  [ -f "$from" ] || fail "$path is not in $snapshot/files.tar"
  if [ -f "$path" ] && cmp -s "$from" "$path" && [ "$(stat -c %a "$path")" = "$(stat -c %a "$from")" ]; then continue; fi
  [ -d "\${path%/*}" ] || mkdir -p "\${path%/*}"
  new=$path.jaws-ops-new
  cp -p "$from" "$new"
  chgrp "$group" "$new"
  mv -f "$new" "$path"
  changed=$((changed + 1))
  echo "restored $path"
done <"$snapshot/groups"
while read -r path; do
  tidy
  [ -e "$path" ] || continue
  rm -f "$path"
  changed=$((changed + 1))
  echo "removed $path"
done <"$snapshot/absent"
# Copied anew: what was written before this moment is older than these files.
for name in services files.sha256; do
  if [ -f "$snapshot/$name" ]; then
    cp "$snapshot/$name" "$ops/$name.new"
    mv -f "$ops/$name.new" "$ops/$name"
  else rm -f "$ops/$name"
  fi
done
: >"$snapshot/restored"
did "$changed files brought back or removed"`);
}

/** Proves that a snapshot can be brought back, before anything is stopped. */
export function restorableScript(target: Target, release: string): Script {
  const snapshot = snapshotPath(target, release);
  return telling(sh`tar -tPf ${`${snapshot}/files.tar`} >/dev/null || fail ${snapshot}"/files.tar cannot be read"
did "$(wc -l <${`${snapshot}/groups`}) files can be brought back"`);
}
