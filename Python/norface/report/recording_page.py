"""The page of one recording."""

from __future__ import annotations

import numpy as np

from .charts.compare import dots
from .charts.heat import MOST_COLUMNS
from .charts.theme import PERSONS, SHAPES
from .charts.timeline import MOST_LANES, timeline
from .clock import MOST_STRETCHES, spell
from .doubts import Stretch, find_doubts
from .envelope import Points, place_points
from .face_section import face_section, heat_scale, still_section
from .names import unit_title
from .numbers import FaceNumbers, RecordingNumbers
from .page import Figure, Key, Page, Picture, Section, Text
from .reliance import warnings
from .tables import comparison_table, people_table, rate_name, rates, settings_tables, stretch_table, tally_table
from .words import UNKNOWN, count, listed, number, share

#: Faces whose curves are drawn, those that were there longest.
MOST_FACES = 6


def shown_faces(numbers: RecordingNumbers, most: int = MOST_FACES) -> list[FaceNumbers]:
    """The faces whose curves are drawn: those that were there longest, in the order of their numbers."""
    longest = sorted(numbers.faces, key=lambda face: (-face.frames, face.track))[:most]
    return sorted(longest, key=lambda face: face.track)


def _colors(numbers: RecordingNumbers) -> dict[int, str]:
    """The colour of each face, the same in all charts."""
    lanes = sorted(sorted(numbers.faces, key=lambda face: -face.seconds)[:MOST_LANES], key=lambda face: face.track)
    return {face.track: PERSONS[index % len(PERSONS)] for index, face in enumerate(lanes)}


def _subtitle(numbers: RecordingNumbers) -> str:
    parts = []
    if len(numbers.frames):
        row = numbers.frames.iloc[0]
        if {"width", "height"} <= set(numbers.frames.columns):
            parts.append(f"{int(row['width'])} × {int(row['height'])} pixels")
        if numbers.clock.interval > 0:
            parts.append(f"{1 / numbers.clock.interval:.4g} frames a second")
        if "time" in numbers.frames and str(row["time"]) not in ("NaT", "nan", "None", ""):
            parts.append(f"begun {str(row['time'])[:19]} UTC")
    meta = numbers.meta or {}
    if meta.get("program"):
        program = meta["program"]
        parts.append("analysed with " + (program if isinstance(program, str) else " ".join(str(v) for v in program.values())))
    return " · ".join(parts) or "nothing is known of this recording"


def _facts(numbers: RecordingNumbers) -> list[tuple[str, str, str]]:
    faces = numbers.faces
    quality = [face.quality * face.frames for face in faces if np.isfinite(face.quality)]
    frames = sum(face.frames for face in faces if np.isfinite(face.quality))
    blinks = [face.blinks for face in faces if face.blinks is not None]
    minutes = sum(face.blink_minutes for face in faces)
    segments = sum(sum(face.segments.values()) for face in faces if face.segments is not None)
    known = numbers.events is not None
    return [
        ("Length", spell(numbers.seconds, decimals=1), f"{len(numbers.frames):,} frames"),
        ("Faces", str(len(faces)), "tracks; a person may have several"),
        ("Somebody seen", share(numbers.faces_share), f"in {numbers.with_faces:,} frames"),
        ("Mean quality", number(sum(quality) / frames if frames else None), "0 to 1, over all faces"),
        (
            "Blinks",
            str(sum(blinks)) if known else UNKNOWN,
            (f"{sum(blinks) / minutes:.1f} a minute of seen eyes" if minutes else "no eyes were seen")
            if known
            else "no events",
        ),
        ("Segments", f"{segments:,}" if known else UNKNOWN, "of action units" if known else "no events"),
        ("Damaged", f"{numbers.damaged:,}", "frames"),
        ("Dropped", f"{numbers.dropped:,}", "frames"),
    ]


def _presence(numbers: RecordingNumbers, doubts: list[Stretch], page: Page) -> Section:
    section = Section("people", "Who was there when")
    told = [f"{face.title} for {spell(face.seconds)} ({share(face.share)} of the frames)" for face in numbers.faces[:12]]
    alt = "Timeline. " + (
        "Nobody was seen."
        if not told
        else f"{listed(told)}" + (f", and {len(numbers.faces) - 12} more" if len(numbers.faces) > 12 else "") + "."
    )
    kinds = {stretch.kind for stretch in doubts}
    keys = [Key("", "face present (each has its own colour)", "var(--p1)")] if numbers.faces else []
    keys += [Key("low", "foot of a bar: low quality")] if "quality" in kinds else []
    keys += [Key("hidden", "head of a bar: part of the face hidden")] if "hidden" in kinds else []
    keys += [Key("doubt", "identity uncertain", "var(--p1)")] if "identity" in kinds else []
    keys += [Key("hatch", "nobody, or no frames")] if kinds & {"nobody", "gap"} else []
    if numbers.events is not None and (numbers.events["event"] == "cut").any():
        keys.append(Key("tick", "cut of the film"))
    keys += [Key("tick", "break of the stream (longer dashes)")] if "break" in kinds else []
    caption = ""
    if len(numbers.faces) > MOST_LANES:
        caption = f"The {MOST_LANES} faces that were there longest have a lane; the table below has all {len(numbers.faces)}."
    if page.seconds > 0:
        section.blocks.append(Figure("timeline", "Faces, gaps and doubts", alt, timeline(numbers, doubts), caption, keys=keys))
    if numbers.faces:
        section.blocks.append(people_table(numbers))
    return section


