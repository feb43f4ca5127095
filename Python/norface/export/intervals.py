"""What events tell, as intervals and points on tiers, for programs of annotation."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from ..reading import Recording
from .chosen import whole
from .errors import ExportError
from .options import Options


@dataclass
class Tier:
    """Intervals that do not overlap, of one kind.

    Attributes:
        name: `person 1 AU12`.
        intervals: onset and offset in seconds, text.
    """

    name: str
    intervals: list[tuple[float, float, str]] = field(default_factory=list)


@dataclass
class Annotations:
    """The tiers of a recording, and its points: seconds, kind (`cut` or `marker`) and text."""

    recording: Recording
    tiers: list[Tier]
    points: list[tuple[float, str, str]]
    notes: list[str]


def annotations_of(path: Path, options: Options) -> Annotations:
    """Reads the events of a recording.

    Raises:
        ExportError: no events were recorded, or times of several epochs would mix.
    """
    recording = whole(path, options)
    events = recording.events
    if not has_events(recording):
        raise ExportError(f"{path}: no events beside it: analyse with --events")
    if recording.frames["epoch"].nunique() > 1:
        count = recording.frames["epoch"].nunique()
        raise ExportError(f"{path}: holds {count} epochs, whose times may begin anew: choose one with --epoch")
    tiers: dict[tuple[int, int, str], Tier] = {}
    for row in spans(events):
        person = int(row["track"])
        kind = row["unit"] if row["event"] == "segment" else row["event"] + ("" if row["eyes"] == "both" else f" {row['eyes']}")
        order = ("segment", "blink", "wink").index(row["event"])
        tier = tiers.setdefault((person, order, kind), Tier(f"person {person} {kind}"))
        tier.intervals.append((row["onset"], max(row["offset"], row["onset"] + 0.001), span_text(row)))
    notes = [] if tiers else ["no segment, blink or wink was told in this recording"]
    ordered = [tiers[key] for key in sorted(tiers)]
    for tier in ordered:
        notes += _made_apart(tier)
    points = [
        (row["pts"], row["event"], row["marker"] if row["event"] == "marker" else "cut")
        for row in events[events["event"].isin(["cut", "marker"])].to_dict("records")
        if not pd.isna(row["pts"])
    ]
    lost = int(events.loc[events["event"] == "marker", "pts"].isna().sum())
    if lost:
        notes.append(f"left out: {lost} markers that have no time in the stream")
    return Annotations(recording, ordered, sorted(points, key=lambda point: point[0]), notes)


def has_events(recording: Recording) -> bool:
    """Whether events were recorded, be it that none came."""
    from ..reading.files import events_file

    if len(recording.events) or events_file(recording.path) is not None:
        return True
    return bool(((recording.meta or {}).get("complete") or {}).get("events"))


def spans(events: pd.DataFrame) -> list[dict[str, Any]]:
    """Segments, blinks and winks in the order of their onsets."""
    rows = events[events["event"].isin(["segment", "blink", "wink"]) & events["onset"].notna() & events["offset"].notna()]
    return [
        {str(key): value for key, value in row.items()} for row in rows.sort_values("onset", kind="stable").to_dict("records")
    ]


def span_text(row: dict[str, Any]) -> str:
    """`peak 2.41, mean 1.80` of a segment, `peak 0.93, complete` of a blink; ends that were not seen are told."""
    parts = [f"peak {row['peak']:.2f}"]
    if row["event"] == "segment":
        parts.append(f"mean {row['mean']:.2f}")
    elif row["complete"] is not None and not pd.isna(row["complete"]):
        parts.append("complete" if row["complete"] else "incomplete")
    if isinstance(row.get("cut"), str):
        parts.append({"start": "onset not seen", "end": "offset not seen", "both": "onset and offset not seen"}[row["cut"]])
    return ", ".join(parts)


def _made_apart(tier: Tier) -> list[str]:
    """Cuts an interval where the next one of its tier begins."""
    tier.intervals.sort()
    cut = 0
    for index in range(len(tier.intervals) - 1):
        onset, offset, text = tier.intervals[index]
        following = tier.intervals[index + 1][0]
        if offset > following:
            tier.intervals[index] = (onset, following, text)
            cut += 1
    tier.intervals = [interval for interval in tier.intervals if interval[1] > interval[0]]
    return [f"{tier.name}: {cut} intervals end where the next one begins"] if cut else []


def duration(recording: Recording) -> float:
    """Seconds until the end of the last frame, as far as the frames tell."""
    pts = recording.frames["pts"].dropna()
    if pts.empty:
        return 0.0
    step = pts.diff().median()
    return float(pts.iloc[-1] + (step if step > 0 else 0.0))


def media(recording: Recording) -> str | None:
    """The recorded file, where the sidecar names it."""
    sources = (recording.meta or {}).get("sources") or []
    first = sources[0] if sources else {}
    return first.get("path") or first.get("input")
