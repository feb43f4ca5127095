"""Records of JSON Lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from .block import Block, frame_table
from .errors import RecordFileError
from .files import numbered_lines, warn_torn
from .json_faces import BadRecord, FaceColumns
from .labels import Labels

VERSION = 1
_HEAD = ("source", "seq", "pts", "epoch", "time", "dropped", "width", "height")


def json_objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a file with the numbers of their lines; a torn last line is told by a warning.

    Raises:
        RecordFileError: a line is no object, or of a later version.
    """
    for number, line in numbered_lines(path):
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            if not line.endswith(b"\n"):
                warn_torn(path, number, str(error))
                return
            raise RecordFileError(path, f"no JSON: {error}", number) from error
        if not isinstance(value, dict):
            raise RecordFileError(path, "no JSON object", number)
        if value.get("v", VERSION) != VERSION:
            raise RecordFileError(path, f"version {value['v']} of the records; this package reads {VERSION}", number)
        yield number, value


def first_labels(path: Path) -> Labels:
    """The labels of the first run's line or face in a file; none where nobody is seen."""
    for _, line in numbered_lines(path):
        if b'"faces":[]' in line:
            continue
        try:
            value = orjson.loads(line)
            run = Labels.of_run(value) if value.get("event") == "run" else None
            if run is not None:
                return run
            if value.get("faces"):
                return Labels.of_face(value["faces"][0])
        except (orjson.JSONDecodeError, AttributeError, TypeError):
            # What is wrong is told with its number when the line is read.
            break
    return Labels()


def json_blocks(path: Path, labels: Labels | None, size: int) -> Iterator[Block]:
    """The records of a file in blocks of `size`; a block ends earlier where a face has values that nobody had before.

    Raises:
        RecordFileError: a line is no record.
        OSError: the file cannot be read.
    """
    collected = _Collector(labels if labels is not None else first_labels(path))
    number = 0
    try:
        for number, value in json_objects(path):
            if "event" in value:
                collected.add_event(value)
                continue
            faces = value.get("faces")
            if not isinstance(faces, list):
                raise BadRecord("no record: it has no list of faces")
            if not all(map(collected.faces.fits, faces)):
                if collected.count:
                    yield collected.block()
                for face in faces:
                    collected.widen(face)
            collected.add(number, value, faces)
            if collected.count >= size:
                yield collected.block()
        yield collected.block()
    except RecordFileError:
        raise
    except BadRecord as error:
        raise RecordFileError(path, str(error), error.line or number) from error
    except (AttributeError, TypeError, ValueError) as error:
        raise RecordFileError(path, f"no record ({error})", number) from error


class _Collector:
    def __init__(self, labels: Labels) -> None:
        self.labels = labels
        self.faces = FaceColumns(labels)
        self.start = 0
        self.count = 0
        self._clear()

    def _clear(self) -> None:
        self.start += self.count
        self.count = 0
        self.columns: dict[str, list[Any]] = {
            name: [] for name in (*_HEAD, "damaged", "faces", "markers", "thinned", "overload")
        }
        self.events: list[dict[str, Any]] = []
        self.run: dict[str, Any] | None = None

    def add_event(self, value: dict[str, Any]) -> None:
        if value["event"] == "run":
            self.run = {key: item for key, item in value.items() if key != "event"}
            self.labels = self.labels.merged(Labels.of_run(value) or Labels())
            if self.labels != self.faces.labels and not self.count:
                self.faces = FaceColumns(self.labels)
        elif value["event"] != "status":
            self.events.append(value)

    def widen(self, face: Mapping[str, Any]) -> None:
        self.labels = self.labels.merged(Labels.of_face(face))
        self.faces = FaceColumns(self.labels)

    def add(self, line: int, value: dict[str, Any], faces: list[Any]) -> None:
        columns = self.columns
        try:
            head = tuple(value[name] for name in _HEAD)
        except KeyError as error:
            raise BadRecord(f"no record: it lacks {error}") from None
        for name, item in zip(_HEAD, head):
            columns[name].append(item)
        columns["damaged"].append(value.get("damaged", False))
        columns["faces"].append(len(faces))
        markers = value.get("markers")
        columns["markers"].append("; ".join(markers) if markers else None)
        drops = value.get("drops") or {}
        columns["thinned"].append(drops.get("thinned", 0))
        columns["overload"].append(drops.get("overload", 0))
        place = (self.start + self.count, *head[:4])
        for face in faces:
            self.faces.add(line, place, face)
        for marker in markers or ():
            self.events.append({"event": "marker", "in_record": True, **dict(zip(_HEAD[:5], head[:5])), "marker": marker})
        self.count += 1

    def block(self) -> Block:
        block = Block(frame_table(self.columns, self.start), self.faces.table(), self.faces.labels, self.events, self.run)
        self._clear()
        return block
