"""What the small networks learn from: rendered worlds and photographs, split by person."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..data.shards import ShardedSet
from ..data.sources import HELD_OUT

#: A region counts as seen from this share on.
SEEN = 0.5
#: An eye counts as closed from this coefficient of the lid on, and as open enough to look somewhere up to that one.
CLOSED, OPEN = 0.8, 0.6
#: People of the photographs are numbered by name: those that divide by ``HELD_OUT`` are never learned from (``data.sources``), those that
#: leave this rest are validated on.
PHOTO_VALIDATION = 1


@dataclass
class Faces:
    """Rows of one or more sets: the fields asked for, and ``person`` (N,), a number for each, no two worlds sharing one."""

    arrays: dict[str, np.ndarray]
    person: np.ndarray

    def __len__(self) -> int:
        return len(self.person)

    def __getitem__(self, name: str) -> np.ndarray:
        return self.arrays[name]

    def take(self, rows: np.ndarray) -> Faces:
        """Some of the rows."""
        return Faces({name: values[rows] for name, values in self.arrays.items()}, self.person[rows])

    def groups(self) -> list[np.ndarray]:
        """The rows of each person."""
        order = np.argsort(self.person, kind="stable")
        return np.split(order, np.flatnonzero(np.diff(self.person[order])) + 1)


def worlds(cache: Path, names: tuple[str, ...], fields: tuple[str, ...]) -> Faces:
    """Rendered sets one after the other."""
    parts: dict[str, list] = {name: [] for name in fields}
    people = []
    for k, name in enumerate(names):
        rows = ShardedSet(cache / name)
        for field in fields:
            parts[field].append(rows[field])
        # Negative numbers are people of photographs' skins, who may appear in several worlds.
        own = rows["identity"].astype(np.int64)
        people.append(np.where(own < 0, own, own + (k << 32)))
    return Faces({name: np.concatenate(values) for name, values in parts.items()}, np.concatenate(people))


def photographs(cache: Path, name: str, fields: tuple[str, ...]) -> Faces:
    """The photographs, every row of the set."""
    rows = ShardedSet(cache / name)
    return Faces({field: rows[field] for field in fields}, rows["identity"].astype(np.int64))


def split(faces: Faces, every: int) -> tuple[np.ndarray, np.ndarray]:
    """Rendered people to learn from and to validate on: one person in ``every``."""
    # A mixture of the number, so that people drawn one after the other fall on both sides.
    mixed = (faces.person * 2654435761 % (1 << 32)) // 97
    kept = mixed % every == 0
    return np.flatnonzero(~kept), np.flatnonzero(kept)


def photo_split(faces: Faces) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Photographs to learn from, to validate on, and never learned from."""
    rest = faces.person % HELD_OUT
    return np.flatnonzero(rest > PHOTO_VALIDATION), np.flatnonzero(rest == PHOTO_VALIDATION), np.flatnonzero(rest == 0)


def gaze_rows(faces: Faces) -> dict[str, np.ndarray]:
    """Faces as the gaze network sees them, and the truth of both eyes, left first.

    ``eyes`` (N, 32, 96), the left one beside the mirrored right one; ``crop`` (N, 96, 96); ``pose`` (N, 2) in degrees; ``gaze`` (N, 2, 4), ``aperture``,
    ``closed``, ``seen`` and ``looks`` (may its gaze be told) (N, 2).
    """
    shown = faces["visible"][:, 2:4].astype(np.float32)
    blink = faces["blink"]
    return {
        "eyes": pair(faces["eyes"]),
        "crop": faces["crop"],
        "pose": faces["fitted"][:, :2].astype(np.float32),
        "gaze": faces["gaze"].astype(np.float32),
        "aperture": faces["aperture"].astype(np.float32),
        "closed": blink > CLOSED,
        "seen": shown > SEEN,
        "looks": (blink < OPEN) & (shown > SEEN),
    }


def pair(eyes: np.ndarray) -> np.ndarray:
    """Eye crops (N, 2, 32, 48) side by side, (N, 32, 96)."""
    return np.concatenate([eyes[:, 0], eyes[:, 1]], 2)


def mirrored(rows: dict[str, np.ndarray], flip: np.ndarray) -> dict[str, np.ndarray]:
    """``gaze_rows`` of some faces with those that ``flip`` (N,) names seen in a mirror, their crops left as they are."""
    out = dict(rows)
    half = rows["eyes"].shape[2] // 2
    out["eyes"] = np.where(flip[:, None, None], np.roll(rows["eyes"], half, 2), rows["eyes"])
    out["pose"] = rows["pose"] * np.where(flip, -1, 1)[:, None] ** np.array([1, 0])
    out["pose"] = out["pose"].astype(np.float32)
    sign = np.where(flip[:, None, None], np.array([-1, 1, -1, 1], np.float32), np.float32(1))
    swapped = {name: np.where(flip.reshape(-1, *[1] * (rows[name].ndim - 1)), rows[name][:, ::-1], rows[name])
               for name in ("gaze", "aperture", "closed", "seen", "looks")}  # fmt: skip
    swapped["gaze"] = (swapped["gaze"] * sign).astype(np.float32)
    return out | swapped
