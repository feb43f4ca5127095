"""The part of a recording that is wanted, in chunks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ..reading import Recording, read, read_chunks
from .errors import ExportError
from .options import Options

CHUNK = 5000


def chunks(path: Path, options: Options) -> Iterator[Recording]:
    """The recording in parts of one source, with memory for one of them.

    Raises:
        ExportError: it holds several sources and none was chosen.
    """
    sources: set[str] = set()
    done = 0
    for part in read_chunks(path, CHUNK):
        done += len(part.frames)
        sources.update(part.frames["source"].unique())
        part = _chosen(part, options)
        _check(path, part, sources, options)
        yield part
        options.progress(done)
    if options.source is not None and options.source not in sources:
        raise ExportError(f"{path}: no source is called {options.source}")


def whole(path: Path, options: Options) -> Recording:
    """The whole recording of one source."""
    recording = read(path)
    options.progress(len(recording.frames))
    sources = set(recording.frames["source"].unique())
    if options.source is not None and options.source not in sources:
        raise ExportError(f"{path}: no source is called {options.source}")
    recording = _chosen(recording, options)
    _check(path, recording, sources, options)
    return recording


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


def _check(path: Path, part: Recording, sources: set[str], options: Options) -> None:
    if options.source is None and len(sources) > 1:
        names = ", ".join(sorted(sources)[:5])
        raise ExportError(f"{path}: holds several sources ({names}): choose one with --source")
