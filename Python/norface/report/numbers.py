"""The numbers of a report: what is said of a recording and of each face in it.

Means, shares, percentiles, onsets and seconds are those of `summary.csv` (Documentation/Batch.md), so that the two agree.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from norface.reading import Labels

from .clock import LONGEST_GAP, Clock, make_clock, stream_times
from .names import emotion_columns, region_names, unit_names

#: Quality from which on a face counts as good, as in `summary.csv`.
GOOD_QUALITY = 0.5
#: Visibility below which a region counts as hidden (Documentation/Quality.md).
HIDDEN = 0.5


@dataclass
class FaceNumbers:
    """What is said of one track of a recording."""

    track: int
    #: Indices into the recording's frames, growing.
    at: np.ndarray = field(repr=False)
    #: Its rows of the table of faces, in the same order.
    rows: pd.DataFrame = field(repr=False)
    seconds: float = 0.0
    share: float = 0.0
    first: float = 0.0
    last: float = 0.0
    good_share: float = 0.0
    quality: float = float("nan")
    uncertain_share: float = 0.0
    #: Share of its frames in which any region is hidden.
    hidden_share: float = 0.0
    #: Share of its frames in which the neutral baseline was still being learned; NaN where it is not told.
    learning_share: float = float("nan")
    mean: dict[str, float] = field(default_factory=dict)
    p95: dict[str, float] = field(default_factory=dict)
    #: Seconds in which each unit could be read.
    read_seconds: dict[str, float] = field(default_factory=dict)
    onsets_per_min: dict[str, float] = field(default_factory=dict)
    emotion_share: dict[str, float] = field(default_factory=dict)
    #: Of the events; None where there are no events.
    segments: dict[str, int] | None = None
    segments_per_min: dict[str, float] = field(default_factory=dict)
    blinks: int | None = None
    winks: int | None = None
    #: Minutes in which blinks were watched for and the eyes were seen.
    blink_minutes: float = 0.0

    @property
    def frames(self) -> int:
        """Frames in which it is seen."""
        return len(self.at)

    @property
    def blinks_per_min(self) -> float:
        """Blinks in a minute in which the eyes were seen; NaN where nothing is known."""
        return self.blinks / self.blink_minutes if self.blinks is not None and self.blink_minutes > 0 else float("nan")

    @property
    def title(self) -> str:
        """How the page calls it."""
        return f"Face {self.track}"


@dataclass
class RecordingNumbers:
    """What is said of one recording."""

    name: str
    frames: pd.DataFrame = field(repr=False)
    clock: Clock = field(repr=False)
    units: list[str] = field(default_factory=list)
    #: The column of each emotion's probability, by the emotion's name.
    emotions: dict[str, str] = field(default_factory=dict)
    regions: list[str] = field(default_factory=list)
    faces: list[FaceNumbers] = field(default_factory=list)
    #: Events with `begin`, `apex_at` and `end` on the clock; None where there is no file of events.
    events: pd.DataFrame | None = field(default=None, repr=False)
    meta: dict | None = field(default=None, repr=False)
    #: Frames, not seconds.
    with_faces: int = 0
    damaged: int = 0
    dropped: int = 0

    @property
    def seconds(self) -> float:
        """Length: frames times the mean time between them, as in `summary.csv`."""
        return self.clock.interval * len(self.frames)

    @property
    def faces_share(self) -> float:
        """Share of the frames in which anybody is seen."""
        return self.with_faces / len(self.frames) if len(self.frames) else float("nan")

    @property
    def status(self) -> tuple[str, str]:
        """How the run ended, as `summary.csv` tells it, and why."""
        if self.meta is None:
            return "unknown", "no description (NAME.meta.json) beside the records"
        if incomplete := self.meta.get("incomplete"):
            return "incomplete", str(incomplete.get("reason", ""))
        if (complete := self.meta.get("complete")) is None:
            return "unfinished", "the run did not come to the end of its input, or its source was live"
        damaged = (complete.get("damaged") or 0) > 0.05 * max(1, complete.get("frames") or 0)
        return ("damaged", "more than 5 % of the frames") if damaged else ("done", "")


def flags(values: pd.Series) -> np.ndarray:
    """1, 0 or NaN of a column that may hold booleans, numbers or nothing."""
    return pd.to_numeric(values, errors="coerce").to_numpy(float, na_value=np.nan)


def column(rows: pd.DataFrame, name: str) -> np.ndarray:
    """A column as numbers, NaN where it has none or is not there."""
    return (
        pd.to_numeric(rows[name], errors="coerce").to_numpy(float, na_value=np.nan)
        if name in rows
        else np.full(len(rows), np.nan)
    )


def count_onsets(present: np.ndarray, known: np.ndarray, pts: np.ndarray, epoch: np.ndarray) -> int:
    """How often a unit came up: absent in the frame before, and neither hidden then, nor the face away for long."""
    if len(present) < 2:
        return 0
    continued = (epoch[1:] == epoch[:-1]) & (np.diff(pts) <= LONGEST_GAP)
    return int(np.sum(continued & (present[1:] == 1) & (present[:-1] != 1) & known[:-1]))


def _units_of(face: FaceNumbers, units: list[str], interval: float, pts: np.ndarray, epoch: np.ndarray) -> None:
    for unit in units:
        values = column(face.rows, unit)
        known = np.isfinite(values)
        face.read_seconds[unit] = float(known.sum() * interval)
        if not known.any():
            face.mean[unit] = face.p95[unit] = float("nan")
        else:
            face.mean[unit] = float(values[known].mean())
            steps = np.floor(values[known] * 100 + 0.5)
            face.p95[unit] = float(np.percentile(steps, 95, method="inverted_cdf")) / 100
        present = flags(face.rows[f"{unit}_present"]) if f"{unit}_present" in face.rows else np.full(len(values), np.nan)
        if face.seconds > 0 and np.isfinite(present).any():
            face.onsets_per_min[unit] = count_onsets(present, known, pts, epoch) * 60 / face.seconds
        else:
            face.onsets_per_min[unit] = float("nan")


def _watched(face: FaceNumbers, events: pd.DataFrame, times: np.ndarray) -> np.ndarray:
    """Which of a face's frames are such that blinks are watched for: the eyes are seen, and frames come quickly enough."""
    watched = np.isfinite(column(face.rows, "AU43")) if "AU43" in face.rows else np.ones(face.frames, bool)
    own = events[(events["track"] == face.track) & events["event"].isin(["blinks_unwatched", "blinks_watched"])]
    at = times[face.at]
    for row in own.sort_values("begin").itertuples():
        watched = watched & (at < row.begin) if row.event == "blinks_unwatched" else watched | (at >= row.begin)
    if "AU43" in face.rows and len(own):
        watched &= np.isfinite(column(face.rows, "AU43"))
    return watched


