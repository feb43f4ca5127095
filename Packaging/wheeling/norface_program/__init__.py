"""The program `norface` with its networks, as it comes in the wheel of x86-64 Linux."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

#: Exit code of what cannot be had (EX_UNAVAILABLE), as of the program itself.
UNAVAILABLE = 69


def environment(folder: Path, script: str, given: dict[str, str]) -> dict[str, str]:
    """The program's environment: its networks unless others are named, and first on the PATH the folder that this was called in."""
    result = dict(given)
    if not result.get("NORFACE_MODELS"):
        result["NORFACE_MODELS"] = str(folder / "Models")
    # `norface report` looks for norface-report, which lies beside this script, not beside the program.
    result["PATH"] = os.pathsep.join([str(Path(script).absolute().parent), result.get("PATH") or os.defpath])
    return result


def main() -> NoReturn:
    """Becomes the program. Nothing is imported that takes time: it costs some 20 ms."""
    folder = Path(__file__).resolve().parent
    program = folder / "bin" / "norface"
    try:
        os.execve(program, ["norface", *sys.argv[1:]], environment(folder, sys.argv[0], dict(os.environ)))
    except OSError as error:
        print(f"norface: error: {program}: {error.strerror}; install the package anew", file=sys.stderr)
        sys.exit(UNAVAILABLE)
