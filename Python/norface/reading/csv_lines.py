"""Records of the CSV that `norface` writes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .block import Block, frame_table
from .errors import RecordFileError
from .files import numbered_lines, warn_torn
from .labels import FRAME_COLUMNS, Labels
from .tables import FACE_HEAD, text

_TEXTS = ("source", "time", "emotion", "baseline", "markers")
_INTEGERS = ("seq", "epoch", "dropped", "width", "height", "damaged", "faces")
# The same numbers as JSON Lines give, to the last bit; from 3.1 on pandas does so by itself.
_EXACT: dict[str, Any] = {} if tuple(map(int, pd.__version__.split(".")[:2])) >= (3, 1) else {"float_precision": "round_trip"}
_FACES = FRAME_COLUMNS.index("faces")


def csv_blocks(path: Path, labels: Labels | None, size: int) -> Iterator[Block]:
    """The records of a file in blocks of `size`.

    Raises:
        RecordFileError: a row is none of a record.
        OSError: the file cannot be read.
    """
    lines = numbered_lines(path)
    header = next(lines, None)
    if header is None:
        raise RecordFileError(path, "empty: a CSV has a row of names")
    columns = header[1].decode(errors="replace").rstrip("\r\n").split(",")
    if tuple(columns[: len(FRAME_COLUMNS)]) != FRAME_COLUMNS or "markers" not in columns:
        raise RecordFileError(path, "the names of the columns are not those of norface", 1)
    shown = Labels.of_columns(columns)
    # The sidecar knows a label's own name, where a column had to be named otherwise.
    if labels is None or labels.face_columns() != shown.face_columns():
        labels = shown
    start = 0
    rows: list[bytes] = []
    numbers: list[int] = []
    counts: list[int] = []
    for record in _records(path, lines, len(columns)):
        counts.append(len(record))
        for number, line in record:
            numbers.append(number)
            rows.append(line)
        if len(counts) >= size:
            yield _block(path, columns, rows, numbers, counts, labels, start)
            start += len(counts)
            rows, numbers, counts = [], [], []
    yield _block(path, columns, rows, numbers, counts, labels, start)


def _records(path: Path, lines: Iterator[tuple[int, bytes]], width: int) -> Iterator[list[tuple[int, bytes]]]:
    """The rows of each record."""
    record: list[tuple[int, bytes]] = []
    missing = 0
    prefix: list[bytes] = []
    for number, line in lines:
        if not line.endswith(b"\n"):
            # A row's last cell may be empty, so that a torn row cannot be told from a whole one.
            warn_torn(path, number, "it has no end")
            break
        cells = _cells(line)
        if len(cells) != width:
            raise RecordFileError(path, f"{len(cells)} cells, where the header names {width}", number)
        if missing and cells[: _FACES + 1] != prefix:
            raise RecordFileError(path, "another frame begins before all faces of the one before it came", number)
        if not missing:
            prefix = cells[: _FACES + 1]
            try:
                missing = max(1, int(prefix[_FACES]))
            except ValueError:
                shown = prefix[_FACES].decode(errors="replace")
                raise RecordFileError(path, f"faces is {shown!r}, no number", number) from None
        record.append((number, line))
        missing -= 1
        if not missing:
            yield record
            record = []
    if record:
        warn_torn(path, record[0][0], f"{missing} of the frame's rows are missing")


def _cells(line: bytes) -> list[bytes]:
    if b'"' not in line:
        return line.rstrip(b"\r\n").split(b",")
    return [cell.encode() for cell in next(csv.reader([line.decode(errors="replace").rstrip("\r\n")]))]


def _block(
    path: Path, columns: list[str], rows: list[bytes], numbers: list[int], counts: list[int], labels: Labels, start: int
) -> Block:
    table = _parse(path, columns, rows, numbers)
    first = np.cumsum([0, *counts])[:-1].astype(np.int64)
    heads = table.iloc[first]
    lists: dict[str, list[Any]] = {name: heads[name].tolist() for name in FRAME_COLUMNS}
    lists["time"] = _known(heads["time"])
    lists["markers"] = _known(heads["markers"])
    try:
        frames = frame_table(lists, start)
    except ValueError as error:
        raise RecordFileError(path, f"a row between {numbers[0]} and {numbers[-1]} is wrong ({error})") from error
    number = np.repeat(np.arange(start, start + len(counts)), counts) if counts else np.zeros(0, np.int64)
    has_face = table["faces"].to_numpy() > 0
    wanted = [*FACE_HEAD[1:], *labels.face_columns()]
    seen = table.loc[has_face, wanted].reset_index(drop=True)
    faces = pd.concat([pd.DataFrame({"frame": number[has_face]}), seen], axis=1)
    if faces["track"].isna().any():
        place = numbers[int(np.flatnonzero((table["faces"] > 0) & table["track"].isna())[0])]
        raise RecordFileError(path, "a face without a track", place)
    faces = faces.astype({"track": np.int64})
    for name in ("source", "emotion", "baseline"):
        faces[name] = text(_known(faces[name]))
    events: list[dict[str, Any]] = []
    for index, markers in enumerate(lists["markers"]):
        if markers:
            where = {name: lists[name][index] for name in ("source", "pts", "epoch", "time")}
            events += ({"event": "marker", "in_record": True, **where, "marker": marker} for marker in markers.split("; "))
    return Block(frames, faces, labels, events)


def _known(values: pd.Series) -> list[str | None]:
    return [value if isinstance(value, str) else None for value in values]


def _parse(path: Path, columns: list[str], rows: list[bytes], numbers: list[int]) -> pd.DataFrame:
    types = {name: object if name in _TEXTS else np.int64 if name in _INTEGERS else np.float64 for name in columns}
    try:
        return pd.read_csv(
            io.BytesIO(b"".join(rows)), header=None, names=columns, dtype=types, keep_default_na=False, na_values=[""],
            **_EXACT, skip_blank_lines=False,
        )  # fmt: skip
    except ValueError as error:
        for number, line in zip(numbers, rows):
            for name, cell in zip(columns, _cells(line)):
                if name in _TEXTS or (not cell and name not in _INTEGERS):
                    continue
                try:
                    int(cell) if name in _INTEGERS else float(cell)
                except ValueError:
                    shown = cell.decode(errors="replace")
                    raise RecordFileError(path, f"{name} is {shown!r}, no number", number) from error
        raise RecordFileError(path, f"lines {numbers[0]} to {numbers[-1]}: {error}") from error
