"""Records of norfaced in Python: files (`read`, `read_chunks`) and the daemon's socket (`stream`, `astream`, `place_marker`)."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .reading import Labels, RecordFileError, Recording, TornLineWarning, read, read_chunks
    from .streaming import (
        AsyncStream,
        Event,
        Face,
        Gaze,
        Record,
        Stream,
        StreamClosedError,
        StreamRefusedError,
        astream,
        place_marker,
        stream,
    )

__all__ = [
    "AsyncStream",
    "Event",
    "Face",
    "Gaze",
    "Labels",
    "Record",
    "RecordFileError",
    "Recording",
    "Stream",
    "StreamClosedError",
    "StreamRefusedError",
    "TornLineWarning",
    "astream",
    "place_marker",
    "read",
    "read_chunks",
    "stream",
]

_OF_FILES = {"Labels", "RecordFileError", "Recording", "TornLineWarning", "read", "read_chunks"}


def __getattr__(name: str) -> object:
    # Programs that only follow a stream need not wait for pandas.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module("norface.reading" if name in _OF_FILES else "norface.streaming"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
