"""Puts into a venv what the machine's own ensurepip puts there, by links to what it once made.

Usage: VENV/bin/python -m ensurepip, as `python -m venv` calls it; its arguments are passed over. Beside this file are
`site-packages` and `bin` of a venv that the real one made: unpacking pip takes seconds of CPU, and copying its
thousand files still half of one. Nothing that is installed into a venv changes its pip.
"""

import os
import stat
import sys
import sysconfig

MADE = os.path.dirname(os.path.abspath(__file__))


def main():
    if sys.prefix == sys.base_prefix:
        sys.exit("ensurepip: only for a venv")
    packages = sysconfig.get_path("purelib")
    for name in os.listdir(f"{MADE}/site-packages"):
        if not os.path.lexists(f"{packages}/{name}"):
            os.symlink(f"{MADE}/site-packages/{name}", f"{packages}/{name}")
    scripts = sysconfig.get_path("scripts")
    for name in os.listdir(f"{MADE}/bin"):
        with open(f"{MADE}/bin/{name}", encoding="utf-8") as file:
            _, rest = file.read().split("\n", 1)
        path = f"{scripts}/{name}"
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"#!{scripts}/python\n{rest}")
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


if __name__ == "__main__":
    main()
