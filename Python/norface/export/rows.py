"""Exports that are a table whose rows follow the frames: written in chunks, with memory for one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from ..reading import Recording
from .chosen import chunks
from .errors import ExportError
from .files import whole_file
from .options import Options

TableOf = Callable[[Recording], pd.DataFrame]
LONGEST = "the records tell other values later on than at first"


def write_csv(path: Path, target: Path, options: Options, table_of: TableOf) -> list[str]:
    """Writes the tables of all parts one below the other.

    Args:
        path: the file of records.
        target: the CSV.
        options: what is wanted.
        table_of: makes the table of a part; the same columns each time.

    Returns:
        What is to be told about epochs.

    Raises:
        ExportError: the columns change, or nothing was chosen.
    """
    columns: list[str] | None = None
    epochs: set[int] = set()
    with whole_file(target) as part, open(part, "w", encoding="utf-8", newline="") as file:
        for recording in chunks(path, options):
            table = table_of(recording)
            epochs.update(recording.frames["epoch"].unique().tolist())
            if columns is None:
                columns = list(table.columns)
            elif columns != list(table.columns):
                raise ExportError(f"{path}: {LONGEST}; a sidecar ({path.stem}.meta.json) would have named them")
            table.to_csv(file, index=False, header=file.tell() == 0, lineterminator="\n")
    return epoch_notes(epochs)


def epoch_notes(epochs: set[int]) -> list[str]:
    """Tells that times begin anew."""
    if len(epochs) < 2:
        return []
    return [f"{len(epochs)} epochs: the stream broke off in between, and its times may begin anew (--epoch takes one)"]


def with_frames(recording: Recording, columns: list[str] | None = None) -> pd.DataFrame:
    """Each frame with each of its faces, and frames without a face with empty values: the table of the CSV, indexed by frame.

    Args:
        recording: what to tabulate.
        columns: columns of faces beside `track`; None for all.
    """
    faces = recording.faces
    wanted = [name for name in faces.columns if name not in ("frame", "source", "seq", "pts", "epoch", "track")]
    if columns is not None:
        wanted = [name for name in wanted if name in set(columns)]
    side = faces.set_index("frame")[["track", *wanted]]
    side["track"] = side["track"].astype("Int64")
    return recording.frames.join(side, how="left")
