"""The charts of one face: which curves each has, and what is marked on them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .charts.rows import Row
from .clock import join_closest, runs, spell
from .envelope import Points, envelope
from .names import region_title, unit_title
from .numbers import GOOD_QUALITY, HIDDEN, FaceNumbers, RecordingNumbers, column

#: Segments and blinks of a face that are drawn; of more, the strongest.
MOST_EVENTS = 3000


def strongest(events: pd.DataFrame) -> pd.DataFrame:
    """The events that are drawn, in order of time."""
    if len(events) <= MOST_EVENTS:
        return events
    return events.sort_values("peak", ascending=False, kind="stable").head(MOST_EVENTS).sort_values("begin")


def _stretches(mask: np.ndarray, face: FaceNumbers, numbers: RecordingNumbers) -> list[tuple[float, float]]:
    clock = numbers.clock
    found = runs(face.at[np.flatnonzero(mask)], clock.times, clock.interval, clock.longest_step)
    return join_closest([(a, b) for a, b, _ in found])


def unit_rows(face: FaceNumbers, numbers: RecordingNumbers, points: Points) -> list[Row]:
    """Intensity of the action units, with segments as bars and blinks as strokes at the eyes' closing."""
    events = numbers.events
    own = None if events is None else events[(events["track"] == face.track) & events["begin"].notna()]
    segments = None if own is None else strongest(own[own["event"] == "segment"])
    blinks = None if own is None else strongest(own[own["event"].isin(["blink", "wink"])])
    rows = []
    for unit in numbers.units:
        row = Row(unit_title(unit), unit, envelope(column(face.rows, unit), face.at, points), 0.0, 5.0)
        if segments is not None:
            for event in segments[segments["unit"] == unit].itertuples():
                tip = (
                    f"{unit_title(unit)}: {spell(event.begin, decimals=2)} to "
                    f"{spell(event.end, decimals=2)}, peak {event.peak:.2f}"
                )
                row.bars.append((event.begin, event.end, tip))
        elif f"{unit}_present" in face.rows:
            for a, b in _stretches(column(face.rows, f"{unit}_present") == 1, face, numbers):
                row.bars.append((a, b, f"{unit_title(unit)} present: {spell(a, decimals=2)} to {spell(b, decimals=2)}"))
        if unit == "AU43" and blinks is not None:
            for event in blinks.itertuples():
                what = "Blink" if event.event == "blink" else f"Wink ({event.eyes})"
                row.ticks.append(
                    (event.apex_at, f"{what} at {spell(event.apex_at, decimals=2)}, lids closed to {event.peak:.2f}")
                )
        rows.append(row)
    return rows


def emotion_rows(face: FaceNumbers, numbers: RecordingNumbers, points: Points) -> list[Row]:
    """Probability of the emotions, with bars where one is the reported emotion."""
    rows = []
    reported = face.rows["emotion"].to_numpy() if "emotion" in face.rows else np.full(face.frames, None)
    for name, source in numbers.emotions.items():
        row = Row(name.capitalize(), name[:9].capitalize(), envelope(column(face.rows, source), face.at, points), 0.0, 1.0)
        for a, b in _stretches(reported == name, face, numbers):
            row.bars.append((a, b, f"{name} reported: {spell(a, decimals=1)} to {spell(b, decimals=1)}"))
        rows.append(row)
    return rows


_ANGLES = [
    ("gaze_yaw", "Eyes, sideways", "Eyes ↔"),
    ("gaze_pitch", "Eyes, up and down", "Eyes ↕"),
    ("yaw", "Head, sideways", "Head ↔"),
    ("pitch", "Head, up and down", "Head ↕"),
    ("roll", "Head, tilt", "Tilt"),
]


def angle_rows(face: FaceNumbers, numbers: RecordingNumbers, points: Points) -> tuple[list[Row], int]:
    """Where eyes and head point, in degrees, and the range that each row shows, upwards and downwards."""
    found = [(title, short, column(face.rows, source)) for source, title, short in _ANGLES if source in face.rows]
    most = max(
        (float(np.nanpercentile(np.abs(values), 99.5)) for *_, values in found if np.isfinite(values).any()), default=30.0
    )
    limit = next((step for step in (15, 30, 45, 60) if most <= step), 90)
    rows = [Row(title, short, envelope(values, face.at, points), -limit, limit, rule=0.0) for title, short, values in found]
    return rows, limit


def quality_rows(face: FaceNumbers, numbers: RecordingNumbers, points: Points) -> list[Row]:
    """Quality, what of the face is seen, and speaking, with bars where quality is low or a region hidden."""
    rows = []
    if "quality" in face.rows:
        quality = column(face.rows, "quality")
        row = Row("Quality", "Quality", envelope(quality, face.at, points), 0.0, 1.0, rule=GOOD_QUALITY)
        row.bars = [
            (a, b, f"Low quality: {spell(a, decimals=1)} to {spell(b, decimals=1)}")
            for a, b in _stretches(quality < GOOD_QUALITY, face, numbers)
        ]
        rows.append(row)
    for region in numbers.regions:
        seen = column(face.rows, f"visible_{region}")
        title = region_title(region)
        side, _, part = title.partition(" ")
        row = Row(f"{title} seen", f"{side[0]}. {part}", envelope(seen, face.at, points), 0.0, 1.0, rule=HIDDEN)
        row.bars = [
            (a, b, f"{title} hidden: {spell(a, decimals=1)} to {spell(b, decimals=1)}")
            for a, b in _stretches(seen < HIDDEN, face, numbers)
        ]
        rows.append(row)
    if "speaking" in face.rows:
        rows.append(Row("Speaking", "Speaking", envelope(column(face.rows, "speaking"), face.at, points), 0.0, 1.0))
    return rows
