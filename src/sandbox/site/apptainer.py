#!/usr/bin/python3 -IB
"""Stand-in for Apptainer, for sandboxes and tests: its command line as far as JAWS is deployed with it.

An image (.sif) is a zip archive with a Python program and files under `usr/`; a registry is a folder with
REPOSITORY/TAG.sif. Nothing is contained: a program runs with the mounts' destinations in its arguments replaced by
their sources. Environment, credentials, cache, pid files and instances are kept where Apptainer keeps them.

The registry is described by a JSON file, $STAND_IN_REGISTRY or /etc/stand-in/registry.json: folder, logins (hex
SHA-256 of USER:PASSWORD; nobody has to log in when there is none), proxy (the only way out, or null).
"""

import base64
import csv
import hashlib
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile

PASSED = ("TERM", "http_proxy", "https_proxy", "all_proxy", "no_proxy", "ftp_proxy")
CONFIGURATION = "/etc/config/site/jaws-site.conf"
VALUED = ("--env-file", "--mount", "--pid-file", "--username", "-u")
FLAGS = ("--cleanenv", "-e", "--no-home", "--force", "-F", "--password-stdin")
STOP_LIMIT_SEC = 10


def fatal(message):
    print(f"FATAL:   {message}", file=sys.stderr)
    sys.exit(255)


def info(message):
    print(f"INFO:    {message}", file=sys.stderr)


def options(words):
    """Splits words at the first that is no option: ({option: [values]}, rest)."""
    found, rest = {}, list(words)
    while rest and rest[0].startswith("-"):
        name, mark, value = rest.pop(0).partition("=")
        if name in VALUED:
            found.setdefault(name, []).append(value if mark else rest.pop(0))
        elif name in FLAGS and not mark:
            found[name] = [""]
        else:
            fatal(f"unknown flag: {name}")
    return found, rest


def account_folder():
    return os.environ.get("APPTAINER_CONFIGDIR") or os.path.join(home(), ".apptainer")


def home():
    return pwd.getpwuid(os.getuid()).pw_dir if "HOME" not in os.environ else os.environ["HOME"]


# Registry


def registry():
    path = os.environ.get("STAND_IN_REGISTRY", "/etc/stand-in/registry.json")
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def parts(uri):
    """('oras', host, rest) of a URI."""
    scheme, mark, rest = uri.partition("://")
    if not mark or scheme != "oras":
        fatal(f"unsupported transport type in {uri}")
    host, _, path = rest.partition("/")
    return host, path


def reach(host):
    """Refuses as a network would when the way out is not the registry's."""
    wanted = registry().get("proxy")
    given = os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy")
    if given and given != wanted:
        fatal(f'Get "https://{host}/v2/": proxyconnect tcp: dial {given}: no such host')
    if wanted and not given:
        fatal(f'Get "https://{host}/v2/": dial tcp: lookup {host}: i/o timeout')


def allowed(login):
    logins = registry().get("logins", [])
    return not logins or (login is not None and hashlib.sha256(login).hexdigest() in logins)


def credentials_path():
    return os.path.join(account_folder(), "docker-config.json")


def credentials():
    try:
        with open(credentials_path(), encoding="utf-8") as file:
            return json.load(file).get("auths", {})
    except FileNotFoundError:
        return {}


