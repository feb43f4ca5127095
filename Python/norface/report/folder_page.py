"""The page of several recordings: each at a glance, and all of them side by side."""

from __future__ import annotations

import numpy as np

from .charts.compare import strip, strips
from .charts.heat import table_heat
from .clock import spell
from .folder_lines import MOST_CELLS, FaceLine, RecordingLine
from .names import unit_title
from .page import Column, Figure, Key, Page, Section, Table, Text, Warning
from .words import UNKNOWN, count, length, listed, number, share

#: Rows of a heat map of faces; of more, those who were there longest.
MOST_ROWS = 200
#: Share of a recording's frames from which on a face is in the charts.
LEAST_SHARE = 0.02


def _recordings_table(lines: list[RecordingLine]) -> Table:
    columns = [
        Column("Recording"),
        Column("Run"),
        Column("Length", True),
        Column("Frames", True),
        Column("Somebody seen", True),
        Column("Faces", True),
        Column("No face", True),
        Column("Low quality", True),
        Column("Part hidden", True),
        Column("Identity uncertain", True),
        Column("Damaged frames", True),
        Column("Dropped frames", True),
        Column("Events"),
        Column("Note"),
    ]
    rows = [
        [
            line.name,
            line.status,
            spell(line.seconds, decimals=1),
            f"{line.frames:,}",
            share(line.faces_share),
            str(len(line.faces)),
            *[length(line.doubts.get(kind, 0.0)) for kind in ("nobody", "quality", "hidden", "identity")],
            f"{line.damaged:,}",
            f"{line.dropped:,}",
            "yes" if line.has_events else "no",
            line.note,
        ]
        for line in lines
    ]
    note = (
        "Low quality, hidden parts and uncertain identity are seconds of faces: two faces that are hidden "
        "for a second count two."
    )
    return Table("Recordings in numbers", columns, rows, sortable=True, note=note)


def _faces_table(faces: list[FaceLine]) -> Table:
    columns = [
        Column("Recording"),
        Column("Face"),
        Column("Time present", True),
        Column("Of the frames", True),
        Column("Mean quality", True),
        Column("Quality 0.5 or more", True),
        Column("Part hidden", True),
        Column("Identity uncertain", True),
        Column("Blinks", True),
        Column("Blinks / min", True),
        Column("Segments / min", True),
        Column("Strongest units (mean)"),
        Column("Emotion reported most"),
    ]
    rows = []
    for face in faces:
        known = sorted(((value, unit) for unit, value in face.mean.items() if np.isfinite(value)), reverse=True)[:3]
        emotion = max(face.emotions, key=lambda name: face.emotions[name]) if face.emotions else ""
        rows.append(
            [
                face.recording,
                f"Face {face.track}",
                spell(face.seconds, decimals=1),
                share(face.share),
                number(face.quality),
                share(face.good_share),
                share(face.hidden_share),
                share(face.uncertain_share),
                UNKNOWN if face.blinks is None else str(face.blinks),
                number(face.blinks_per_min, 1),
                number(face.segments_per_min, 1),
                ", ".join(f"{unit} {number(value)}" for value, unit in known),
                f"{emotion} {share(face.emotions[emotion])}" if emotion else UNKNOWN,
            ]
        )
    return Table("Faces in numbers", columns, rows, sortable=True, note="– is what is not known. Click on a heading to sort.")


def _matrix(faces: list[FaceLine], names: list[str], attribute: str) -> np.ndarray:
    return np.array([[getattr(face, attribute).get(name, np.nan) for name in names] for face in faces], float).reshape(
        len(faces), len(names)
    )


def _names(faces: list[FaceLine], attribute: str) -> list[str]:
    return list(dict.fromkeys(name for face in faces for name in getattr(face, attribute)))


