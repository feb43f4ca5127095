"""Readers of the source files: FER+ and the face photographs. Every error names the file."""

from __future__ import annotations

import csv
import io
import os
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image

from ..labels import EMOTIONS

#: People of the photographs whose number divides by this lend nothing to training sets that are made from photographs (skins).
HELD_OUT = 10


class SourceError(ValueError):
    """A source file that is missing, broken or not what it should be."""


def folder(option: Path | str | None, variable: str) -> Path:
    """A folder from a command-line option or else from the environment (``NORFACE_DATA``, ``NORFACE_CACHE``)."""
    value = option or os.environ.get(variable)
    if not value:
        raise SourceError(f"name the folder by the option or by {variable}")
    return Path(value)


class FerPlus:
    """FER2013's pictures with FER+'s votes: part ``train`` or ``valid``.

    ``images`` (N, 48, 48) uint8 luma, ``votes`` (N, 10) uint8, ``names`` (N,) file names.
    """

    def __init__(self, path: Path | str, part: str):
        path = Path(path)
        if part not in ("train", "valid"):
            raise SourceError(f"FER+ has no part {part!r} here; train or valid")
        try:
            with np.load(path) as data:
                self.images, self.votes, self.names = (data[f"{part}_{k}"] for k in ("images", "votes", "names"))
                self.columns = [str(c) for c in data["vote_columns"]]
        except FileNotFoundError:
            raise SourceError(f"FER+ not found: {path}") from None
        except (KeyError, OSError, ValueError, zipfile.BadZipFile) as error:
            raise SourceError(f"{path}: not the FER+ archive: {error}") from None
        if self.images.shape[1:] != (48, 48) or self.votes.shape != (len(self.images), 10):
            raise SourceError(f"{path}: images {self.images.shape} and votes {self.votes.shape} do not agree")

    def __len__(self) -> int:
        return len(self.images)


@dataclass(frozen=True)
class PhotoRow:
    """One line of ``labels.csv``; ``emotion`` indexes labels.EMOTIONS, -1 where the annotator's word is none of them."""

    image: str
    identity: str
    emotion: int


class Photos:
    """The zip of face photographs with ``labels.csv``."""

    def __init__(self, path: Path | str):
        self.path = Path(path)
        try:
            self._zip = zipfile.ZipFile(self.path)
            text = self._zip.read("labels.csv").decode()
        except FileNotFoundError:
            raise SourceError(f"photos not found: {self.path}") from None
        except (KeyError, zipfile.BadZipFile, UnicodeDecodeError) as error:
            raise SourceError(f"{self.path}: {error}") from None
        self.rows = []
        for number, row in enumerate(csv.DictReader(io.StringIO(text)), 2):
            if not row.get("image") or not row.get("identity"):
                raise SourceError(f"{self.path}: labels.csv line {number}: no image or no identity")
            word = (row.get("emotion") or "").strip().lower()
            self.rows.append(PhotoRow(row["image"], row["identity"], EMOTIONS.index(word) if word in EMOTIONS else -1))

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def identities(self) -> dict[str, int]:
        """Identity names numbered in sorted order."""
        return {name: k for k, name in enumerate(sorted({row.identity for row in self.rows}))}

    def luma(self, index: int) -> np.ndarray:
        """One photograph as (H, W) uint8."""
        name = self.rows[index].image
        try:
            with Image.open(io.BytesIO(self._zip.read(name))) as image:
                return np.asarray(image.convert("L"))
        except KeyError:
            raise SourceError(f"{self.path}: {name} is in labels.csv but not in the archive") from None
        except (OSError, zipfile.BadZipFile) as error:
            raise SourceError(f"{self.path}: {name}: {error}") from None
