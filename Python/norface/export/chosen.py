"""The part of a recording that is wanted, in chunks."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd

from ..reading import Recording, read, read_chunks
from .errors import ExportError
from .options import Options

CHUNK = 5000


def chunks(path: Path, options: Options, one_source: bool = True) -> Iterator[Recording]:
    """The recording in parts, with memory for one of them; `one_source` where the format has no column for it.

    Raises:
        ExportError: it holds several sources and none was chosen.
    """
    sources: set[str] = set()
    done = 0
    for part in read_chunks(path, CHUNK):
        done += len(part.frames)
        sources.update(part.frames["source"].unique())
        part = _chosen(part, options)
        if one_source:
            _check(path, sources, options)
        yield part
        options.progress(done)
    if not done:
        _tell_nothing(path)
    if options.source is not None and options.source not in sources:
        raise ExportError(f"{path}: no source is called {options.source}")


def whole(path: Path, options: Options, one_source: bool = True) -> Recording:
    """The whole recording; `one_source` where the format has no column for it."""
    recording = read(path)
    options.progress(len(recording.frames))
    sources = set(recording.frames["source"].unique())
    if not len(recording.frames):
        _tell_nothing(path)
    if options.source is not None and options.source not in sources:
        raise ExportError(f"{path}: no source is called {options.source}")
    if one_source:
        _check(path, sources, options)
    return _chosen(recording, options)


def without_faces(path: Path, options: Options) -> Recording:
    """The whole recording of one source, without its table of faces: with memory for its frames and events."""
    parts = list(_without_faces(path, options))
    frames = pd.concat([part.frames for part in parts])
    told = [part.events for part in parts if len(part.events)]
    events = pd.concat(told, ignore_index=True) if told else parts[0].events
    return replace(parts[0], frames=frames, events=events, labels=parts[-1].labels)


def _without_faces(path: Path, options: Options) -> Iterator[Recording]:
    for part in chunks(path, options):
        yield replace(part, faces=part.faces.iloc[:0].copy(), frames=part.frames[["source", "seq", "pts", "epoch"]].copy())


def _chosen(recording: Recording, options: Options) -> Recording:
    frames, faces, events = recording.frames, recording.faces, recording.events
    if options.source is not None:
        frames = frames[frames["source"] == options.source]
        faces = faces[faces["source"] == options.source]
        events = events[(events["source"] == options.source) | events["source"].isna()]
    if options.epoch is not None:
        frames = frames[frames["epoch"] == options.epoch]
        faces = faces[faces["epoch"] == options.epoch]
        events = events[(events["epoch"] == options.epoch) | events["epoch"].isna()]
    return replace(recording, frames=frames, faces=faces.reset_index(drop=True), events=events.reset_index(drop=True))


def _tell_nothing(path: Path) -> None:
    warnings.warn(f"{path}: no records are in it", stacklevel=3)


def _check(path: Path, sources: set[str], options: Options) -> None:
    if options.source is None and len(sources) > 1:
        names = ", ".join(sorted(sources)[:5])
        raise ExportError(f"{path}: holds several sources ({names}): choose one with --source")
