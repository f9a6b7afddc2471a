"""Makes the images a site pulls, for the stand-in of Apptainer: one for each wheel of jaws_site.

Usage: images.py WHEELS REGISTRY. WHEELS is a folder; images go to REGISTRY/REPOSITORY/TAG.sif.
An image is a zip archive: the package, a program that runs it, and usr/app/image_version.yml as a real one has it.
"""

import glob
import hashlib
import os
import re
import sys
import zipfile

REPOSITORY = "advanced-analysis/jaws/jaws-site"
# A fixed time makes the image of one version the same, byte for byte, wherever it is built.
TIME = (2025, 1, 1, 0, 0, 0)
PROGRAM = "import sys\nfrom jaws_site.command import main\nsys.exit(main())\n"


def build_file(version, wheel):
    return (
        f"commit_count: {len(version)}\n"
        f"commit_hash: {hashlib.sha1(wheel).hexdigest()}\n"
        f"subject: Release {version} (stand-in)\n"
        f"ref_names: tag: v{version}\n"
    )


def main():
    wheels, registry = sys.argv[1:]
    folder = os.path.join(registry, REPOSITORY)
    os.makedirs(folder, exist_ok=True)
    for path in sorted(glob.glob(os.path.join(wheels, "jaws_site-*.whl"))):
        version = re.match(r"jaws_site-([^-]+)-", os.path.basename(path)).group(1)
        with open(path, "rb") as file:
            wheel = file.read()
        with zipfile.ZipFile(path) as archive:
            contents = {name: archive.read(name) for name in archive.namelist() if name.startswith("jaws_site/")}
        contents["__main__.py"] = PROGRAM.encode()
        contents["usr/app/image_version.yml"] = build_file(version, wheel).encode()
        image = os.path.join(folder, f"apptainer-{version}.sif")
        with zipfile.ZipFile(f"{image}.new", "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in contents.items():
                entry = zipfile.ZipInfo(name, TIME)
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, data)
        os.chmod(f"{image}.new", 0o644)
        os.replace(f"{image}.new", image)


if __name__ == "__main__":
    main()
