"""What can be wrong with a file of records."""

from __future__ import annotations

from pathlib import Path


class RecordFileError(ValueError):
    """A file that holds something else than records, with the place.

    Attributes:
        path: the file.
        line: number of the line, from 1; None where it concerns the whole file.
    """

    def __init__(self, path: str | Path, reason: str, line: int | None = None) -> None:
        self.path = Path(path)
        self.line = line
        super().__init__(f"{path}: {reason}" if line is None else f"{path}, line {line}: {reason}")


class TornLineWarning(UserWarning):
    """The last line of a file was cut by a crash or is still being written; it was left out."""
