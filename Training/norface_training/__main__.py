"""``python -m norface_training make --from BUNDLE --labels FOLDER/labels.csv --mesh face_landmark.tflite --out NEW``: see ``make``."""

from __future__ import annotations

import sys

from .make.command import main as make

COMMANDS = {"make": make}


def main(arguments: list[str]) -> None:
    """Hands the rest of the line to the command that its first word names."""
    if not arguments or arguments[0] not in COMMANDS:
        sys.exit(f"usage: python -m norface_training {{{','.join(COMMANDS)}}} ...")
    COMMANDS[arguments[0]](arguments[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
