#!/bin/sh
# Starts the systemd of an account, as logind does at boot for one that lingers. For root at a site of the sandbox.
# Usage: user-manager.sh NAME UID GID HOME
set -eu
run=/run/user/$2
group=/sys/fs/cgroup/user.slice/user-$2.slice/user@$2.service
mkdir -p /run/systemd/system "$group"
install -d -m 700 -o "$2" -g "$3" "$run"
# What cgroups(7) asks for when a part of the hierarchy is handed to somebody else.
chown "$2:$3" "$group" "$group/cgroup.procs" "$group/cgroup.subtree_control" "$group/cgroup.threads"
echo 0 >"$group/cgroup.procs"
# Its messages belong into the journal; /var/log of the site gets what is said before there is one.
until [ -S /run/systemd/journal/stdout ]; do sleep 0.01; done
cd "$4"
exec setpriv --reuid "$2" --regid "$3" --init-groups --inh-caps=-all --no-new-privs -- \
  env -i HOME="$4" USER="$1" LOGNAME="$1" SHELL=/bin/bash PATH=/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8 \
  XDG_RUNTIME_DIR="$run" systemd-cat --identifier=systemd /usr/lib/systemd/systemd --user
