"""PID 1 of a sandbox site: makes the site's file tree in its own namespaces, starts its parts, reaps, ends it.

Usage: init.py SPEC, started by `unshare --mount --pid --net --uts --ipc --fork`. SPEC is a JSON file:
root (mount point), hostname, cgroup, dirs, files, links, binds, parts; see SiteBoot in boot.ts.
Prints one JSON line {"pid": N} (N = its pid outside) when the site is up. The site lives until stdin ends.
"""

import ctypes
import fcntl
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import time

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND = 1, 2, 4, 8, 32, 4096
MNT_DETACH = 2
CLONE_NEWCGROUP = 0x02000000
SYS_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41, "ppc64le": 203, "s390x": 217, "riscv64": 41}
# For a machine that is busy with other things; a part that is well listens within a second.
PART_LIMIT_SEC = 100
GRACE_SEC = 1.5
# Characters.
LAST_WORDS = 4000
LIBC = ctypes.CDLL(None, use_errno=True)


def check(result, what):
    if result != 0:
        number = ctypes.get_errno()
        sys.exit(f"site: {what}: {os.strerror(number)}")


def mount(source, target, kind=None, flags=0, data=None):
    def text(value):
        return None if value is None else value.encode()

    check(LIBC.mount(text(source), text(target), text(kind), ctypes.c_ulong(flags), text(data)), f"mount {target}")


def bind(source, target, read_only):
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "a", encoding="utf-8"):
            pass
    mount(source, target, None, MS_BIND)
    if read_only:
        mount(None, target, None, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NODEV)


def make_devices(root):
    dev = f"{root}/dev"
    os.makedirs(dev)
    mount("site-dev", dev, "tmpfs", MS_NOSUID, "mode=755,size=1m")
    for name in ("null", "zero", "full", "random", "urandom", "tty"):
        bind(f"/dev/{name}", f"{dev}/{name}", False)
    os.mkdir(f"{dev}/pts")
    mount("site-pts", f"{dev}/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620,gid=5")
    os.mkdir(f"{dev}/shm")
    mount("site-shm", f"{dev}/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777,size=64m")
    for name, target in (("ptmx", "pts/ptmx"), ("fd", "/proc/self/fd"), ("stdin", "fd/0")):
        os.symlink(target, f"{dev}/{name}")
    os.symlink("fd/1", f"{dev}/stdout")
    os.symlink("fd/2", f"{dev}/stderr")


