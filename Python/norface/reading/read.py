"""`read` and `read_chunks`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, overload

import numpy as np
import pandas as pd

from .block import Block
from .csv_lines import csv_blocks
from .files import events_file, kind_of, read_sidecar
from .json_lines import json_blocks, json_objects
from .labels import Labels
from .recording import Recording
from .tables import concatenated, event_table, face_table_columns

_BLOCK = 5000


@overload
def read(path: str | os.PathLike[str], *, chunks: None = None) -> Recording: ...
@overload
def read(path: str | os.PathLike[str], *, chunks: int) -> Iterator[Recording]: ...
def read(path: str | os.PathLike[str], *, chunks: int | None = None) -> Recording | Iterator[Recording]:
    """Reads a file of records with the sidecar and the events beside it.

    Args:
        path: `.jsonl` or `.csv` of `norface analyze`, `norfaced` or `norface subscribe`; also unfinished (`.part`) and packed (`.gz`).
        chunks: frames of a chunk, to get an iterator as of `read_chunks`.

    Returns:
        The recording, or an iterator of its parts.

    Raises:
        OSError: the file cannot be read.
        RecordFileError: a line is no record; it names file and line. A torn last line is a `TornLineWarning` only.
    """
    place = Path(path)
    if chunks is not None:
        return read_chunks(place, chunks)
    meta = read_sidecar(place)
    blocks = list(_blocks(place, meta, _BLOCK))
    labels = blocks[0].labels
    for block in blocks[1:]:
        labels = labels.merged(block.labels)
    frames = concatenated([block.frames for block in blocks])
    for name in ("dropped_thinned", "dropped_overload"):
        if name in frames:
            frames[name] = frames[name].fillna(0).astype(np.int64)
    faces = concatenated([block.faces for block in blocks], face_table_columns(labels)).reset_index(drop=True)
    rows = [*_event_rows(place), *(row for block in blocks for row in block.events)]
    run = next((block.run for block in blocks if block.run is not None), None)
    return Recording(frames, faces, _events(rows), meta if meta is not None else run, labels, place)


def read_chunks(path: str | os.PathLike[str], frames: int = 10_000) -> Iterator[Recording]:
    """Reads a long file in parts, with memory for one of them.

    Each part has the events that begin within its frames; those that no part has a frame for are in the last one. A part has fewer
    frames where a face shows values that none before it had. The arguments and exceptions are those of `read`.

    Args:
        path: as for `read`.
        frames: most frames of a part.

    Raises:
        ValueError: `frames` is less than 1.
    """
    if frames < 1:
        raise ValueError("frames must be at least 1")
    place = Path(path)
    meta = read_sidecar(place)
    return _chunks(place, meta, frames)


def _chunks(path: Path, meta: dict[str, Any] | None, size: int) -> Iterator[Recording]:
    waiting = _event_rows(path)
    run = meta
    held: Block | None = None
    for block in _blocks(path, meta, size):
        if held is not None:
            mine, waiting = _begun(waiting, held.frames)
            yield _part(path, held, run, mine)
        if meta is None and block.run is not None:
            run = block.run
        held = block
    if held is not None:
        yield _part(path, held, run, waiting)


def _part(path: Path, block: Block, run: dict[str, Any] | None, rows: list[dict[str, Any]]) -> Recording:
    return Recording(block.frames, block.faces, _events([*rows, *block.events]), run, block.labels, path)


def _blocks(path: Path, meta: dict[str, Any] | None, size: int) -> Iterator[Block]:
    """The file in blocks; only the first may be empty."""
    labels = Labels.of_run(meta)
    reader = json_blocks if kind_of(path) == "jsonl" else csv_blocks
    for index, block in enumerate(reader(path, labels, size)):
        if index == 0 or len(block.frames) or block.events:
            yield block


def _event_rows(path: Path) -> list[dict[str, Any]]:
    place = events_file(path)
    return [] if place is None else [value for _, value in json_objects(place) if "event" in value]


def _events(rows: list[dict[str, Any]]) -> pd.DataFrame:
    # A marker is told twice where events came between the records: at once, and in the next record of each source, which has a time.
    told = {row["marker"] for row in rows if row.get("in_record")}
    rows = [row for row in rows if row["event"] != "marker" or row.get("in_record") or row.get("marker") not in told]
    return event_table([{key: value for key, value in row.items() if key not in ("in_record", "seq")} for row in rows])


def _begun(rows: list[dict[str, Any]], frames: pd.DataFrame) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The events that begin before the last of these frames has passed, and the others."""
    last = frames.groupby(["source", "epoch"])["pts"].max().to_dict()
    mine: list[dict[str, Any]] = []
    others: list[dict[str, Any]] = []
    for row in rows:
        end = last.get((row.get("source"), row.get("epoch")))
        (mine if end is not None and (row.get("pts") is None or row["pts"] <= end) else others).append(row)
    return mine, others
