"""Sets on disk as shards: appended one by one, resumable, readable while they are being written.

A set is a folder with ``manifest.json`` and, for shard ``k``, one ``.npy`` file per field: ``00007.crop.npy``. The
manifest lists only complete shards and is replaced atomically. One writer at a time.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

FORMAT = 1


class ShardError(ValueError):
    """A set that cannot be read or continued; the message names the file."""


def _manifest(folder: Path) -> dict:
    file = folder / "manifest.json"
    try:
        manifest = json.loads(file.read_text())
    except FileNotFoundError:
        raise ShardError(f"{file}: no such set") from None
    except json.JSONDecodeError as error:
        raise ShardError(f"{file}: not JSON: {error}") from None
    if manifest.get("format") != FORMAT:
        raise ShardError(f"{file}: format {manifest.get('format')!r}, expected {FORMAT}")
    return manifest


class ShardWriter:
    """Appends shards to the set in ``folder``, creating it with these ``facts`` (any JSON) if it is absent.

    Raises :class:`ShardError` when the set there was begun with other facts: nothing is overwritten.
    """

    def __init__(self, folder: Path | str, facts: dict):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        facts = json.loads(json.dumps(facts))
        if (self.folder / "manifest.json").exists():
            self._state = _manifest(self.folder)
            if self._state["facts"] != facts:
                raise ShardError(f"{self.folder}: begun with other facts; name another folder or remove this one")
        else:
            self._state = {"format": FORMAT, "facts": facts, "fields": {}, "shards": []}
            self._write()

    @property
    def count(self) -> int:
        """Rows written so far."""
        return sum(shard["count"] for shard in self._state["shards"])

    def append(self, **arrays: np.ndarray) -> None:
        """Write one shard; every array has the rows first and the same number of them, as earlier shards did."""
        counts = {name: len(array) for name, array in arrays.items()}
        if len(set(counts.values())) != 1:
            raise ShardError(f"{self.folder}: fields of different length: {counts}")
        fields = {name: [list(array.shape[1:]), str(array.dtype)] for name, array in arrays.items()}
        if self._state["fields"] not in ({}, fields):
            raise ShardError(f"{self.folder}: fields {fields} differ from the set's {self._state['fields']}")
        number = len(self._state["shards"])
        for name, array in arrays.items():
            np.save(self.folder / f"{number:05d}.{name}.npy", np.ascontiguousarray(array))
        self._state["fields"] = fields
        self._state["shards"].append({"number": number, "count": next(iter(counts.values()))})
        self._write()

    def _write(self) -> None:
        partial = self.folder / "manifest.json.part"
        partial.write_text(json.dumps(self._state, indent=1))
        os.replace(partial, self.folder / "manifest.json")


class ShardedSet:
    """Reads a set. ``set["crop"]`` is the whole field as one array, made once; ``shards("crop")`` maps each from disk.

    Raises :class:`ShardError` for a missing or damaged set, naming the file.
    """

    def __init__(self, folder: Path | str):
        self.folder = Path(folder)
        self.reload()

    def reload(self) -> None:
        """Look again: shards appended since are taken up."""
        manifest = _manifest(self.folder)
        self.facts: dict = manifest["facts"]
        self.fields = {name: (tuple(shape), np.dtype(kind)) for name, (shape, kind) in manifest["fields"].items()}
        self._shards = manifest["shards"]
        self._whole: dict[str, np.ndarray] = {}

    def __len__(self) -> int:
        return sum(shard["count"] for shard in self._shards)

    def shards(self, name: str) -> Iterator[np.ndarray]:
        """The field's shards in order, memory-mapped, read only."""
        if name not in self.fields:
            raise ShardError(f"{self.folder}: no field {name!r}; it has {sorted(self.fields)}")
        shape, kind = self.fields[name]
        for shard in self._shards:
            file = self.folder / f"{shard['number']:05d}.{name}.npy"
            try:
                array = np.load(file, mmap_mode="r")
            except (OSError, ValueError) as error:
                raise ShardError(f"{file}: {error}") from None
            if array.shape != (shard["count"], *shape) or array.dtype != kind:
                raise ShardError(f"{file}: {array.shape} {array.dtype}, the manifest has {(shard['count'], *shape)} {kind}")
            yield array

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._whole:
            parts = list(self.shards(name))
            shape, kind = self.fields[name]
            self._whole[name] = np.concatenate(parts) if parts else np.zeros((0, *shape), kind)
        return self._whole[name]
