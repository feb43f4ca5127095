"""The section of one face: pictures, heat map, curves and numbers."""

from __future__ import annotations

import math

import numpy as np

from .charts.heat import time_heat
from .charts.rows import rows_chart
from .clock import spell
from .curves import MOST_EVENTS, angle_rows, emotion_rows, quality_rows, unit_rows
from .doubts import KINDS, Stretch
from .envelope import Points
from .names import unit_title
from .numbers import FaceNumbers, RecordingNumbers, column
from .page import Figure, Key, Picture, Pictures, Section
from .tables import emotion_table, unit_table
from .words import count, listed, number, share


def _strongest_units(face: FaceNumbers, most: int = 3) -> str:
    known = [(value, unit) for unit, value in face.mean.items() if math.isfinite(value)]
    return listed([f"{unit_title(unit)} ({number(value)})" for value, unit in sorted(known, reverse=True)[:most]])


def _intro(face: FaceNumbers, numbers: RecordingNumbers) -> str:
    text = (
        f"Present for {spell(face.seconds)} ({share(face.share)} of the frames), from {spell(face.first)} "
        f"to {spell(face.last)}. "
    )
    if units := _strongest_units(face):
        text += f"Strongest units on average: {units}. "
    emotions = sorted(((value, name) for name, value in face.emotion_share.items() if value > 0), reverse=True)
    if emotions:
        text += (
            "Reported emotion: " + listed([f"{name} in {share(value)}" for value, name in emotions[:3]]) + " of its frames. "
        )
    if face.blinks is not None:
        winks = f", and {count(face.winks, 'wink')}" if face.winks else ""
        rate = (
            f" ({number(face.blinks_per_min, 1)} a minute in which the eyes were seen)"
            if math.isfinite(face.blinks_per_min)
            else ""
        )
        text += f"{count(face.blinks, 'blink')}{rate}{winks}."
    return text


def _or_more(most: float) -> str:
    return " or more" if most < 5 else ""


def _shades(face: FaceNumbers, doubts: list[Stretch]) -> list[tuple[float, float, str]]:
    """Stretches in which what is read of a face is doubtful."""
    kinds = ("quality", "identity")
    own = [s for s in doubts if s.track == face.track and s.kind in kinds]
    own = sorted(sorted(own, key=lambda s: -s.seconds)[:MOST_EVENTS], key=lambda s: s.begin)
    return [(s.begin, s.end, f"{KINDS[s.kind]}: {spell(s.begin, decimals=1)} to {spell(s.end, decimals=1)}") for s in own]


def _curve_keys(color: str, points: Points, *more: Key) -> list[Key]:
    if points.exact:
        curve = [Key("line", "value of each frame", color)]
    else:
        curve = [Key("envelope", f"line: mean of {points.width:.2g} s; band: lowest to highest value", color)]
    return [*curve, *more, Key("hatch", "not known")]


def heat_scale(numbers: RecordingNumbers) -> float:
    """Where the heat maps of a recording end, the same for all its faces: above 99.5 % of what was read."""
    values = [column(face.rows, unit) for face in numbers.faces for unit in numbers.units]
    known = np.concatenate([own[np.isfinite(own)] for own in values]) if values else np.zeros(0)
    return min(5.0, max(1.0, math.ceil(2 * float(np.percentile(known, 99.5))) / 2)) if len(known) else 5.0


