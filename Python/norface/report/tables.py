"""The tables of a report."""

from __future__ import annotations

import json
from typing import Any

from markupsafe import Markup

from .clock import spell
from .doubts import KINDS, Stretch, tally
from .names import unit_title
from .numbers import FaceNumbers, RecordingNumbers
from .page import Column, Table
from .words import UNKNOWN, count, length, number, share

#: Stretches that the list names; sums always count all.
MOST_LISTED = 100


def people_table(numbers: RecordingNumbers) -> Table:
    """A row for each face: when and how long it was there, and how well it was seen."""
    columns = [
        Column("Face"),
        Column("First seen", True),
        Column("Last seen", True),
        Column("Time present", True),
        Column("Of the frames", True),
        Column("Frames", True),
        Column("Mean quality", True),
        Column("Quality 0.5 or more", True),
        Column("Part hidden", True),
        Column("Identity uncertain", True),
        Column("Baseline learning", True),
        Column("Blinks", True),
        Column("Blinks / min", True),
    ]
    rows = [
        [
            face.title,
            spell(face.first, decimals=1),
            spell(face.last, decimals=1),
            spell(face.seconds, decimals=1),
            share(face.share),
            f"{face.frames:,}",
            number(face.quality),
            share(face.good_share),
            share(face.hidden_share),
            share(face.uncertain_share),
            share(face.learning_share),
            UNKNOWN if face.blinks is None else str(face.blinks),
            number(face.blinks_per_min, 1),
        ]
        for face in numbers.faces
    ]
    note = (
        "A number is a track: who leaves and is known again keeps it, who is not known again gets a new one. "
        "Blinks a minute are over the time in which the eyes were seen and frames came quickly enough. – is what is not known."
    )
    return Table("Faces and how well they were seen", columns, rows, sortable=len(rows) > 2, note=note)


def unit_table(face: FaceNumbers, numbers: RecordingNumbers) -> Table:
    """A row for each action unit of a face."""
    columns = [
        Column("Action unit"),
        Column("Mean", True),
        Column("95th percentile", True),
        Column("Could be read", True),
        Column("Onsets / min", True),
        Column("Segments", True),
        Column("Segments / min", True),
    ]
    rows = [
        [
            unit_title(unit),
            number(face.mean[unit], 3),
            number(face.p95[unit]),
            spell(face.read_seconds[unit], decimals=1),
            number(face.onsets_per_min[unit]),
            UNKNOWN if face.segments is None else str(face.segments[unit]),
            number(face.segments_per_min.get(unit)),
        ]
        for unit in numbers.units
    ]
    note = (
        "Intensities are 0 to 5 over the frames in which the unit could be read. Onsets come from the "
        "records and are over the time "
        "present, as in summary.csv; segments come from the events and are over the time in which the unit could be read."
    )
    return Table(
        f"{face.title}: action units in numbers", columns, rows, folded=f"Action units of {face.title} in numbers", note=note
    )


def emotion_table(face: FaceNumbers, numbers: RecordingNumbers) -> Table:
    """Share of the frames of a face with each reported emotion."""
    columns = [Column("Emotion"), Column("Reported in", True), Column("Time", True)]
    rows = [
        [name.capitalize(), share(face.emotion_share[name]), spell(face.emotion_share[name] * face.seconds, decimals=1)]
        for name in numbers.emotions
    ]
    return Table(f"{face.title}: reported emotion", columns, rows, folded=f"Emotions of {face.title} in numbers")


def comparison_table(faces: list[FaceNumbers], numbers: RecordingNumbers) -> Table:
    """Mean intensity and rate of each unit, a pair of columns for each face."""
    columns = [Column("Action unit")]
    for face in faces:
        columns += [Column(f"{face.title}: mean", True), Column(f"{face.title}: {rate_name(numbers)}", True)]
    rows = []
    for unit in numbers.units:
        row: list[Any] = [unit_title(unit)]
        for face in faces:
            row += [number(face.mean[unit], 3), number(rates(face, numbers).get(unit))]
        rows.append(row)
    for name in numbers.emotions:
        row = [f"{name.capitalize()} reported"]
        for face in faces:
            row += [share(face.emotion_share[name]), ""]
        rows.append(row)
    return Table("Faces side by side", columns, rows, folded="The comparison in numbers")


def rates(face: FaceNumbers, numbers: RecordingNumbers) -> dict[str, float]:
    """How often a minute each unit was shown: segments where there are events, else onsets."""
    return face.onsets_per_min if numbers.events is None else face.segments_per_min


