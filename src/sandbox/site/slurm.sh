#!/bin/sh
# Slurm of a sandbox site: munged, slurmctld on the login node, slurmd on a workflow node, which is the same kernel
# under another host name and address. For root.
# Usage: slurm.sh UID:GID TSIG_KEY LOGIN_ADDRESS NODE_ADDRESS NODE
set -eu
ip addr add "$3/32" dev lo
ip addr add "$4/32" dev lo
if [ -n "$2" ] && [ ! -e "$2" ]; then
  mkdir -p "${2%/*}"
  umask 077
  printf 'key "stand-in" { algorithm hmac-sha256; secret "c3RhbmQtaW4="; };\n' >"$2"
  chown "$1" "${2%/*}" "$2"
  umask 022
fi
munged --key-file /etc/munge/munge.key --socket /run/munge/munge.socket.2 --seed-file /run/munge/seed \
  --pid-file /run/munge/pid --log-file /var/log/munged.log
slurmctld -D &
unshare --uts sh -c 'echo "$1" >/proc/sys/kernel/hostname; exec slurmd -D' slurmd "$5" &
wait
