"""What is kept of each recording when there are several: memory does not grow with their length."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .clock import runs
from .doubts import find_doubts, tally
from .envelope import envelope, place_points
from .numbers import RecordingNumbers

#: Cells that the lane of a recording has at most.
MOST_CELLS = 200


@dataclass
class FaceLine:
    """What is kept of one face when its recording has been read."""

    recording: str
    track: int
    seconds: float
    share: float
    quality: float
    good_share: float
    hidden_share: float
    uncertain_share: float
    blinks: int | None
    blinks_per_min: float
    segments_per_min: float
    mean: dict[str, float]
    rates: dict[str, float]
    emotions: dict[str, float]

    @property
    def title(self) -> str:
        """Recording and face."""
        return f"{self.recording}, face {self.track}"


@dataclass
class RecordingLine:
    """What is kept of one recording: memory does not grow with its length."""

    name: str
    status: str
    note: str
    seconds: float
    frames: int
    faces_share: float
    damaged: int
    dropped: int
    has_events: bool
    #: Seconds of doubt by kind, over all faces.
    doubts: dict[str, float]
    #: Stretches (begin, end, `seen` or `nobody`), seconds.
    presence: list[tuple[float, float, str]]
    faces: list[FaceLine] = field(default_factory=list)
    #: Program and model, to see whether all recordings were analysed alike.
    made_by: str = ""


def _presence(numbers: RecordingNumbers) -> list[tuple[float, float, str]]:
    clock = numbers.clock
    seen = np.zeros(len(numbers.frames), bool)
    for face in numbers.faces:
        seen[face.at] = True
    # Short stretches are drawn as what there is more of, so that a page of many recordings stays small.
    points = place_points(clock, MOST_CELLS)
    most = envelope(seen.astype(float), np.arange(len(seen)), points).mean
    half = points.width / 2
    found = []
    for kind, mask in (("seen", most >= 0.5), ("nobody", most < 0.5)):
        for a, b, _ in runs(np.flatnonzero(mask), points.times, points.width, np.inf):
            found.append((a - half, b - half, kind))
    return sorted(found)


def summarize(numbers: RecordingNumbers) -> RecordingLine:
    """Keeps of a recording what the page of a folder shows."""
    status, note = numbers.status
    doubts: dict[str, float] = {}
    for item in tally(find_doubts(numbers)):
        doubts[item.kind] = doubts.get(item.kind, 0.0) + item.seconds
    model = (numbers.meta or {}).get("model")
    model = " ".join(str(model[key]) for key in ("name", "version") if key in model) if isinstance(model, dict) else ""
    line = RecordingLine(
        numbers.name,
        status,
        note,
        numbers.seconds,
        len(numbers.frames),
        numbers.faces_share,
        numbers.damaged,
        numbers.dropped,
        numbers.events is not None,
        doubts,
        _presence(numbers),
        made_by=" · ".join(filter(None, [_program(numbers.meta), model])),
    )
    for face in numbers.faces:
        minutes = face.seconds / 60
        segments = sum(face.segments.values()) / minutes if face.segments is not None and minutes > 0 else float("nan")
        rates = face.segments_per_min if numbers.events is not None else dict.fromkeys(numbers.units, float("nan"))
        line.faces.append(
            FaceLine(
                numbers.name,
                face.track,
                face.seconds,
                face.share,
                face.quality,
                face.good_share,
                face.hidden_share,
                face.uncertain_share,
                face.blinks,
                face.blinks_per_min,
                segments,
                face.mean,
                rates,
                face.emotion_share,
            )
        )
    return line


def _program(meta: dict | None) -> str:
    program = (meta or {}).get("program", "")
    return program if isinstance(program, str) else " ".join(str(value) for value in program.values())