def _events_of(face: FaceNumbers, numbers: RecordingNumbers) -> None:
    events = numbers.events
    if events is None:
        return
    own = events[events["track"] == face.track]
    kinds = own["event"]
    counts = own.loc[kinds == "segment", "unit"].value_counts()
    face.segments = {unit: int(counts.get(unit, 0)) for unit in numbers.units}
    for unit, count in face.segments.items():
        minutes = face.read_seconds[unit] / 60
        face.segments_per_min[unit] = count / minutes if minutes > 0 else float("nan")
    face.blink_minutes = float(_watched(face, events, numbers.clock.times).sum() * numbers.clock.interval / 60)
    face.blinks = int((kinds == "blink").sum())
    face.winks = int((kinds == "wink").sum())


def _placed(events: pd.DataFrame | None, numbers: RecordingNumbers) -> pd.DataFrame | None:
    """Events on the recording's clock."""
    if events is None:
        return None
    events = events.copy()
    for name in (
        "event",
        "track",
        "unit",
        "eyes",
        "onset",
        "apex",
        "offset",
        "peak",
        "complete",
        "cut",
        "marker",
        "pts",
        "epoch",
    ):
        if name not in events:
            events[name] = np.nan
    events["track"] = column(events, "track")
    epoch = np.nan_to_num(column(events, "epoch"))
    for name, source in (("begin", "onset"), ("apex_at", "apex"), ("end", "offset")):
        moments = np.where(np.isfinite(column(events, source)), column(events, source), column(events, "pts"))
        events[name] = stream_times(numbers.clock, numbers.frames, moments, epoch)
    return events


def count(
    name: str,
    frames: pd.DataFrame,
    faces: pd.DataFrame,
    events: pd.DataFrame | None,
    meta: dict | None,
    labels: Labels | None = None,
) -> RecordingNumbers:
    """Makes the numbers of one recording.

    `frames` has a row a frame, `faces` a row a face and frame, `events` a row an event or is None where none were written.
    """
    frames = frames.reset_index(drop=True)
    numbers = RecordingNumbers(name, frames, make_clock(frames), meta=meta)
    numbers.units, numbers.regions = unit_names(faces, labels), region_names(faces)
    numbers.emotions = emotion_columns(faces, labels)
    numbers.events = _placed(events, numbers)
    if "damaged" in frames:
        numbers.damaged = int(np.nansum(flags(frames["damaged"])))
    if "dropped" in frames:
        numbers.dropped = int(pd.to_numeric(frames["dropped"], errors="coerce").fillna(0).sum())
    if not len(faces):
        return numbers
    place = pd.Index(frames["seq"]).get_indexer(faces["seq"])
    faces = faces[place >= 0]
    place = place[place >= 0]
    numbers.with_faces = len(np.unique(place))
    pts = frames["pts"].to_numpy(float)
    epoch = frames["epoch"].to_numpy() if "epoch" in frames else np.zeros(len(frames))
    tracks = faces["track"].to_numpy()
    for track in np.unique(tracks[pd.notna(tracks)]):
        chosen = np.flatnonzero(tracks == track)
        chosen = chosen[np.argsort(place[chosen], kind="stable")]
        face = FaceNumbers(int(track), place[chosen], faces.iloc[chosen])
        face.seconds = face.frames * numbers.clock.interval
        face.share = face.frames / len(frames)
        face.first = float(numbers.clock.times[face.at[0]])
        face.last = float(numbers.clock.times[face.at[-1]]) + numbers.clock.interval
        quality = column(face.rows, "quality")
        face.good_share = float(np.mean(quality >= GOOD_QUALITY))
        face.quality = float(np.nansum(quality) / face.frames) if np.isfinite(quality).any() else float("nan")
        face.uncertain_share = float(np.mean(flags(face.rows["certain"]) == 0)) if "certain" in face.rows else float("nan")
        seen = [column(face.rows, f"visible_{region}") < HIDDEN for region in numbers.regions]
        face.hidden_share = float(np.mean(np.any(seen, axis=0))) if seen else float("nan")
        if "baseline" in face.rows:
            face.learning_share = float(np.mean(face.rows["baseline"].to_numpy() == "learning"))
        emotion = face.rows["emotion"].to_numpy() if "emotion" in face.rows else np.full(face.frames, None)
        face.emotion_share = {name: float(np.mean(emotion == name)) for name in numbers.emotions}
        _units_of(face, numbers.units, numbers.clock.interval, pts[face.at], epoch[face.at])
        _events_of(face, numbers)
        numbers.faces.append(face)
    return numbers
