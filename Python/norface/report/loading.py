"""Finds files of records and reads each recording in them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

import norface
from norface.reading import Recording
from norface.reading.files import events_file, split_name
from norface.reading.labels import FRAME_COLUMNS

from .numbers import RecordingNumbers, count

#: Kinds of events that are only told where events were asked for.
_ASKED = {"segment", "blink", "wink", "blinks_unwatched", "blinks_watched"}


class NothingFound(Exception):
    """There are no records where they were looked for."""


def find_files(paths: list[Path]) -> list[Path]:
    """The files of records that paths stand for: a file for itself, a folder for all in it and below, in their names' order.

    In folders `NAME.jsonl` and `NAME.csv` (also packed, `.gz`) count; a `.csv` counts where it has the header of records and
    no JSON Lines of that name stand beside it.

    Raises:
        FileNotFoundError: a path does not exist.
        NothingFound: a folder holds no records.
    """
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(f"{path}: no such file or folder")
        if not path.is_dir():
            found.append(path)
            continue
        inside = [file for file in sorted(path.rglob("*")) if file.is_file() and _is_records(file)]
        if not inside:
            raise NothingFound(f"{path}: no records (.jsonl or .csv of norface) in this folder")
        found += inside
    return list(dict.fromkeys(found))


def _is_records(file: Path) -> bool:
    name, kind, is_part = split_name(file)
    if is_part or name.startswith(".") or name.endswith(".events"):
        return False
    if kind == "jsonl":
        return True
    if kind != "csv" or any(file.with_name(name + ending).exists() for ending in (".jsonl", ".jsonl.gz")):
        return False
    from norface.reading.files import open_binary

    try:
        with open_binary(file) as opened:
            # Tables that were exported begin alike; only those of norface itself have a column of a face's baseline.
            header = opened.readline(1 << 16).decode(errors="replace").rstrip("\r\n").split(",")
            return tuple(header[: len(FRAME_COLUMNS)]) == FRAME_COLUMNS and "baseline" in header
    except OSError:
        return False


def has_events(recording: Recording) -> bool:
    """Whether segments and blinks were written: a file of events, a run that told them, or such lines among the records."""
    settings = (recording.meta or {}).get("settings")
    if events_file(recording.path) is not None or (
        isinstance(settings, dict) and settings.get("events") is True and _told(recording)
    ):
        return True
    return bool(len(recording.events)) and recording.events["event"].isin(_ASKED).any()


def _told(recording: Recording) -> bool:
    """Whether the file is one that events stand in: the daemon writes them between the records."""
    return bool(len(recording.events)) and bool(recording.events["event"].isin(["track_started", "track_ended"]).any())


def read_recordings(path: Path) -> Iterator[RecordingNumbers]:
    """Reads a file and makes the numbers of each source in it; most files hold one.

    Raises:
        OSError: the file cannot be read.
        norface.RecordFileError: it holds something else than records.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        recording = norface.read(path)
    known = has_events(recording)
    names = list(pd.unique(recording.frames["source"])) if len(recording.frames) else []
    if len(names) <= 1:
        name = str(names[0]) if names else split_name(path)[0]
        events = recording.events if known else None
        yield count(name, recording.frames, recording.faces, events, recording.meta, recording.labels)
        return
    for name in names:
        frames = recording.frames[recording.frames["source"] == name]
        faces = recording.faces[recording.faces["source"] == name]
        events = recording.events[recording.events["source"] == name] if known else None
        yield count(str(name), frames, faces, events, recording.meta, recording.labels)
