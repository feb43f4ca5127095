"""The table of one's own labels: a CSV with a header, one line a picture.

``image`` is a path beside the table. ``person`` (a name; without it each picture is somebody else) keeps people together when some are set aside.
``AU12`` and the like hold intensities 0-5, ``AU12L`` and ``AU12R`` those of a person's left and right, ``emotion`` one of ``labels.EMOTIONS``. What is left empty is
not known, and whatever has no column either.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..labels import AUS, EMOTIONS, MAX_INTENSITY, SIDES


class TableError(ValueError):
    """A table that cannot be used; the message names the file and the line."""


@dataclass
class Table:
    """Rows of the table: ``au`` (N, 20), ``left`` and ``right`` (N, 14) with NaN where nothing is known, ``emotion`` (N,), -1 where it is not."""

    images: list[Path]
    people: np.ndarray
    au: np.ndarray
    left: np.ndarray
    right: np.ndarray
    emotion: np.ndarray

    def __len__(self) -> int:
        return len(self.images)


def read_table(path: Path) -> Table:
    """Raises ``TableError`` for a file or a cell that is not as told above, and for a table without a label."""
    path = Path(path)
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            columns, lines = reader.fieldnames or [], list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TableError(f"{path}: {error}") from error
    places = _places(path, columns)
    values = {"au": np.full((len(lines), len(AUS)), np.nan, np.float32)}
    values |= {key: np.full((len(lines), len(SIDES)), np.nan, np.float32) for key in ("left", "right")}
    emotion, people, images = np.full(len(lines), -1, np.int64), [], []
    for k, line in enumerate(lines):
        where = f"{path} line {k + 2}"
        if not line["image"]:
            raise TableError(f"{where}: no image")
        images.append(path.parent / line["image"])
        people.append(line.get("person") or f"\n{k}")
        for column, (key, at) in places.items():
            if (line[column] or "").strip():
                values[key][k, at] = _intensity(line[column], f"{where}: {column}")
        word = (line.get("emotion") or "").strip().lower()
        if word and word not in EMOTIONS:
            raise TableError(f"{where}: emotion {word!r}; known are {', '.join(EMOTIONS)}")
        emotion[k] = EMOTIONS.index(word) if word else -1
    if not np.isfinite(values["au"]).any() and not (emotion >= 0).any():
        raise TableError(f"{path}: no label of a unit or an emotion")
    _, numbers = np.unique(np.array(people), return_inverse=True)
    return Table(images, numbers.astype(np.int64), **values, emotion=emotion)


def _places(path: Path, columns: list[str]) -> dict[str, tuple[str, int]]:
    """Which array and column each of the table's columns of units fills."""
    if "image" not in columns:
        raise TableError(f"{path}: no column image")
    places: dict[str, tuple[str, int]] = {}
    for column in columns:
        unit, side = (column[:-1], column[-1]) if column[-1:] in ("L", "R") else (column, "")
        if column in ("image", "person", "emotion"):
            continue
        if side and unit in SIDES:
            places[column] = ("left" if side == "L" else "right", SIDES.index(unit))
        elif not side and unit in AUS:
            places[column] = ("au", AUS.index(unit))
        else:
            raise TableError(
                f"{path}: column {column!r}; known are image, person, emotion, {', '.join(AUS)}, and L or R behind {', '.join(SIDES)}"
            )
    return places


def _intensity(text: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not 0 <= value <= MAX_INTENSITY:
        raise TableError(f"{where}: {text!r} is no intensity between 0 and {MAX_INTENSITY:g}")
    return value
