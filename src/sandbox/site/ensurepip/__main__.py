"""Puts into a venv what the machine's own ensurepip puts there, by copying what it once made.

Usage: VENV/bin/python -m ensurepip, as `python -m venv` calls it; its arguments are passed over. Beside this file are
`site-packages` and `bin` of a venv that the real one made: unpacking pip takes seconds of CPU, a copy takes none.
"""

import os
import shutil
import stat
import sys
import sysconfig

MADE = os.path.dirname(os.path.abspath(__file__))


def main():
    if sys.prefix == sys.base_prefix:
        sys.exit("ensurepip: only for a venv")
    # The times of the sources are kept: compiled code names them.
    shutil.copytree(f"{MADE}/site-packages", sysconfig.get_path("purelib"), dirs_exist_ok=True)
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