def _comparison(faces: list[FaceLine]) -> Section:
    section = Section("comparison", "Faces side by side")
    everybody_seen, faces = faces, [face for face in faces if face.share >= LEAST_SHARE]
    shown = faces
    if len(faces) < len(everybody_seen):
        left = len(everybody_seen) - len(faces)
        text = (
            f"{count(left, 'face')} seen in less than {LEAST_SHARE:.0%} of a recording "
            f"{'is' if left == 1 else 'are'} in the tables only."
        )
        section.blocks.append(Text(text.replace("%", " %")))
    if len(faces) > MOST_ROWS:
        longest = {id(face) for face in sorted(faces, key=lambda face: -face.seconds)[:MOST_ROWS]}
        shown = [face for face in faces if id(face) in longest]
        section.intro = (
            f"Of {len(faces):,} faces the {MOST_ROWS} that were there longest are in the heat maps; all "
            "are in the tables and in the strokes."
        )
    units, emotions = _names(faces, "mean"), _names(faces, "emotions")
    titles = [face.title for face in shown]
    everybody = [face.title for face in faces]
    means = _matrix(faces, units, "mean")
    keys = [Key("stroke", "one face of one recording", "var(--p1)"), Key("shape diamond", "median", "var(--p2)")]
    if units and np.isfinite(means).any():
        middle = np.array([np.nanmedian(column) if np.isfinite(column).any() else -1.0 for column in means.T])
        best = listed([f"{unit_title(units[i])} ({middle[i]:.2f})" for i in np.argsort(-middle)[:3]])
        names = [unit_title(unit) for unit in units]
        alt = f"Mean intensity of each action unit, a stroke for each of {len(faces)} faces. Highest medians: {best}."
        spec = strip(names, units, everybody, means.T, "mean intensity, 0 to 5")
        section.blocks.append(Figure("all-means", "Mean intensity of each action unit", alt, spec, time=False, keys=keys))
        most = max(0.5, float(np.ceil(np.nanmax(means) * 2) / 2))
        alt = (
            f"Heat map of mean intensities: {len(shown)} faces by {len(units)} action units, 0 to "
            f"{most:g}. The tables have the numbers."
        )
        heat = table_heat(titles, units, _matrix(shown, units, "mean"), most, "mean intensity")
        scale = [Key("scale", f"mean intensity, 0 (left) to {most:g} (right)"), Key("hatch", "not known")]
        section.blocks.append(Figure("all-units", "Mean intensity by face", alt, heat, time=False, keys=scale))
    often = _matrix(faces, units, "rates")
    if np.isfinite(often).any():
        names = [unit_title(unit) for unit in units]
        alt = f"Segments a minute of each action unit, a stroke for each of {len(faces)} faces."
        spec = strip(names, units, everybody, often.T, "segments / min")
        section.blocks.append(Figure("all-rates", "How often each action unit was shown", alt, spec, time=False, keys=keys))
    blinks = np.array([[face.blinks_per_min for face in faces]])
    if np.isfinite(blinks).any():
        alt = f"Blinks a minute, a stroke for each of {len(faces)} faces. Median {np.nanmedian(blinks):.1f}."
        spec = strip(["Blinks"], ["Blinks"], everybody, blinks, "blinks / min", 40)
        section.blocks.append(
            Figure(
                "all-blinks", "Blinks a minute", alt, spec, "Over the time in which the eyes were seen.", time=False, keys=keys
            )
        )
    if emotions:
        heat = table_heat(titles, emotions, _matrix(shown, emotions, "emotions"), 1.0, "of the frames")
        alt = f"Heat map of reported emotions: {len(shown)} faces by {len(emotions)} emotions, share of the face's frames."
        scale = [Key("scale", "share of the face's frames, 0 (left) to 1 (right)")]
        section.blocks.append(Figure("all-emotions", "Reported emotions by face", alt, heat, time=False, keys=scale))
    section.blocks.append(_faces_table(everybody_seen))
    section.blocks += [
        _numbers_table(everybody_seen, units, "mean", "Mean intensity", 3),
        _numbers_table(everybody_seen, units, "rates", "Segments a minute", 2),
    ]
    return section


def _numbers_table(faces: list[FaceLine], names: list[str], attribute: str, title: str, decimals: int) -> Table:
    columns = [Column("Recording"), Column("Face"), *[Column(name, True) for name in names]]
    rows = [
        [f.recording, f"Face {f.track}", *[number(getattr(f, attribute).get(name), decimals) for name in names]] for f in faces
    ]
    return Table(f"{title} of each action unit", columns, rows, folded=f"{title} in numbers", sortable=True)