def _comparison(faces: list[FaceNumbers], numbers: RecordingNumbers, colors: dict[int, str]) -> Section:
    section = Section("comparison", "Comparison of the faces" if len(faces) > 1 else "Means and rates")
    names = [face.title for face in faces]
    keys = [
        Key(f"shape {SHAPES[index % 6]}", name, colors.get(face.track, "var(--p1)"))
        for index, (name, face) in enumerate(zip(names, faces, strict=True))
    ]
    titles = [unit_title(unit) for unit in numbers.units]
    hue = [colors.get(face.track, PERSONS[0]) for face in faces]

    def add(
        id: str, title: str, rows: list[str], shorts: list[str], values: list[list[float]], what: str, caption: str
    ) -> None:
        array = np.array(values, float).reshape(len(rows), len(faces))
        if not np.isfinite(array).any():
            return
        best = [
            f"{name}: {rows[int(np.nanargmax(array[:, j]))]} ({np.nanmax(array[:, j]):.2f})"
            for j, name in enumerate(names)
            if np.isfinite(array[:, j]).any()
        ]
        alt = f"{title}. Highest for {listed(best)}. The table below has all numbers."
        section.blocks.append(
            Figure(id, title, alt, dots(rows, shorts, names, array, what, colors=hue), caption, time=False, keys=keys)
        )

    means = [[face.mean[unit] for face in faces] for unit in numbers.units]
    add(
        "compare-means",
        "Mean intensity of each action unit",
        titles,
        numbers.units,
        means,
        "mean intensity, 0 to 5",
        "Over the frames in which the unit could be read.",
    )
    often = [[rates(face, numbers).get(unit, float("nan")) for face in faces] for unit in numbers.units]
    basis = (
        "Segments of the events, over the time in which the unit could be read."
        if numbers.events is not None
        else "How often the unit came up, over the time present."
    )
    add("compare-rates", "How often each action unit was shown", titles, numbers.units, often, rate_name(numbers), basis)
    emotions = list(numbers.emotions)
    shares = [[face.emotion_share[name] * 100 for face in faces] for name in emotions]
    add(
        "compare-emotions",
        "Reported emotions",
        [e.capitalize() for e in emotions],
        [e[:9].capitalize() for e in emotions],
        shares,
        "% of the face's frames",
        "",
    )
    section.blocks.append(comparison_table(faces, numbers))
    return section


def _missing(numbers: RecordingNumbers, doubts: list[Stretch]) -> Section:
    section = Section("missing", "Missing and doubtful stretches")
    section.intro = (
        "Frames in which nobody is seen count in no mean of a face. Frames of low quality do count: "
        "nothing is left out of the numbers. "
        "Hidden units are not read, and count neither in their means nor in their rates."
    )
    section.blocks.append(tally_table(numbers, doubts))
    if table := stretch_table(doubts):
        section.blocks.append(table)
    return section


def _settings(numbers: RecordingNumbers) -> Section:
    section = Section("settings", "Settings and versions")
    if numbers.meta is None:
        section.blocks.append(
            Text("There is no description (NAME.meta.json) beside the records, so that settings and versions are not known.")
        )
    else:
        section.intro = "As the description beside the records (NAME.meta.json) tells them."
        section.blocks += settings_tables(numbers.meta)
    return section


def drawing_note(points: Points) -> str:
    """How the curves were made small."""
    bars = f"Of more than {MOST_STRETCHES} bars in a row those with the smallest gaps are joined."
    if points.exact:
        return f"Every frame is a point of the curves. {bars}"
    return (
        f"Curves are drawn with {len(points):,} points of {points.width:.2g} s each: the line is the mean, the band goes from "
        f"the lowest to the highest value, so that no peak is lost. Heat maps show means of at most {MOST_COLUMNS} columns. "
        f"{bars} All numbers are made of all frames."
    )


def recording_page(
    numbers: RecordingNumbers, pictures: dict[int, list[Picture]] | None = None, most_faces: int = MOST_FACES
) -> Page:
    """Makes the page of a recording. `pictures` are shown at the face whose track they are kept under."""
    doubts = find_doubts(numbers)
    page = Page(numbers.name, _subtitle(numbers), _facts(numbers), warnings(numbers, doubts))
    page.seconds = numbers.clock.length
    points = place_points(numbers.clock)
    if points.exact:
        page.points = {"at": [round(at * 1000) for at in points.times]}
    else:
        page.points = {"width": points.width * 1000, "count": len(points)}
    colors = _colors(numbers)
    page.sections.append(_presence(numbers, doubts, page))
    scale = heat_scale(numbers)
    shown = shown_faces(numbers, most_faces)
    for face in shown:
        own = (pictures or {}).get(face.track)
        if page.seconds > 0:
            page.sections.append(face_section(face, numbers, points, colors[face.track], scale, doubts, own))
        else:
            page.sections.append(still_section(face, numbers, colors[face.track], own))
    if shown:
        page.sections.append(_comparison(shown, numbers, colors))
    left = len(numbers.faces) - len(shown)
    if left:
        text = (
            f"Curves are drawn of the {len(shown)} faces that were there longest; {count(left, 'other')} "
            f"{'is' if left == 1 else 'are'} in the timeline and the table of faces only."
        )
        page.sections[0].blocks.append(Text(text))
    if shown and page.seconds > 0:
        page.sections[0].blocks.append(Text(drawing_note(points)))
    page.sections += [_missing(numbers, doubts), _settings(numbers)]
    return page
