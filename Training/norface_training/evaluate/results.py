"""The results file: one entry for every row that was measured, with the command, seed, data and date that made it."""

from __future__ import annotations

import json
import math
import shlex
import sys
from datetime import date
from pathlib import Path

from ..export.bundle import write_json


class ResultsError(ValueError):
    """A results file that cannot be read."""


def read(path: Path) -> dict[str, dict]:
    """The entries of a results file; an absent file has none."""
    if not path.exists():
        return {}
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ResultsError(f"{path}: not JSON: {error}") from error
    if not isinstance(entries, dict):
        raise ResultsError(f"{path}: expected a mapping of rows")
    return entries


def tidy(value):
    """Figures as they are written: four digits after the point, nothing that JSON cannot hold."""
    if isinstance(value, dict):
        return {str(k): tidy(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [tidy(v) for v in value]
    if isinstance(value, float) or type(value).__module__ == "numpy":
        number = float(value)
        return round(number, 4) if math.isfinite(number) else None
    return value


def command_line(arguments: list[str] | None = None) -> str:
    """The command as a reader can type it, without the folders of this machine."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    shown = []
    for word in words:
        folder_name = word.startswith("/")
        shown.append(Path(word).name.upper() if folder_name and Path(word).is_dir() else Path(word).name if folder_name else word)
    return "python -m norface_training.evaluate " + shlex.join(shown)


def record(path: Path, row: str, values: dict, data: str, trained_on: str, seed: int | None, command: str) -> dict:
    """Adds or replaces ``row``; other rows stay as they are. Returns the entry."""
    entries = read(path)
    entries[row] = {
        "values": tidy(values),
        "data": data,
        "trained_on": trained_on,
        "seed": seed,
        "command": command,
        "date": date.today().isoformat(),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, dict(sorted(entries.items())))
    return entries[row]