def _warnings(lines: list[RecordingLine], failed: list[tuple[str, str]]) -> list[Warning]:
    found = [Warning("bad", f"{name} could not be read and is left out: {reason}.") for name, reason in failed]

    def tell(level: str, chosen: list[RecordingLine], text: str) -> None:
        if chosen:
            names = [line.name for line in chosen[:5]] + ([f"{len(chosen) - 5} more"] if len(chosen) > 5 else [])
            found.append(Warning(level, f"{text} {listed(names)}.", "recordings"))

    tell("bad", [line for line in lines if line.status == "incomplete"], "The recording could not be read to its end in")
    tell("bad", [line for line in lines if line.status == "damaged"], "More than 5 % of the frames are damaged in")
    tell("bad", [line for line in lines if not line.faces], "No face was found in any frame of")
    tell("doubt", [line for line in lines if line.status == "unknown"], "There is no description (NAME.meta.json) beside")
    tell("doubt", [line for line in lines if line.status == "unfinished"], "The run did not come to the end of its input in")
    tell(
        "doubt",
        [line for line in lines if line.faces and line.faces_share < 0.95],
        "Nobody is seen in more than 5 % of the frames of",
    )
    low = [line for line in lines if any(face.good_share < 0.8 and face.share >= 0.05 for face in line.faces)]
    tell("doubt", low, "A face has a quality below 0.5 in more than 20 % of its frames in")
    tell(
        "note",
        [line for line in lines if not line.has_events],
        "There are no events, so neither blinks nor segments are known, of",
    )
    made = sorted({line.made_by for line in lines if line.made_by})
    if len(made) > 1:
        found.append(
            Warning(
                "bad",
                "The recordings were analysed with different programs or models, so that their "
                f"numbers may not be comparable: {listed(made)}.",
            )
        )
    return found or [Warning("note", "None of the checks of the recordings found anything.")]


def folder_page(title: str, lines: list[RecordingLine], failed: list[tuple[str, str]]) -> Page:
    """Makes the page of several recordings. `failed` are files that could not be read, with the reasons."""
    faces = [face for line in lines for face in line.faces]
    seconds = sum(line.seconds for line in lines)
    frames = sum(line.frames for line in lines)
    seen = sum(line.faces_share * line.frames for line in lines if line.frames)
    made = sorted({line.made_by for line in lines if line.made_by})
    page = Page(
        title, listed(made) and "analysed with " + listed(made) or "nothing is known of the programs that made the records"
    )
    page.facts = [
        ("Recordings", f"{len(lines):,}", f"{len(failed)} could not be read" if failed else "all could be read"),
        ("Length", length(seconds), f"{frames:,} frames"),
        ("Faces", f"{len(faces):,}", "tracks; a person may have several"),
        ("Somebody seen", share(seen / frames if frames else None), "of all frames"),
        ("With events", f"{sum(line.has_events for line in lines):,}", "recordings"),
        ("Damaged", f"{sum(line.damaged for line in lines):,}", "frames"),
        ("Dropped", f"{sum(line.dropped for line in lines):,}", "frames"),
    ]
    page.warnings = _warnings(lines, failed)
    section = Section("recordings", "The recordings")
    longest = max((line.seconds for line in lines), default=0.0)
    if longest > 0:
        alt = f"A lane for each of {len(lines)} recordings: when somebody is seen. The table below has the numbers."
        spec = strips([line.name for line in lines], [line.presence for line in lines], longest)
        caption = f"Each lane has at most {MOST_CELLS} cells; a cell shows what there is more of. The table counts all frames."
        keys = [Key("", "somebody seen", "var(--p1)"), Key("hatch", "nobody seen")]
        section.blocks.append(Figure("lanes", "When somebody is seen", alt, spec, caption, time=False, keys=keys))
    section.blocks.append(_recordings_table(lines))
    page.sections.append(section)
    if faces:
        page.sections.append(_comparison(faces))
    else:
        page.sections.append(
            Section("comparison", "Faces side by side", [Text(f"No face was found in {count(len(lines), 'recording')}.")])
        )
    return page
