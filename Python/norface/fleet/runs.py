"""Descriptions of runs, which name the columns of records: kept beside the archive, for the stream forgets them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

from ..reading.json_faces import FaceColumns
from ..reading.labels import Labels
from .durable import make_folder, write_file


class Runs:
    """The lines `"event":"run"` that came, by when their run was started. Two daemons may have been started in the same millisecond."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, list[dict[str, Any]]] = {}
        for path in sorted(folder.glob("*.json")):
            data = orjson.loads(path.read_bytes())
            self._known.setdefault(str(data.get("started") or ""), []).append(data)

    def add(self, descriptions: Iterable[dict[str, Any]]) -> None:
        """Keeps descriptions, on the disk first.

        Raises:
            OSError: they cannot be written.
        """
        for data in descriptions:
            started = str(data.get("started") or "")
            if data in self._known.get(started, ()):
                continue
            text = orjson.dumps(data, option=orjson.OPT_SORT_KEYS)
            make_folder(self._folder)
            path = self._folder / f"{hashlib.blake2b(text, digest_size=16).hexdigest()}.json"
            write_file(path, text)
            self._known.setdefault(started, []).append(data)

    def of(self, run: str, source: str) -> dict[str, Any] | None:
        """The description of a source's run; of the run's others only what all of them share."""
        for data in self._known.get(run, ()) if run else ():
            mine = [one for one in data.get("sources") or () if isinstance(one, dict) and one.get("name") == source]
            if mine:
                return {**data, "sources": mine}
        return None


def line_of(run: str, description: dict[str, Any] | None, faces: Iterable[dict[str, Any]]) -> bytes:
    """The first line of a file of records: the run's description, with labels for all that its faces show."""
    data = dict(description or {"v": 1, "event": "run", **({"started": run} if run else {})})
    labels = Labels.of_run(data)
    known = labels or Labels()
    fits = FaceColumns(known).fits
    for face in faces:
        if not fits(face):
            known = known.merged(Labels.of_face(face))
            fits = FaceColumns(known).fits
    if labels != known:
        told = {
            "au": known.au,
            "sides": known.sides,
            "emotions": known.emotions,
            "landmarks": known.landmarks,
            "head": known.head,
            "derived": known.derived,
        }
        data["labels"] = {**(data.get("labels") or {}), **told}
    return orjson.dumps(data)
