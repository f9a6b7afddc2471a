"""Makes the stand-in for ensurepip once per machine and account: what the real one puts into a venv, ready for links.

Usage: pip.py CACHE. Prints one JSON line {"folder": the stand-in, "replaces": the real one}. It appears under its
name, made from the versions of Python and pip, only when complete; one that lost files is made anew.
"""

import ensurepip
import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile

SOURCES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "ensurepip")
MARK = "complete"


def open_cache(cache):
    """In a folder that all accounts may write to, only one of our own is trusted."""
    try:
        os.mkdir(cache, 0o700)
    except FileExistsError:
        pass
    found = os.lstat(cache)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
        sys.exit(f"{cache}: expected a folder that only this account may write to; remove it")


def key():
    digest = hashlib.sha256(f"{sys.version} {ensurepip.version()}".encode())
    for path in (os.path.abspath(__file__), f"{SOURCES}/__init__.py", f"{SOURCES}/__main__.py"):
        with open(path, "rb") as file:
            digest.update(file.read())
    return f"pip-{digest.hexdigest()[:16]}"


def count(folder):
    """How many files there are; python keeps compiled code of the program beside them."""
    return str(sum(len(files) for part in ("site-packages", "bin") for _, _, files in os.walk(f"{folder}/{part}")))


def complete(folder):
    try:
        with open(f"{folder}/{MARK}", encoding="utf-8") as file:
            return file.read() == count(folder)
    except FileNotFoundError:
        return False


def make(work):
    """Makes it in a folder, which gets its own name afterwards."""
    venv = f"{work}/venv"
    made = f"{work}/made"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True, stdout=sys.stderr)
    (packages,) = (path for path, folders, _ in os.walk(f"{venv}/lib") if "pip" in folders)
    os.mkdir(made)
    os.rename(packages, f"{made}/site-packages")
    os.mkdir(f"{made}/bin")
    for name in os.listdir(f"{venv}/bin"):
        if name.startswith("pip"):
            os.rename(f"{venv}/bin/{name}", f"{made}/bin/{name}")
    for name in ("__init__.py", "__main__.py"):
        shutil.copyfile(f"{SOURCES}/{name}", f"{made}/{name}")
    with open(f"{made}/{MARK}", "w", encoding="utf-8") as file:
        file.write(count(made))
    return made


def main():
    (cache,) = sys.argv[1:]
    os.umask(0o022)
    open_cache(cache)
    folder = os.path.join(cache, key())
    if not complete(folder):
        with tempfile.TemporaryDirectory(prefix="making-", dir=cache) as work:
            made = make(work)
            if os.path.exists(folder) and not complete(folder):
                os.rename(folder, f"{work}/broken")
            try:
                os.rename(made, folder)
            except OSError:
                # Another one that began with us was first.
                if not complete(folder):
                    raise
    print(json.dumps({"folder": folder, "replaces": os.path.dirname(ensurepip.__file__)}))


if __name__ == "__main__":
    main()
