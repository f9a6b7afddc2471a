#!/usr/bin/env bash
# Finds the system parts that the demo and the tests run on. Installs what is missing when it can (root and
# apt-get); else prints the one command to run and stops with exit 1. Starts nothing, enables nothing.
# `--peers`: what only the benchmarks compare us with.
set -euo pipefail

# sshd, ip and others live where the PATH of an ordinary account does not look.
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

# What must be there, and the Debian package that brings it. A word with a slash is a file (pattern); one that
# starts with `py:` is a module of the system's Python; any other is a program on the PATH.
PARTS=(
  'git                       git'
  'ssh                       openssh-client'
  'ssh-keygen                openssh-client'
  'sshd                      openssh-server'
  'redis-server              redis-server'
  '/usr/bin/python3          python3'
  'py:ensurepip              python3-venv'
  'supervisord               supervisor'
  'py:supervisor             supervisor'
  'sudo                      sudo'
  'setfacl                   acl'
  'tcsh                      tcsh'
  'unshare                   util-linux'
  'nsenter                   util-linux'
  'setsid                    util-linux'
  'mount                     mount'
  'ip                        iproute2'
  'ss                        iproute2'
  'ps                        procps'
  'tar                       tar'
  'crontab                   cron'
  'shellcheck                shellcheck'
  '/usr/lib/systemd/systemd  systemd'
  'munged                    munge'
  'slurmctld                 slurmctld'
  'slurmd                    slurmd'
  'sbatch                    slurm-client'
  'chromium                  chromium'
)

PEERS=(
  'ansible-playbook          ansible-core'
  'fab                       fabric'
  'parallel-ssh              pssh'
)
[ "${1-}" != --peers ] || PARTS=("${PEERS[@]}")

# True when a part is there.
present() {
  case $1 in
    py:*) compgen -G "/usr/lib/python3*/${1#py:}" >/dev/null ||
      compgen -G "/usr/lib/python3/dist-packages/${1#py:}" >/dev/null ||
      { [ -x /usr/bin/python3 ] && /usr/bin/python3 -c "import ${1#py:}" 2>/dev/null; } ;;
    /*) [ -e "$1" ] ;;
    *) type -P "$1" >/dev/null ;;
  esac
}

# Sets `missing` (parts) and `packages` (each once, in the table's order).
look() {
  missing=()
  packages=()
  local part package
  while read -r part package; do
    present "$part" && continue
    missing+=("$part")
    [[ " ${packages[*]} " == *" $package "* ]] || packages+=("$package")
  done < <(printf '%s\n' "${PARTS[@]}")
}

# Installs packages without letting their maintainer scripts start anything, now or at the next boot.
install_packages() {
  local policy=/usr/sbin/policy-rc.d before after unit
  before=$(units)
  if [ ! -e "$policy" ]; then
    # Debian's own switch: 101 = do not start services. Ours is there only while apt-get runs.
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  apt-get update -q >&2 || return
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >&2 || return
  after=$(units)
  # A unit that came with these packages would start at the next boot: nothing here needs it to.
  while read -r unit; do
    if [ -n "$unit" ]; then systemctl disable --quiet "$unit" >&2 || return; fi
  done < <(comm -13 <(printf '%s\n' "$before") <(printf '%s\n' "$after"))
}

# Names of the enabled system units, sorted; nothing where there is no systemd.
units() {
  type -P systemctl >/dev/null || return 0
  systemctl list-unit-files --state=enabled --no-legend --no-pager 2>/dev/null | awk '{print $1}' | sort || true
}

look
[ ${#missing[@]} -eq 0 ] && exit 0

echo "setup: missing ${missing[*]}" >&2
command="apt-get update && apt-get install -y --no-install-recommends ${packages[*]}"
if ! type -P apt-get >/dev/null; then
  echo "setup: this is not a Debian system; install what these Debian packages hold, then try again:" >&2
  echo "  ${packages[*]}" >&2
  exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
  echo "setup: run this, then try again:" >&2
  if type -P sudo >/dev/null; then echo "  sudo sh -c '$command'" >&2; else echo "  su -c '$command'" >&2; fi
  exit 1
fi
echo "setup: installing ${packages[*]}" >&2
if ! install_packages "${packages[@]}"; then
  echo "setup: the installation failed; run this and read what it says, then try again:" >&2
  echo "  $command" >&2
  exit 1
fi
look
if [ ${#missing[@]} -ne 0 ]; then
  echo "setup: still missing after the installation: ${missing[*]}" >&2
  exit 1
fi
echo "setup: done" >&2
