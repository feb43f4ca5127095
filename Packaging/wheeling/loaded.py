#!/usr/bin/env python3
"""Which libraries an installed norface takes from where: Packaging/wheeling/loaded.py ENVIRONMENT

Prints those that came with the wheel, and fails when one is the system's that not every Linux has.

Exit codes: 0 all is well; 1 a library of the system is taken; 64 wrong usage.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

#: Of the C library and the compiler's runtime, which the wheel's tag promises to be there.
EVERYWHERE = (
    "libc.so",
    "libm.so",
    "libdl.so",
    "libpthread.so",
    "librt.so",
    "libstdc++.so",
    "libgcc_s.so",
    "ld-linux",
    "libz.so",
)


def main() -> int:
    """The command line."""
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 64
    environment = Path(sys.argv[1]).resolve()
    (program,) = environment.glob("lib/python3*/site-packages/norface_program/bin/norface")
    listed = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout
    own, foreign = [], []
    for line in listed.splitlines():
        name, _, rest = line.strip().partition(" => ")
        path = rest.rsplit(" (", 1)[0]
        if not rest or name.startswith(EVERYWHERE):
            continue
        (own if Path(path).resolve().is_relative_to(environment) else foreign).append(f"{name} => {path}")
    print(f"{len(own)} libraries came with the wheel: {' '.join(sorted(entry.split(' =>')[0] for entry in own))}")
    for entry in foreign:
        print(f"taken from the system: {entry}", file=sys.stderr)
    return 1 if foreign or not own else 0


if __name__ == "__main__":
    sys.exit(main())