def keep(auths):
    os.makedirs(account_folder(), mode=0o700, exist_ok=True)
    handle = os.open(credentials_path(), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump({"auths": auths}, file)


def login(words):
    found, rest = options(words)
    host, _ = parts(rest[0])
    user = (found.get("--username") or found.get("-u") or fatal("username is required"))[0]
    if "--password-stdin" not in found:
        fatal("the stand-in takes a password from --password-stdin only")
    password = sys.stdin.buffer.read().rstrip(b"\r\n")
    reach(host)
    pair = user.encode() + b":" + password
    if not allowed(pair):
        fatal(f"while login to {rest[0]}: unable to verify credentials: 401 Unauthorized")
    keep({**credentials(), host: {"auth": base64.b64encode(pair).decode()}})
    info(f"Token stored in {credentials_path()}")


def logout(words):
    _, rest = options(words)
    host, _ = parts(rest[0])
    auths = credentials()
    if auths.pop(host, None) is None:
        fatal(f"{rest[0]} is not logged in")
    keep(auths)
    info("Logout succeeded")


def pull(words):
    found, rest = options(words)
    output, uri = rest if len(rest) == 2 else (None, rest[0])
    host, path = parts(uri)
    repository, _, tag = path.rpartition(":")
    output = output or f"{os.path.basename(repository)}_{tag}.sif"
    if os.path.exists(output) and not ("--force" in found or "-F" in found):
        fatal(f"image file already exists: {output!r} - will not overwrite")
    reach(host)
    auth = credentials().get(host, {}).get("auth")
    if not allowed(None if auth is None else base64.b64decode(auth)):
        fatal(f"while pulling {uri}: GET https://{host}/v2/{repository}/manifests/{tag}: 401 Unauthorized")
    source = os.path.join(registry()["folder"], repository, f"{tag}.sif")
    if not os.path.exists(source):
        fatal(f"while pulling {uri}: {host}/{repository}:{tag}: not found: manifest unknown")
    cache = os.path.join(os.environ.get("APPTAINER_CACHEDIR") or os.path.join(account_folder(), "cache"), "cache/oras")
    try:
        os.makedirs(cache, exist_ok=True)
        with open(source, "rb") as file:
            cached = os.path.join(cache, f"sha256.{hashlib.sha256(file.read()).hexdigest()}")
        if not os.path.exists(cached):
            info("Downloading oras image")
            shutil.copyfile(source, f"{cached}.{os.getpid()}")
            os.replace(f"{cached}.{os.getpid()}", cached)
        else:
            info("Using cached SIF image")
        shutil.copyfile(cached, output)
        os.chmod(output, 0o755)
    except OSError as error:
        fatal(f"while pulling {uri}: {error}")


# Containers


def environment(found):
    inside = {name: value for name, value in os.environ.items() if "--cleanenv" not in found and "-e" not in found}
    for name in (*PASSED, *(name.upper() for name in PASSED)):
        if name in os.environ:
            inside[name] = os.environ[name]
    for name, value in os.environ.items():
        if name.startswith("APPTAINERENV_"):
            inside[name.removeprefix("APPTAINERENV_")] = value
    for file in found.get("--env-file", []):
        if not os.path.isfile(file):
            fatal(f"while processing environment file: open {file}: no such file or directory")
        script = 'set -a; . "$1" && exec /usr/bin/env -0'
        read = subprocess.run(
            ["/bin/sh", "-c", script, "sh", os.path.abspath(file)], env={"PATH": "/usr/bin:/bin"}, capture_output=True
        )
        if read.returncode != 0:
            fatal(f"while evaluating environment file: {read.stderr.decode('utf-8', 'replace').strip()}")
        lines = (line.partition(b"=") for line in read.stdout.split(b"\0") if line)
        inside.update({os.fsdecode(k): os.fsdecode(v) for k, _, v in lines if k not in (b"PATH", b"PWD", b"_", b"SHLVL")})
    return {**inside, "HOME": home(), "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}


def mounts(found):
    """[(destination, source)], longest destination first."""
    pairs = []
    for text in found.get("--mount", []):
        fields = dict(field.partition("=")[::2] for field in next(csv.reader([text])))
        source = fields.get("source") or fields.get("src")
        destination = fields.get("destination") or fields.get("dst") or fields.get("target")
        if fields.get("type") != "bind" or not source or not destination:
            fatal(f"while parsing mount {text!r}: expected type=bind, source and destination")
        if not os.path.exists(source):
            fatal(f"container creation failed: mount {source}->{destination} error: mount source doesn't exist")
        pairs.append((destination, source))
    return sorted(pairs, key=lambda pair: -len(pair[0]))


def outside(word, pairs):
    for destination, source in pairs:
        if word == destination or word.startswith(f"{destination}/"):
            return source + word[len(destination) :]
    return word


def command(image, words, found):
    """argv of what the image runs: jaws-site, with the configuration file that its entry point names."""
    if not os.path.exists(image) or not zipfile.is_zipfile(image):
        fatal(f"could not open image {image}: no such image, or of an unknown format")
    pairs = mounts(found)
    inner = [outside(word, pairs) for word in ("--config", CONFIGURATION, *words)]
    return ["/usr/bin/python3", "-B", os.path.realpath(image), *inner]


def run(words):
    found, rest = options(words)
    if not rest:
        fatal("accepts at least 1 arg(s), received 0")
    argv = command(rest[0], rest[1:], found)
    os.execve(argv[0], argv, environment(found))


def execute(words):
    _, rest = options(words)
    image, program, *files = rest
    if program != "cat":
        fatal(f'exec: "{program}": executable file not found in $PATH (the stand-in has cat only)')
    with zipfile.ZipFile(image) as archive:
        for file in files:
            try:
                sys.stdout.write(archive.read(file.lstrip("/")).decode())
            except KeyError:
                print(f"cat: {file}: No such file or directory", file=sys.stderr)
                sys.exit(1)


# Instances


def instances_folder():
    return os.path.join(
        account_folder(), "instances/app", socket.gethostname(), pwd.getpwuid(os.getuid()).pw_name
    )


def instance_path(name):
    return os.path.join(instances_folder(), name, f"{name}.json")


def started(pid):
    """Start time of a process, which tells it from a later one of the same number; None when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            fields = file.read().rpartition(")")[2].split()
        return None if fields[0] in "ZX" else fields[19]
    except OSError:
        return None


def running(name):
    """The record of a running instance; that of one that ended is removed."""
    try:
        with open(instance_path(name), encoding="utf-8") as file:
            record = json.load(file)
    except (OSError, ValueError):
        return None
    if started(record["pid"]) == record["started"]:
        return record
    shutil.rmtree(os.path.dirname(instance_path(name)), ignore_errors=True)
    return None


def instance_start(words):
    found, rest = options(words)
    if len(rest) < 2:
        fatal("accepts at least 2 arg(s)")
    image, name, *arguments = rest
    if running(name):
        fatal(f"instance {name} already exists")
    argv, inside = command(image, arguments, found), environment(found)
    folder = os.path.dirname(instance_path(name))
    os.makedirs(folder, mode=0o700, exist_ok=True)
    told, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.setsid()
        os.close(told)
        for number, path in ((0, os.devnull), (1, f"{folder}/{name}.out"), (2, f"{folder}/{name}.err")):
            os.dup2(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), number)
        os.execve(argv[0], argv, inside)
    os.close(tell)
    os.read(told, 1)
    with open(instance_path(name), "w", encoding="utf-8") as file:
        json.dump({"name": name, "pid": pid, "started": started(pid), "image": os.path.realpath(image)}, file)
    for path in found.get("--pid-file", []):
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"{pid}\n")
    info("instance started successfully")


def instance_stop(words):
    _, rest = options(words)
    record = running(rest[0]) or fatal(f"no instance found with name {rest[0]}")
    info(f"Stopping {rest[0]} instance of {record['image']} (PID={record['pid']})")
    os.kill(record["pid"], signal.SIGTERM)
    deadline = time.monotonic() + STOP_LIMIT_SEC
    while running(rest[0]):
        if time.monotonic() > deadline:
            os.kill(record["pid"], signal.SIGKILL)
        time.sleep(0.02)


def instance_list(_words):
    print(f"{'INSTANCE NAME':<32}{'PID':<10}{'IP':<8}IMAGE")
    try:
        names = sorted(os.listdir(instances_folder()))
    except OSError:
        names = []
    for record in filter(None, (running(name) for name in names)):
        print(f"{record['name']:<32}{record['pid']:<10}{'':<8}{record['image']}")


COMMANDS = {
    "pull": pull,
    "run": run,
    "exec": execute,
    "remote": {"login": login, "logout": logout},
    "instance": {"start": instance_start, "stop": instance_stop, "list": instance_list},
}


def main():
    words, known = sys.argv[1:], COMMANDS
    if words == ["--version"]:
        print("apptainer version 1.3.4 (stand-in)")
        return
    while isinstance(known, dict):
        if not words or words[0] not in known:
            fatal(f"unknown command {' '.join(sys.argv[1:3])!r} for \"apptainer\" (stand-in)")
        known = known[words.pop(0)]
    known(words)


if __name__ == "__main__":
    main()
