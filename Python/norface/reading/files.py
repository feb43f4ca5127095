"""Which files belong together, and lines with their numbers."""

from __future__ import annotations

import gzip
import json
import os
import sys
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

from .errors import RecordFileError, TornLineWarning

_KINDS = (".jsonl", ".csv")


def split_name(path: Path) -> tuple[str, str, bool]:
    """The name without its ends, the kind (`jsonl` or `csv`), and whether the file is unfinished (`.part`)."""
    name = path.name
    name = name.removesuffix(".gz")
    is_part = name.endswith(".part")
    if is_part:
        name = name[:-5]
    for kind in _KINDS:
        if name.endswith(kind):
            return name[: -len(kind)], kind[1:], is_part
    return name, "", is_part


def kind_of(path: Path) -> str:
    """`jsonl` or `csv`: by the name, else by the first character.

    Raises:
        RecordFileError: it is neither.
    """
    kind = split_name(path)[1]
    if kind:
        return kind
    with open_binary(path) as file:
        start = file.read(64).lstrip()
    if start.startswith(b"{") or not start:
        return "jsonl"
    if start.startswith(b"source,seq,"):
        return "csv"
    raise RecordFileError(path, "neither JSON Lines nor CSV of norface")


def open_binary(path: Path) -> IO[bytes]:
    """Opens a file for reading, unpacking `.gz`."""
    if path.name.endswith(".gz"):
        return cast(IO[bytes], gzip.open(path, "rb"))
    return open(path, "rb", buffering=1 << 20)


def read_sidecar(path: Path) -> dict[str, Any] | None:
    """The content of `NAME.meta.json` beside a file of records; None without.

    Raises:
        RecordFileError: it is no JSON object.
    """
    name, _, is_part = split_name(path)
    # What stands beside an unfinished file describes the finished one before it.
    if is_part:
        return None
    place = path.with_name(f"{name}.meta.json")
    if not place.is_file():
        return None
    try:
        meta = json.loads(place.read_bytes())
    except ValueError as error:
        raise RecordFileError(place, f"no JSON: {error}") from error
    if not isinstance(meta, dict):
        raise RecordFileError(place, "no JSON object")
    return meta


def events_file(path: Path) -> Path | None:
    """The file of events beside a file of records; None without."""
    name, _, is_part = split_name(path)
    ending = ".events.jsonl.part" if is_part else ".events.jsonl"
    for place in (path.with_name(name + ending), path.with_name(f"{name}{ending}.gz")):
        if place.is_file() and place != path:
            return place
    return None


def numbered_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines of a file that are not blank, with their numbers from 1. A line without its end comes last.

    Raises:
        OSError: the file cannot be read.
        RecordFileError: what is packed is damaged.
    """
    number = 0
    try:
        with open_binary(path) as file:
            for number, line in enumerate(file, 1):
                if not line.isspace():
                    yield number, line
    except EOFError:
        warn_torn(path, number + 1, "the packed file ends early")
    except (zlib.error, gzip.BadGzipFile) as error:
        raise RecordFileError(path, f"the packed file is damaged: {error}", number + 1) from error


def warn_torn(path: Path, number: int, reason: str) -> None:
    """Tells that the last line was left out."""
    text = f"{path}, line {number}: the last line is torn and was left out ({reason})"
    warnings.warn(text, TornLineWarning, stacklevel=_callers_level())


def _callers_level() -> int:
    """How far up the caller of this package is: warnings are shown at that line."""
    here = os.path.dirname(__file__)
    level = 1
    while level < 32:
        try:
            if not sys._getframe(level).f_code.co_filename.startswith(here):
                return level
        except ValueError:
            break
        level += 1
    return level