def rate_name(numbers: RecordingNumbers) -> str:
    """What `rates` are."""
    return "onsets / min" if numbers.events is None else "segments / min"


def tally_table(numbers: RecordingNumbers, doubts: list[Stretch]) -> Table:
    """How much there is of each kind of doubt. Kinds of which there is nothing are told, too."""
    columns = [
        Column("What"),
        Column("Face"),
        Column("Stretches", True),
        Column("Frames", True),
        Column("Time", True),
        Column("Longest", True),
    ]
    rows: list[list[Any]] = []
    tallies = tally(doubts)
    for kind, title in KINDS.items():
        own = [item for item in tallies if item.kind == kind]
        for item in own:
            frames = UNKNOWN if kind == "gap" else "" if kind == "break" else f"{item.frames:,}"
            times = ["", ""] if kind == "break" or item.seconds <= 0 else [length(item.seconds), length(item.longest)]
            rows.append([title, "" if item.track is None else f"Face {item.track}", f"{item.stretches:,}", frames, *times])
        if not own:
            rows.append([title, "", "none", "", "", ""])
    return Table("Missing and doubtful, all of it", columns, rows)


def stretch_table(doubts: list[Stretch]) -> Table | None:
    """The longest stretches, in order of time, with a button that shows each; None where there are none."""
    if not doubts:
        return None
    kept = sorted(sorted(doubts, key=lambda s: (s.kind != "break", -s.seconds))[:MOST_LISTED], key=lambda s: s.begin)
    columns = [
        Column("What"),
        Column("Face"),
        Column("From", True),
        Column("To", True),
        Column("Length", True),
        Column("Frames", True),
        Column("More"),
        Column(""),
    ]
    rows: list[list[Any]] = []
    for stretch in kept:
        title = KINDS[stretch.kind]
        face = "" if stretch.track is None else f"Face {stretch.track}"
        label = f"Show {title.lower()} at {spell(stretch.begin, decimals=1)}"
        button = Markup(
            '<button type="button" class="show" data-at="{:.3f}" data-end="{:.3f}" aria-label="{}">Show</button>'
        ).format(stretch.begin, stretch.end, label)
        frames = UNKNOWN if stretch.kind == "gap" else "" if stretch.kind == "break" else f"{stretch.frames:,}"
        rows.append(
            [
                title,
                face,
                spell(stretch.begin, decimals=1),
                spell(stretch.end, decimals=1),
                length(stretch.seconds) if stretch.seconds > 0 else "",
                frames,
                stretch.detail,
                button,
            ]
        )
    left = len(doubts) - len(kept)
    note = (
        f"The {len(kept)} longest are listed; {count(left, 'shorter one')} "
        f"{'is' if left == 1 else 'are'} in the sums above and in the charts."
        if left
        else ""
    )
    return Table(
        "Stretches one by one",
        columns,
        rows,
        folded=count(len(doubts), "stretch", "stretches") + " one by one"
        if not left
        else f"The {len(kept)} longest stretches one by one",
        note=note,
    )


def _flat(value: Any, prefix: str = "") -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [pair for key, item in value.items() for pair in _flat(item, f"{prefix}.{key}" if prefix else str(key))]
    if isinstance(value, list) and any(isinstance(item, (dict, list)) for item in value):
        return [pair for index, item in enumerate(value) for pair in _flat(item, f"{prefix}[{index}]")]
    if isinstance(value, list):
        return [(prefix, ", ".join(str(item) for item in value))]
    return [(prefix, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))]


def settings_tables(meta: dict[str, Any]) -> list[Table]:
    """Everything that the sidecar says, part by part."""
    columns = [Column("Name"), Column("Value")]
    titles = {
        "sources": "Sources",
        "video": "Video",
        "settings": "Settings",
        "smoothing": "Smoothing",
        "model": "Model",
        "front_end": "Networks that find faces",
        "versions": "Versions",
        "complete": "How it ended",
        "incomplete": "What is missing",
        "labels": "Names of the values",
    }
    plain = [[key, _flat(value)[0][1]] for key, value in meta.items() if not isinstance(value, (dict, list))]
    tables = [Table("The run", columns, plain)] if plain else []
    order = [key for key in titles if key in meta] + [key for key in meta if key not in titles]
    for key in order:
        if isinstance(meta[key], (dict, list)) and meta[key]:
            rows = [[name, text] for name, text in _flat(meta[key])]
            tables.append(Table(titles.get(key, key), columns, rows, folded=titles.get(key, key)))
    return tables
