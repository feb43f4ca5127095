"""The names of a run's values, and the columns of its tables (Documentation/Formats.md)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

FRAME_COLUMNS = ("source", "seq", "pts", "epoch", "time", "dropped", "width", "height", "damaged", "faces")
REGIONS = ("brow_left", "brow_right", "eye_left", "eye_right", "cheek_left", "cheek_right", "mouth_left", "mouth_right")
EYE_KEYS = ("yaw", "pitch", "head_yaw", "head_pitch")
FIXED_COLUMNS = (
    "certain",
    *("box_x", "box_y", "box_width", "box_height", "score", "pitch", "yaw", "roll"),
    *(f"gaze_{key}" for key in (*EYE_KEYS, "error")),
    *(f"gaze_{side}_{key}" for side in ("left", "right") for key in EYE_KEYS),
    "quality",
    *(f"visible_{region}" for region in REGIONS),
)
HEAD_COLUMNS = ("head_x", "head_y", "head_z")
DERIVED_COLUMNS = ("derived_valence", "derived_arousal")
# Words that SPSS keeps for itself get an ending, as `norface` writes them.
_RESERVED = {"all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with"}


@dataclass(frozen=True)
class Labels:
    """The names that a run's values follow, in their order.

    Attributes:
        au: action units, `AU01` ...
        sides: those of them that are told for the subject's left and right, too.
        emotions: names of the emotions.
        landmarks: number of landmarks in each face, 0 without.
        head: whether the head's place is told.
        derived: whether valence and arousal are told.
    """

    au: tuple[str, ...] = ()
    sides: tuple[str, ...] = ()
    emotions: tuple[str, ...] = ()
    landmarks: int = 0
    head: bool = False
    derived: bool = False

    def face_columns(self) -> list[str]:
        """Names of the columns of a face behind `track`, in the order of the CSV."""
        wanted = [
            *FIXED_COLUMNS,
            *self.au,
            *(f"{unit}_raw" for unit in self.au),
            *(f"{unit}_left" for unit in self.sides),
            *(f"{unit}_right" for unit in self.sides),
            *(f"{unit}_present" for unit in self.au),
            "emotion",
            *self.emotions,
            "baseline",
            "speaking",
            *(f"{axis}_{index}" for axis in "xy" for index in range(self.landmarks)),
            *(HEAD_COLUMNS if self.head else ()),
            *(DERIVED_COLUMNS if self.derived else ()),
        ]
        return _valid_names((*FRAME_COLUMNS, "track"), wanted)

    def emotion_columns(self) -> list[str]:
        """Names of the columns with the emotions' probabilities, in the order of `emotions`."""
        columns = self.face_columns()
        start = columns.index("emotion") + 1
        return columns[start : start + len(self.emotions)]

    def merged(self, other: Labels) -> Labels:
        """These labels, with what only the others have."""
        return replace(
            self,
            au=_union(self.au, other.au),
            sides=_union(self.sides, other.sides),
            emotions=_union(self.emotions, other.emotions),
            landmarks=max(self.landmarks, other.landmarks),
            head=self.head or other.head,
            derived=self.derived or other.derived,
        )

    @classmethod
    def of_run(cls, run: Mapping[str, Any] | None) -> Labels | None:
        """The labels of a sidecar or of a run's first line; None where it has none."""
        labels = (run or {}).get("labels")
        if not isinstance(labels, Mapping) or "au" not in labels:
            return None
        return cls(
            tuple(labels["au"]),
            tuple(labels.get("sides", ())),
            tuple(labels.get("emotions", ())),
            int(labels.get("landmarks", 0)),
            bool(labels.get("head", False)),
            bool(labels.get("derived", False)),
        )

    @classmethod
    def of_face(cls, face: Mapping[str, Any]) -> Labels:
        """The labels that a face of a record shows."""
        return cls(
            tuple(face.get("au") or face.get("au_raw") or ()),
            tuple(face.get("au_left") or ()),
            tuple(face.get("emotions") or ()),
            len(face.get("landmarks") or ()) // 2,
            face.get("head") is not None,
            face.get("derived") is not None,
        )

    @classmethod
    def of_columns(cls, columns: Sequence[str]) -> Labels:
        """The labels that a CSV's header shows."""
        known = set(columns)
        au = tuple(name for name in columns if f"{name}_raw" in known)
        emotions: tuple[str, ...] = ()
        if "emotion" in known and "baseline" in known:
            emotions = tuple(columns[columns.index("emotion") + 1 : columns.index("baseline")])
        return cls(
            au,
            tuple(unit for unit in au if f"{unit}_left" in known),
            emotions,
            sum(re.fullmatch(r"x_\d+", name) is not None for name in columns),
            "head_x" in known,
            "derived_valence" in known,
        )


def _union(first: tuple[str, ...], second: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))


def _valid_names(before: Iterable[str], wanted: Iterable[str]) -> list[str]:
    """Names for SPSS and R as `norface` makes them: a label that is no name becomes one, a taken one gets a number."""
    taken = {name.lower() for name in before}
    names = []
    for text in wanted:
        name = re.sub(r"[^A-Za-z0-9]", "_", text)[:60]
        if not name[:1].isalpha():
            name = "v" + name
        name = name.rstrip("_")
        if name.lower() in _RESERVED:
            name += "_value"
        candidate, number = name, 2
        while candidate.lower() in taken:
            candidate, number = f"{name[:56]}_{number}", number + 1
        taken.add(candidate.lower())
        names.append(candidate)
    return names
