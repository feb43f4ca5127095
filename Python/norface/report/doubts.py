"""Missing and doubtful stretches of a recording: what must be known before its numbers are relied on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .clock import runs
from .names import region_title
from .numbers import GOOD_QUALITY, HIDDEN, FaceNumbers, RecordingNumbers, column, flags

#: Kinds in the order in which the page tells them, and what each means.
KINDS = {
    "nobody": "No face found",
    "gap": "Frames missing",
    "dropped": "Frames dropped",
    "damaged": "Damaged frames",
    "quality": "Low quality",
    "hidden": "Part of the face hidden",
    "identity": "Identity uncertain",
    "break": "Break of the stream",
}


@dataclass
class Stretch:
    """One stretch of doubt."""

    kind: str
    #: Seconds on the recording's clock.
    begin: float
    end: float
    #: Frames in it (of `dropped`: those that were lost).
    frames: int
    track: int | None = None
    #: What is more to say: which regions are hidden, why frames are missing.
    detail: str = ""

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self.end - self.begin


def _hidden(face: FaceNumbers, numbers: RecordingNumbers) -> list[Stretch]:
    seen = {region: column(face.rows, f"visible_{region}") < HIDDEN for region in numbers.regions}
    if not seen:
        return []
    masks = np.array(list(seen.values()))
    chosen = np.flatnonzero(masks.any(axis=0))
    found = []
    at = numbers.clock.times
    for begin, end, frames in runs(face.at[chosen], at, numbers.clock.interval, numbers.clock.longest_step):
        first = np.searchsorted(at[face.at], begin, "left")
        part = masks[:, first : first + frames].mean(axis=1)
        parts = [region_title(name).lower() for name, share in zip(seen, part, strict=True) if share >= 0.5]
        found.append(Stretch("hidden", begin, end, frames, face.track, ", ".join(parts) or "changing parts"))
    return found


def _of_face(face: FaceNumbers, numbers: RecordingNumbers) -> list[Stretch]:
    clock = numbers.clock

    def stretches(kind: str, mask: np.ndarray) -> list[Stretch]:
        chosen = face.at[np.flatnonzero(mask)]
        return [Stretch(kind, a, b, n, face.track) for a, b, n in runs(chosen, clock.times, clock.interval, clock.longest_step)]

    found = stretches("quality", column(face.rows, "quality") < GOOD_QUALITY)
    found += _hidden(face, numbers)
    if "certain" in face.rows:
        found += stretches("identity", flags(face.rows["certain"]) == 0)
    return found


def find_doubts(numbers: RecordingNumbers) -> list[Stretch]:
    """All doubtful stretches of a recording, in the order of time."""
    frames, clock = numbers.frames, numbers.clock
    if not len(frames):
        return []
    times = clock.times
    seen = np.zeros(len(frames), bool)
    for face in numbers.faces:
        seen[face.at] = True
    found = [Stretch("nobody", a, b, n) for a, b, n in runs(np.flatnonzero(~seen), times, clock.interval, clock.longest_step)]
    if "damaged" in frames:
        chosen = np.flatnonzero(flags(frames["damaged"]) == 1)
        found += [Stretch("damaged", a, b, n) for a, b, n in runs(chosen, times, clock.interval, clock.longest_step)]
    dropped = (
        pd.to_numeric(frames["dropped"], errors="coerce").fillna(0).to_numpy(int)
        if "dropped" in frames
        else np.zeros(len(frames), int)
    )
    for index in np.flatnonzero(dropped > 0):
        begin = float(times[index - 1]) + clock.interval if index else 0.0
        found.append(Stretch("dropped", min(begin, float(times[index])), float(times[index]), int(dropped[index])))
    epoch = frames["epoch"].to_numpy() if "epoch" in frames else np.zeros(len(frames))
    for index in np.flatnonzero(np.diff(times) > clock.longest_step):
        if epoch[index] == epoch[index + 1] and dropped[index + 1] == 0:
            begin, end = float(times[index]) + clock.interval, float(times[index + 1])
            found.append(Stretch("gap", begin, end, 0, detail="no frames in the stream's own time"))
    unknown = "" if clock.breaks_known else "how long it lasted is not known"
    found += [Stretch("break", at, at, 0, detail=unknown) for at in clock.breaks]
    for face in numbers.faces:
        found += _of_face(face, numbers)
    return sorted(found, key=lambda stretch: (stretch.begin, list(KINDS).index(stretch.kind), stretch.track or 0))


@dataclass
class Tally:
    """How much there is of one kind of doubt, of one face or of the recording."""

    kind: str
    track: int | None
    stretches: int
    frames: int
    seconds: float
    longest: float


def tally(doubts: list[Stretch]) -> list[Tally]:
    """Sums of the stretches by kind and face, in the order of `KINDS`."""
    groups: dict[tuple[str, int | None], list[Stretch]] = {}
    for stretch in doubts:
        groups.setdefault((stretch.kind, stretch.track), []).append(stretch)
    found = [
        Tally(
            kind, track, len(group), sum(s.frames for s in group), sum(s.seconds for s in group), max(s.seconds for s in group)
        )
        for (kind, track), group in groups.items()
    ]
    return sorted(found, key=lambda item: (list(KINDS).index(item.kind), -1 if item.track is None else item.track))
