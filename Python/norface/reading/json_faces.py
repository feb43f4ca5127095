"""Faces of JSON Lines, collected into columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any

import numpy as np
import pandas as pd

from .labels import EYE_KEYS, FIXED_COLUMNS, REGIONS, Labels
from .tables import FACE_HEAD, concatenated, face_table_columns, text

_FLUSH = 2000
_NO_PAIRS: dict[str, Any] = {}
_NO_EYE = (None,) * 4
_NO_POINT = (None,) * 3
_NO_DERIVED = (None,) * 2
_GAZE = itemgetter(*EYE_KEYS, "error")
_REGIONS = itemgetter(*REGIONS)
_POINT = itemgetter("x", "y", "z")
_DERIVED = itemgetter("valence", "arousal")


class BadRecord(ValueError):
    """A line that is no record, with the reason; `line` where it is another one than the one being read."""

    line: int | None = None


class FaceColumns:
    """Collects faces row by row and makes a table of them.

    Numbers are kept as rows of one matrix, in the order of the columns but for `AUxx_present`, which follow from sets.
    """

    def __init__(self, labels: Labels) -> None:
        self.labels = labels
        self._units = _picker(labels.au)
        self._sides = _picker(labels.sides)
        self._emotions = _picker(labels.emotions)
        self._unit_numbers = {unit: index for index, unit in enumerate(labels.au)}
        self._gap = len(FIXED_COLUMNS) + 2 * len(labels.au) + 2 * len(labels.sides)
        self._width = self._gap + len(labels.emotions) + 1 + 2 * labels.landmarks + 3 * labels.head
        self._width += 2 * labels.derived
        self._tables: list[pd.DataFrame] = []
        self._clear()

    def _clear(self) -> None:
        self._heads: list[tuple[Any, ...]] = []
        self._lines: list[int] = []
        self._flat: list[Any] = []
        self._emotion: list[Any] = []
        self._baseline: list[Any] = []
        self._present: tuple[list[int], list[int]] = ([], [])
        self._without_present: list[int] = []
        self._without_units: list[int] = []

    def fits(self, face: Mapping[str, Any]) -> bool:
        """Whether these labels have a place for all values of a face."""
        labels = self.labels
        return (
            len(face.get("au") or ()) <= len(labels.au)
            and len(face.get("au_raw") or ()) <= len(labels.au)
            and len(face.get("au_left") or ()) <= len(labels.sides)
            and len(face.get("emotions") or ()) <= len(labels.emotions)
            and len(face.get("landmarks") or ()) <= 2 * labels.landmarks
            and (labels.head or face.get("head") is None)
            and (labels.derived or face.get("derived") is None)
        )

    def add(self, line: int, head: tuple[Any, ...], face: Mapping[str, Any]) -> None:
        """Adds a face.

        Args:
            line: number of the record's line.
            head: `frame`, `source`, `seq`, `pts` and `epoch` of its record.
            face: the object of the record.

        Raises:
            BadRecord: it is no face.
        """
        get = face.get
        row = len(self._heads)
        flat = self._flat
        try:
            self._heads.append((*head, face["track"]))
            self._lines.append(line)
            flat.append(get("certain"))
            flat.extend(get("box") or _NO_EYE)
            flat += (get("score"), get("pitch"), get("yaw"), get("roll"))
            gaze = get("gaze")
            if gaze:
                flat.extend(_GAZE(gaze))
                flat.extend(gaze["left"] or _NO_EYE)
                flat.extend(gaze["right"] or _NO_EYE)
            else:
                flat.extend((None,) * 13)
            flat.append(get("quality"))
            visible = get("visible")
            flat.extend(_REGIONS(visible) if visible else (None,) * len(REGIONS))
            flat.extend(self._units(get("au") or _NO_PAIRS))
            flat.extend(self._units(get("au_raw") or _NO_PAIRS))
            flat.extend(self._sides(get("au_left") or _NO_PAIRS))
            flat.extend(self._sides(get("au_right") or _NO_PAIRS))
            flat.extend(self._emotions(get("emotions") or _NO_PAIRS))
            flat.append(get("speaking"))
            self._add_points(face)
            present = get("present")
            if present is None:
                self._without_present.append(row)
            for unit in present or ():
                if unit not in self._unit_numbers:
                    raise BadRecord(f"{unit!r} is present and no unit of this run")
                self._present[0].append(row)
                self._present[1].append(self._unit_numbers[unit])
        except KeyError as error:
            raise BadRecord(f"a face lacks {error}") from None
        except (TypeError, AttributeError) as error:
            raise BadRecord(f"a face has a value of another kind ({error})") from None
        if len(flat) != (row + 1) * self._width:
            raise BadRecord("a face has a list of another length than records have")
        if "au" not in face:
            self._without_units.append(row)
        self._emotion.append(get("emotion"))
        self._baseline.append(get("baseline"))
        if row + 1 >= _FLUSH:
            self._flush()

    def _add_points(self, face: Mapping[str, Any]) -> None:
        count = 2 * self.labels.landmarks
        if count:
            points = face.get("landmarks") or ()
            if len(points) == count:
                self._flat.extend(points[0::2])
                self._flat.extend(points[1::2])
            elif points:
                raise BadRecord(f"a face has {len(points) // 2} landmarks, others have {count // 2}")
            else:
                self._flat.extend((None,) * count)
        if self.labels.head:
            place = face.get("head")
            self._flat.extend(_POINT(place) if place else _NO_POINT)
        if self.labels.derived:
            derived = face.get("derived")
            self._flat.extend(_DERIVED(derived) if derived else _NO_DERIVED)

    def _flush(self) -> None:
        count, gap, units = len(self._heads), self._gap, len(self.labels.au)
        try:
            known = np.array(self._flat, dtype=np.float64).reshape(count, self._width)
        except (TypeError, ValueError):
            raise self._no_number() from None
        matrix = np.empty((count, self._width + units))
        matrix[:, :gap] = known[:, :gap]
        matrix[:, gap + units :] = known[:, gap:]
        present = np.zeros((count, units))
        # Whether a unit is there that cannot be read is not known.
        hidden = np.isnan(known[:, len(FIXED_COLUMNS) : len(FIXED_COLUMNS) + units])
        hidden[self._without_units] = False
        present[hidden] = np.nan
        present[self._without_present] = np.nan
        present[self._present] = 1
        matrix[:, gap : gap + units] = present
        names = face_table_columns(self.labels)[len(FACE_HEAD) :]
        emotion = gap + units
        baseline = emotion + len(self.labels.emotions)
        heads = dict(zip(FACE_HEAD, zip(*self._heads) if self._heads else ((),) * len(FACE_HEAD)))
        parts = [
            pd.DataFrame(
                {
                    "frame": np.array(heads["frame"], dtype=np.int64),
                    "source": text(heads["source"]),
                    "seq": np.array(heads["seq"], dtype=np.int64),
                    "pts": np.array(heads["pts"], dtype=np.float64),
                    "epoch": np.array(heads["epoch"], dtype=np.int64),
                    "track": np.array(heads["track"], dtype=np.int64),
                }
            ),
            pd.DataFrame(matrix[:, :emotion], columns=names[:emotion]),
            pd.DataFrame({names[emotion]: text(self._emotion)}),
            pd.DataFrame(matrix[:, emotion:baseline], columns=names[emotion + 1 : baseline + 1]),
            pd.DataFrame({names[baseline + 1]: text(self._baseline)}),
            pd.DataFrame(matrix[:, baseline:], columns=names[baseline + 2 :]),
        ]
        self._tables.append(pd.concat(parts, axis=1))
        self._clear()

    def _no_number(self) -> BadRecord:
        """The error of the first value that is no number."""
        for index, value in enumerate(self._flat):
            if value is not None and not isinstance(value, (int, float)):
                error = BadRecord(f"a face has a value that is no number ({value!r})")
                error.line = self._lines[index // self._width]
                return error
        return BadRecord("a face has a value that is no number")

    def table(self) -> pd.DataFrame:
        """What was added, as a table of its own index; the collection is empty afterwards."""
        if self._heads or not self._tables:
            self._flush()
        tables, self._tables = self._tables, []
        return concatenated(tables).reset_index(drop=True)


def _picker(names: tuple[str, ...]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """Takes the values of these names in their order, None for what is not there."""

    def slowly(values: Mapping[str, Any]) -> tuple[Any, ...]:
        unknown = [name for name in values if name not in names]
        if unknown:
            raise BadRecord(f"{unknown[0]!r} is none of this run's labels")
        return tuple(values.get(name) for name in names)

    if len(names) < 2:
        return slowly
    pick = itemgetter(*names)

    def picked(values: Mapping[str, Any]) -> tuple[Any, ...]:
        try:
            return pick(values)
        except KeyError:
            return slowly(values)

    return picked