def make_tree(spec):
    root = spec["root"]
    mount("site", root, "tmpfs", 0, "mode=755,size=512m")
    for entry in spec["binds"]:
        bind(entry["source"], root + entry["target"], entry["readOnly"])
    # What the machine's owner has in /usr/local is none of the site's.
    mount("site-local", f"{root}/usr/local", "tmpfs", MS_NODEV, "mode=755,size=64m")
    for entry in spec["dirs"]:
        path = root + entry["path"]
        os.makedirs(path, exist_ok=True)
        os.chmod(path, int(entry["mode"], 8))
    for entry in spec["links"]:
        path = root + entry["path"]
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if not os.path.lexists(path):
            os.symlink(entry["target"], path)
    for entry in spec["files"]:
        path = root + entry["path"]
        os.makedirs(os.path.dirname(path), exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(entry["content"])
        os.chmod(path, int(entry["mode"], 8))
    make_devices(root)
    os.makedirs(f"{root}/proc", exist_ok=True)
    mount("proc", f"{root}/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    # Its own boot id, so that a reboot of the site shows where programs look for one.
    mount(f"{root}/run/boot_id", f"{root}/proc/sys/kernel/random/boot_id", None, MS_BIND)


def is_populated(group):
    """Source: cgroup.events in the kernel's documentation of control groups, version 2."""
    try:
        with open(f"{group}/cgroup.events", encoding="utf-8") as events:
            return "populated 1" in events.read()
    except OSError:
        return False  # Its sandbox has removed it.


def remove_stale(parent):
    """Removes control groups of sites that are gone: what a sandbox leaves when it is killed.

    In a group with a process anywhere below it, also an empty folder is somebody's, who is about to enter it.
    """
    for name in os.listdir(parent):
        if not os.path.isdir(f"{parent}/{name}") or is_populated(f"{parent}/{name}"):
            continue
        for folder, _, _ in os.walk(f"{parent}/{name}", topdown=False):
            try:
                os.rmdir(folder)
            except OSError:
                break  # Somebody lives in it, or has removed it before us.


def enter_cgroup(root, path):
    """Moves the site into a control group of its own and shows it that one as the whole hierarchy."""
    top = f"{root}/sys/fs/cgroup"
    os.makedirs(top)
    options = ("site-cgroup", top, "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    mount(*options)
    own = f"{top}/{path}"
    sites = os.path.dirname(own)
    try:
        os.makedirs(sites, exist_ok=True)
        # One site at a time, so that no other takes a group that is still empty for a stale one.
        turn = os.open(sites, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(turn, fcntl.LOCK_EX)
        remove_stale(sites)
        os.makedirs(own, exist_ok=True)
        with open(f"{own}/cgroup.procs", "w", encoding="utf-8") as procs:
            procs.write("0")
        os.close(turn)
    except OSError as error:
        sys.exit(f"site: control group {path}: {error}")
    check(LIBC.unshare(CLONE_NEWCGROUP), "unshare of the control groups")
    check(LIBC.umount2(top.encode(), MNT_DETACH), "umount of the control groups")
    mount(*options)


def enter_tree(root):
    os.chdir(root)
    machine = os.uname().machine
    if machine not in SYS_PIVOT_ROOT:
        sys.exit(f"site: pivot_root is not known for {machine}")
    check(LIBC.syscall(ctypes.c_long(SYS_PIVOT_ROOT[machine]), b".", b"."), "pivot_root")
    check(LIBC.umount2(b".", MNT_DETACH), "umount of the old root")
    os.chdir("/")


def raise_loopback():
    """Sets IFF_UP on `lo` (netdevice(7)): the only interface there is."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(control, 0x8913, request))[1]
        fcntl.ioctl(control, 0x8914, struct.pack("16sh14x", b"lo", flags | 1))


def start_part(part):
    log = os.open(f"/var/log/{part['name']}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
        (os.POSIX_SPAWN_DUP2, log, 1),
        (os.POSIX_SPAWN_DUP2, log, 2),
    ]
    environment = {"PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
    pid = os.posix_spawn(part["argv"][0], part["argv"], environment, file_actions=actions, setsid=True)
    os.close(log)
    return pid


def failed(pid):
    """How a part ended that cannot listen any more; None while it runs, or when it left its work to a daemon."""
    ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    if ended is None or (ended.si_code == os.CLD_EXITED and ended.si_status == 0):
        return None
    return f"exit code {ended.si_status}" if ended.si_code == os.CLD_EXITED else f"signal {ended.si_status}"


def last_words(part):
    """The end of what a part said and what runs: nothing of it is left when the site has not come up."""

    def printed(*argv):
        try:
            return subprocess.run(argv, capture_output=True, timeout=5, text=True, errors="replace").stdout
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"{argv[0]}: {error}\n"

    with open(f"/var/log/{part['name']}.log", encoding="utf-8", errors="replace") as log:
        words = log.read()[-LAST_WORDS:]
    if os.path.exists("/run/systemd/journal/stdout"):
        words += printed("/usr/bin/journalctl", "--no-pager", "--output=cat", "--lines=30")
    return words + printed("/bin/ps", "-e", "--format", "pid,ppid,stat,wchan:24,args")


def await_part(part, pid):
    deadline = time.monotonic() + PART_LIMIT_SEC
    for address in part["listens"]:
        while True:
            try:
                with socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET) as client:
                    client.settimeout(1)
                    client.connect(address if isinstance(address, str) else tuple(address))
                break
            except OSError as error:
                end = failed(pid) or (f"after {PART_LIMIT_SEC} s" if time.monotonic() > deadline else None)
                if end is not None:
                    sys.exit(f"site: {part['name']} does not listen on {address}: {error}; {end}\n{last_words(part)}")
                time.sleep(0.005)


def reap():
    try:
        while os.waitpid(-1, os.WNOHANG)[0] != 0:
            pass
    except ChildProcessError:
        pass


def others():
    return [name for name in os.listdir("/proc") if name.isdigit() and name != "1"]


def end():
    """Ends every process of the site; what is left after the grace dies with PID 1."""
    if not others():
        return
    os.kill(-1, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SEC
    while others() and time.monotonic() < deadline:
        reap()
        time.sleep(0.01)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        spec = json.load(file)
    # The outer /proc is still mounted here, so this is the pid as the sandbox knows it.
    pid = int(os.readlink("/proc/self"))
    os.umask(0o022)
    socket.sethostname(spec["hostname"])
    make_tree(spec)
    if spec.get("cgroup"):
        enter_cgroup(spec["root"], spec["cgroup"])
    enter_tree(spec["root"])
    raise_loopback()
    for part, started in [(part, start_part(part)) for part in spec["parts"]]:
        await_part(part, started)

    waker, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    print(json.dumps({"pid": pid}), flush=True)
    while True:
        reap()
        ready, _, _ = select.select([0, waker], [], [])
        if waker in ready:
            os.read(waker, 512)
        if 0 in ready and not os.read(0, 512):
            break
    end()


if __name__ == "__main__":
    main()