def face_section(
    face: FaceNumbers,
    numbers: RecordingNumbers,
    points: Points,
    color: str,
    heat_most: float,
    doubts: list[Stretch],
    pictures: list[Picture] | None = None,
) -> Section:
    """Everything about one face over time."""
    name = f"face-{face.track}"
    shades = _shades(face, doubts)
    shade = [Key("shade", "low quality or uncertain identity")] if shades else []
    section = Section(name, face.title, intro=_intro(face, numbers), color=color)
    blocks = section.blocks
    if pictures:
        blocks.append(Pictures(f"{face.title} at its peaks", pictures))
    if numbers.units:
        rows = unit_rows(face, numbers, points)
        spec = time_heat(
            [row.title for row in rows], [row.short for row in rows], [row.curve for row in rows], points, heat_most
        )
        alt = (
            f"Heat map of {len(rows)} action units of {face.title} over time. Strongest on average: "
            f"{_strongest_units(face)}. The table of action units has the numbers."
        )
        keys = [
            Key("scale", f"mean intensity, 0 (left) to {heat_most:g} (right){_or_more(heat_most)}"),
            Key("hatch", "face away or unit hidden"),
        ]
        blocks.append(Figure(f"{name}-heat", f"{face.title}: action units at a glance", alt, spec, keys=keys))
        chart = rows_chart(rows, points, color, shades=shades)
        bars = Key("mark", "segment: the unit was shown" if numbers.events is not None else "unit present")
        ticks = [Key("tick", "blink or wink (in the row of AU43)")] if any(row.ticks for row in rows) else []
        drawn = sum(len(row.bars) + len(row.ticks) for row in rows)
        caption = "A row's height is intensity 0 to 5. Point at a bar for its times and peak."
        if numbers.events is not None and len(numbers.events[numbers.events["track"] == face.track]) > 2 * MOST_EVENTS:
            caption += f" The {drawn:,} strongest segments and blinks are drawn; the numbers count all."
        segments = (
            ""
            if face.segments is None
            else f" {count(sum(face.segments.values()), 'segment')} and {count(face.blinks, 'blink')} are marked."
        )
        alt = (
            f"Curves of {len(rows)} action units of {face.title} over time, 0 to 5.{segments} The table of "
            "action units has the numbers."
        )
        blocks.append(
            Figure(
                f"{name}-units",
                f"{face.title}: action units over time",
                alt,
                chart.spec,
                caption,
                chart.curves,
                keys=_curve_keys(color, points, bars, *ticks, *shade),
            )
        )
        blocks.append(unit_table(face, numbers))
    if numbers.emotions:
        chart = rows_chart(emotion_rows(face, numbers, points), points, color, 30, shades)
        told = [f"{emotion} in {share(value)}" for emotion, value in face.emotion_share.items() if value > 0]
        alt = (
            f"Curves of the probability of {len(numbers.emotions)} emotions of {face.title} over time. "
            f"Reported: {listed(told)} of its frames."
        )
        caption = (
            "A row's height is probability 0 to 1. The emotion says what observers would call the face, "
            "not what the person feels."
        )
        keys = _curve_keys(color, points, Key("mark", "the reported emotion"), *shade)
        blocks += [
            Figure(f"{name}-emotions", f"{face.title}: emotions over time", alt, chart.spec, caption, chart.curves, keys=keys),
            emotion_table(face, numbers),
        ]
    _add_angles(section, face, numbers, points, color, shades)
    rows = quality_rows(face, numbers, points)
    if rows:
        chart = rows_chart(rows, points, color, 26)
        alt = (
            f"Curves of quality, of eight regions' visibility and of speaking of {face.title} over "
            f"time, 0 to 1. Mean quality {number(face.quality)}; "
            f"0.5 or more in {share(face.good_share)} of its frames; part of the face hidden in {share(face.hidden_share)}."
        )
        caption = (
            "A row's height is 0 to 1, the dotted line 0.5. Left and right are the subject's own. What is "
            "read while quality is low or a region hidden is doubtful."
        )
        keys = _curve_keys(color, points, Key("mark", "below 0.5: low quality or hidden"))
        blocks.append(
            Figure(
                f"{name}-quality", f"{face.title}: quality and what was seen", alt, chart.spec, caption, chart.curves, keys=keys
            )
        )
    return section


def still_section(face: FaceNumbers, numbers: RecordingNumbers, color: str, pictures: list[Picture] | None = None) -> Section:
    """A face of a single frame, which has no time to draw."""
    section = Section(
        f"face-{face.track}",
        face.title,
        intro="The recording is a single frame: there are numbers, but no curves.",
        color=color,
    )
    if pictures:
        section.blocks.append(Pictures(f"{face.title} at its peaks", pictures))
    section.blocks += [unit_table(face, numbers), emotion_table(face, numbers)]
    return section


def _add_angles(
    section: Section,
    face: FaceNumbers,
    numbers: RecordingNumbers,
    points: Points,
    color: str,
    shades: list[tuple[float, float, str]],
) -> None:
    rows, limit = angle_rows(face, numbers, points)
    if not rows:
        return
    chart = rows_chart(rows, points, color, 44, shades)
    shade = [Key("shade", "low quality or uncertain identity")] if shades else []
    caption = (
        f"A row goes from −{limit}° to {limit}°, the dotted line is 0°: eyes into the camera, head "
        "straight. Up in a row is to the image's right "
        "(sideways), upwards (up and down), or clockwise (tilt)."
    )
    error = column(face.rows, "gaze_error") if "gaze_error" in face.rows else None
    if error is not None and np.isfinite(error).any():
        caption += f" The network itself expects an error of gaze of {np.nanmean(error):.1f}° on average."
    alt = f"Curves of where eyes and head of {face.title} point over time, from −{limit} to {limit} degrees."
    section.blocks.append(
        Figure(
            f"{section.id}-angles",
            f"{face.title}: gaze and head",
            alt,
            chart.spec,
            caption,
            chart.curves,
            keys=_curve_keys(color, points, *shade),
        )
    )
