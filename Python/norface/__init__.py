"""Records of norfaced in Python: files (`read`, `read_chunks`) and the daemon's socket (`stream`, `astream`, `place_marker`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .reading import Labels, RecordFileError, Recording, TornLineWarning, read, read_chunks

__all__ = ["Labels", "RecordFileError", "Recording", "TornLineWarning", "read", "read_chunks"]

_HOMES = dict.fromkeys(["Labels", "RecordFileError", "Recording", "TornLineWarning", "read", "read_chunks"], "reading")


def __getattr__(name: str) -> object:
    # Programs that only relay lines need not wait for pandas.
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f".{home}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
