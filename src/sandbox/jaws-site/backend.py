"""PEP 517 build backend of this one package: makes its wheel with the standard library alone.

The version comes from JAWS_SITE_VERSION in the environment, else from pyproject.toml. Nothing is written into the
source folder, which may be read-only.
"""

import base64
import hashlib
import os
import re
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
NAME = "jaws_site"
# A fixed time makes the wheel of one version the same, byte for byte, wherever it is built.
TIME = (2025, 1, 1, 0, 0, 0)


def version():
    given = os.environ.get("JAWS_SITE_VERSION")
    if given:
        return given
    with open(os.path.join(HERE, "pyproject.toml"), encoding="utf-8") as file:
        found = re.search(r'^version = "([^"]+)"', file.read(), re.MULTILINE)
    if found is None:
        raise SystemExit("pyproject.toml: no version")
    return found.group(1)


def metadata():
    return (
        "Metadata-Version: 2.1\n"
        f"Name: {NAME}\n"
        f"Version: {version()}\n"
        "Summary: Stand-in for JAWS Site, for sandboxes and tests\n"
        "Requires-Python: >=3.9\n"
    )


def dist_info():
    """Content of the .dist-info folder by file name, RECORD excepted."""
    return {
        "METADATA": metadata(),
        "WHEEL": "Wheel-Version: 1.0\nGenerator: backend\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "entry_points.txt": "[console_scripts]\njaws-site = jaws_site.command:main\n",
    }


def get_requires_for_build_wheel(config_settings=None):
    return []


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    name = f"{NAME}-{version()}.dist-info"
    folder = os.path.join(metadata_directory, name)
    os.makedirs(folder, exist_ok=True)
    for file_name, text in dist_info().items():
        with open(os.path.join(folder, file_name), "w", encoding="utf-8") as file:
            file.write(text)
    return name


def write_wheel(path, contents, info):
    """Writes a wheel: `contents` and RECORD; `info` is the name of the .dist-info folder."""
    record = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:

        def add(name, data):
            entry = zipfile.ZipInfo(name, TIME)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            wheel.writestr(entry, data)

        for name, data in contents:
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            record.append(f"{name},sha256={digest},{len(data)}\n")
            add(name, data)
        record.append(f"{info}/RECORD,,\n")
        add(f"{info}/RECORD", "".join(record).encode())


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    contents = []
    package = os.path.join(HERE, NAME)
    for file_name in sorted(os.listdir(package)):
        if not file_name.endswith(".py"):
            continue
        with open(os.path.join(package, file_name), "rb") as file:
            contents.append((f"{NAME}/{file_name}", file.read()))
    contents.append((f"{NAME}/_version.py", f'VERSION = "{version()}"\n'.encode()))
    info = f"{NAME}-{version()}.dist-info"
    contents += [(f"{info}/{name}", text.encode()) for name, text in dist_info().items()]
    name = f"{NAME}-{version()}-py3-none-any.whl"
    write_wheel(os.path.join(wheel_directory, name), contents, info)
    return name
