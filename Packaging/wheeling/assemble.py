#!/usr/bin/env python3
"""Puts the program into an unpacked wheel: Packaging/wheeling/assemble.py WHEEL ROOT PROGRAM FFMPEG CHECKOUTS

WHEEL is what `wheel unpack` made of the pure package, ROOT the project's folder, with Models/front-end, PROGRAM norface with Swift's
runtime in it, FFMPEG the folder that FFmpeg was installed into, with `licences`, CHECKOUTS that of the Swift packages. The program, its networks and all licences become the
package norface_program, whose `main` is the command `norface`; the wheel's tag becomes that of Linux on this processor.

Exit codes: 0 done; 64 wrong usage; 66 a file is missing.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from terms import notices  # noqa: E402

#: As in the Debian packages: weights to train from and pictures of the model card are in the source only.
LEFT_OUT = shutil.ignore_patterns("*.safetensors", "normalized.png")
#: Of Debian's libraries that are copied into the wheel, with their own words.
COPIED = {"openblas": "libopenblas0-pthread", "gfortran-quadmath": "libgfortran5", "dav1d": "libdav1d6", "zlib": "zlib1g"}


def licences(folder: Path, root: Path, ffmpeg: Path, checkouts: Path) -> None:
    """Everything that the licences of the project, the networks and the libraries ask to be handed on."""
    folder.mkdir()
    shutil.copy(root / "LICENSE", folder / "norface.txt")
    shutil.copy(root / "NOTICE", folder / "NOTICE.txt")
    (folder / "swift-packages.txt").write_text(notices(checkouts))
    for file in sorted((ffmpeg / "licences").iterdir()):
        shutil.copy(file, folder / file.name)
    for name, package in COPIED.items():
        shutil.copy(Path("/usr/share/doc") / package / "copyright", folder / f"{name}.txt")
    for name in ("Apache-2.0", "GPL-3", "LGPL-2.1"):
        shutil.copy(Path("/usr/share/common-licenses") / name, folder / f"{name}.txt")


def assemble(wheel: Path, root: Path, program: Path, ffmpeg: Path, checkouts: Path) -> None:
    """Adds the package norface_program and its command to the wheel."""
    package = wheel / "norface_program"
    package.mkdir()
    shutil.copy(root / "Packaging/wheeling/norface_program/__init__.py", package)
    (package / "bin").mkdir()
    shutil.copy(program, package / "bin/norface")
    subprocess.run(["strip", package / "bin/norface"], check=True)
    # The program loads libavdevice by its name when a webcam is opened. In a wheel libraries have other names, so that it is named to the
    # linker here: the program then finds what it looks for loaded already.
    (devices,) = ffmpeg.glob("lib/libavdevice.so.[0-9][0-9]")
    subprocess.run(["patchelf", "--add-needed", devices.name, package / "bin/norface"], check=True)
    (package / "bin/norface").chmod(0o755)
    for name in ("front-end", "norface-faces", "norface-s"):
        shutil.copytree(root / "Models" / name, package / "Models" / name, ignore=LEFT_OUT)
    licences(package / "licences", root, ffmpeg, checkouts)

    (metadata,) = wheel.glob("*.dist-info")
    entries = metadata / "entry_points.txt"
    text = entries.read_text()
    if "[console_scripts]" not in text:
        raise FileNotFoundError(f"{entries} has no [console_scripts]")
    entries.write_text(text.replace("[console_scripts]", "[console_scripts]\nnorface = norface_program:main", 1))
    tags = metadata / "WHEEL"
    lines = [line for line in tags.read_text().splitlines() if not line.startswith(("Tag:", "Root-Is-Purelib:")) and line]
    tags.write_text("\n".join([*lines, "Root-Is-Purelib: false", f"Tag: py3-none-linux_{platform.machine()}", ""]))


def main() -> int:
    """The command line."""
    if len(sys.argv) != 6:
        print(__doc__, file=sys.stderr)
        return 64
    try:
        assemble(*map(Path, sys.argv[1:]))
    except FileNotFoundError as error:
        print(f"assemble.py: {error}", file=sys.stderr)
        return 66
    return 0


if __name__ == "__main__":
    sys.exit(main())
