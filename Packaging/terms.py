#!/usr/bin/env python3
"""Fills in what the packages say of licences: Packaging/terms.py WORK CHECKOUTS

In WORK/debian/copyright "@TERMS NAME@" becomes what Models/NAME/LICENSE says behind the licence itself, so that it
stands in one place. WORK/built/notices.txt gets the notices of the Swift packages that are compiled in, from their
CHECKOUTS, as the Apache License asks for.

Exit codes: 0 done; 64 wrong usage; 66 a file is missing.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

RULE = "-" * 136
#: What is compiled in and has words of its own to be handed on.
NOTICES = ["swift-nio/NOTICE.txt", "swift-nio/Sources/CNIOLLHTTP/LICENSE", "swift-log/NOTICE.txt", "Yams/LICENSE"]


def terms(text: str) -> str:
    """What a LICENSE of a bundle says behind the licence, as a field of a Debian copyright file."""
    lines = text.split(RULE, 1)[1].strip().replace("this folder", "this package").splitlines()
    return "\n".join(" " + (line or ".") for line in lines)


def notices(checkouts: Path) -> str:
    """The notices of the Swift packages that are compiled in, one after the other."""
    parts = [f"{name}\n{'=' * len(name)}\n\n{(checkouts / name).read_text().strip()}\n" for name in NOTICES]
    return "\n\n".join(parts)


def main() -> int:
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 64
    work, checkouts = map(Path, sys.argv[1:])
    try:
        file = work / "debian/copyright"
        file.write_text(
            re.sub(
                r"(?m)^ @TERMS (\S+)@$",
                lambda match: terms((work / "Models" / match[1] / "LICENSE").read_text()),
                file.read_text(),
            )
        )
        (work / "built/notices.txt").write_text(notices(checkouts))
    except (OSError, IndexError) as error:
        print(f"terms: {error}", file=sys.stderr)
        return 66
    return 0


if __name__ == "__main__":
    sys.exit(main())
