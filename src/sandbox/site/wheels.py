"""Makes the wheels a site installs from: jaws_site in several versions, and Debian's supervisor repacked.

Usage: wheels.py JAWS_SITE_SOURCE OUT VERSION...
Prints one line per wheel. A wheel appears under its name only when it is complete.
"""

import glob
import os
import sys
import tempfile

DIST_PACKAGES = "/usr/lib/python3/dist-packages"


def supervisor_contents():
    """Returns (info folder, [(name, bytes)]) of the installed Debian package."""
    eggs = glob.glob(f"{DIST_PACKAGES}/supervisor-*.egg-info") + glob.glob(f"{DIST_PACKAGES}/supervisor-*.dist-info")
    if len(eggs) != 1:
        sys.exit(f"{DIST_PACKAGES}: {len(eggs)} installations of supervisor, expected 1 (Debian package: supervisor)")
    egg = eggs[0]
    facts = {}
    for name in ("PKG-INFO", "METADATA"):
        path = os.path.join(egg, name)
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                for line in file:
                    key, _, value = line.strip().partition(": ")
                    if key in ("Name", "Version"):
                        facts[key] = value
                    if not line.strip():
                        break
    info = f"supervisor-{facts['Version']}.dist-info"
    contents = []
    root = os.path.join(DIST_PACKAGES, "supervisor")
    for folder, folders, files in sorted(os.walk(root)):
        folders[:] = sorted(name for name in folders if name not in ("__pycache__", "tests"))
        for name in sorted(files):
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                contents.append((os.path.relpath(path, DIST_PACKAGES), file.read()))
    with open(os.path.join(egg, "entry_points.txt"), "rb") as file:
        contents.append((f"{info}/entry_points.txt", file.read()))
    contents.append(
        (f"{info}/METADATA", f"Metadata-Version: 2.1\nName: supervisor\nVersion: {facts['Version']}\n".encode())
    )
    contents.append(
        (f"{info}/WHEEL", b"Wheel-Version: 1.0\nGenerator: wheels.py\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    )
    return info, contents


def main():
    source, out, *versions = sys.argv[1:]
    sys.dont_write_bytecode = True
    sys.path.insert(0, source)
    import backend

    os.makedirs(out, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".wheels-", dir=out) as work:
        for version in versions:
            os.environ["JAWS_SITE_VERSION"] = version
            backend.build_wheel(work)
        info, contents = supervisor_contents()
        name = f"{info.removesuffix('.dist-info')}-py3-none-any.whl"
        backend.write_wheel(os.path.join(work, name), contents, info)
        for name in sorted(os.listdir(work)):
            os.chmod(os.path.join(work, name), 0o644)
            os.replace(os.path.join(work, name), os.path.join(out, name))
            print(name)


if __name__ == "__main__":
    main()
