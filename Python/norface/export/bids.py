"""BIDS derivatives: events, physio at a constant rate, and motion.

BIDS has no modality for faces. Units and emotions are continuous recordings beside behaviour (`_physio`), the head's pose is motion.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..reading import Recording
from .bids_files import write_json, write_table
from .chosen import whole
from .errors import ExportError
from .files import whole_file
from .grid import Grid, grid_of
from .intervals import has_events
from .options import Options
from .spss import label

VERSION = "1.10.0"
PHYSIO = (
    "AU??",
    "neutral",
    "happiness",
    "surprise",
    "sadness",
    "anger",
    "disgust",
    "fear",
    "contempt",
    "gaze_yaw",
    "gaze_pitch",
)
EVENT_COLUMNS = {
    "onset": ("Onset in seconds of the stream, as in the records.", "s"),
    "duration": ("From the first to the last frame that belongs to it.", "s"),
    "trial_type": ("The unit that was shown, blink, wink, cut or marker.", None),
    "person": ("Number of the person, track of the records.", None),
    "eyes": ("Which eyes: both, or the subject's own left or right.", None),
    "peak": ("Highest intensity of the unit, 0-5; how far the lids closed, 0-1.", None),
    "mean": ("Mean intensity of the unit, 0-5.", None),
    "complete": ("Whether the lids closed wholly.", None),
    "cut": ("start, end or both: it was there when the face was first or last seen.", None),
    "text": ("Text of the marker.", None),
}
CHANNELS = {
    "LATENCY": "Seconds of the stream, as in the records.",
    "ORNT": "Angle of the head: x nose up, y nose to the image's right, z clockwise in the image.",
    "POS": "Point midway between the eyes in the camera's frame: x to the image's right, y down, z away from the camera.",
}
README = """Facial action units, emotions, gaze, head pose and events, read from video by norface.

`*_desc-norface_events.tsv` has segments of action units, blinks, winks, cuts and markers. `*_recording-faceN_physio.tsv.gz` has the
intensities (0-5) and probabilities (0-1) of person N at a constant rate; `n/a` where nobody was seen or nothing is known.
`*_tracksys-faceN_motion.tsv` has the head's pose of each frame with the frame's own time.
"""


@dataclass(frozen=True)
class Entities:
    """Who and what a recording is of."""

    subject: str
    session: str | None
    task: str

    @property
    def folder(self) -> Path:
        """Folder of the subject and session."""
        place = Path(f"sub-{self.subject}")
        return place / f"ses-{self.session}" if self.session else place

    def name(self, *more: str) -> str:
        """A file's name of these entities and more."""
        session = [f"ses-{self.session}"] if self.session else []
        return "_".join([f"sub-{self.subject}", *session, f"task-{self.task}", *more])


def write(path: Path, target: Path, options: Options) -> list[str]:
    """Writes the files of a recording below `target`, the folder of the derivative."""
    entities = entities_of(path, options)
    recording = whole(path, options)
    if recording.frames["epoch"].nunique() > 1:
        count = recording.frames["epoch"].nunique()
        raise ExportError(f"{path}: holds {count} epochs, whose times may begin anew: choose one with --epoch")
    frames = recording.frames[recording.frames["pts"].notna()]
    grid = grid_of(frames["pts"].to_numpy())
    _describe(target, recording)
    notes = []
    if has_events(recording):
        _write_events(recording, target, entities)
    else:
        notes.append("left out: events (analyse with --events)")
    for track, faces in recording.faces.groupby("track"):
        _write_physio(recording, frames, faces, grid, int(str(track)), target, entities, options)
        _write_motion(recording, frames, faces, grid, int(str(track)), target, entities)
    if grid.left_out or grid.empty or grid.shift > 0.001:
        notes.append(
            f"physio has {grid.rate:g} points a second: frames are up to {grid.shift * 1000:.1f} ms beside theirs, {grid.empty} points have"
            f" no frame (n/a), {grid.left_out} frames share a point with a nearer one and are left out"
        )
    return notes


def entities_of(path: Path, options: Options) -> Entities:
    """The entities from the options, else from the file's name (`sub-01_ses-1_task-rest...`).

    Raises:
        ExportError: neither tells subject and task.
    """
    named = dict(re.findall(r"(?:^|_)(sub|ses|task)-([A-Za-z0-9]+)", path.name))
    subject, task = options.subject or named.get("sub"), options.task or named.get("task")
    for value, key, option in ((subject, "sub-", "--subject"), (task, "task-", "--task")):
        if value is None:
            raise ExportError(f"{path}: no {key} in the name: tell it with {option}")
        if not re.fullmatch(r"[A-Za-z0-9]+", value):
            raise ExportError(f"{option} {value}: letters and digits only")
    session = options.session or named.get("ses")
    if session is not None and not re.fullmatch(r"[A-Za-z0-9]+", session):
        raise ExportError(f"--session {session}: letters and digits only")
    return Entities(str(subject), session, str(task))


def _describe(target: Path, recording: Recording) -> None:
    place = target / "dataset_description.json"
    if place.exists():
        return
    name, _, version = str((recording.meta or {}).get("program", "norface")).partition(" ")
    made = (
        {"Name": name}
        | ({"Version": version} if version else {})
        | {"Description": "facial expression, gaze and head pose from video"}
    )
    write_json(place, {"Name": "norface", "BIDSVersion": VERSION, "DatasetType": "derivative", "GeneratedBy": [made]})
    if not (target / "README.md").exists():
        with whole_file(target / "README.md") as part:
            part.write_text(README, encoding="utf-8")


def _write_events(recording: Recording, target: Path, entities: Entities) -> None:
    events = recording.events
    rows = events[events["event"].isin(["segment", "blink", "wink", "cut", "marker"])].copy()
    is_span = rows["onset"].notna()
    table = pd.DataFrame(
        {
            "onset": rows["onset"].where(is_span, rows["pts"]),
            "duration": (rows["offset"] - rows["onset"]).where(is_span, 0.0).round(6),
            "trial_type": rows["unit"].where(rows["event"] == "segment", rows["event"]),
            "person": rows["track"],
            "eyes": rows["eyes"],
            "peak": rows["peak"],
            "mean": rows["mean"],
            "complete": [None if pd.isna(value) else str(bool(value)).lower() for value in rows["complete"]],
            "cut": rows["cut"],
            "text": rows["marker"],
        }
    ).sort_values("onset", kind="stable")
    # A marker whose time in the stream is not known has no place in this table.
    table = table[table["onset"].notna()]
    place = target / entities.folder / "beh"
    name = entities.name("desc-norface", "events")
    write_table(place / f"{name}.tsv", table, header=True)
    described = {key: {"Description": text} | ({"Units": unit} if unit else {}) for key, (text, unit) in EVENT_COLUMNS.items()}
    write_json(place / f"{name}.json", described)


def _write_physio(
    recording: Recording, frames: pd.DataFrame, faces: pd.DataFrame, grid: Grid, track: int, target: Path, entities: Entities,
    options: Options,
) -> None:  # fmt: skip
    names = options.chosen(
        [name for name in recording.labels.face_columns() if name not in ("emotion", "baseline")], (*PHYSIO, "quality")
    )
    seen = faces.set_index("frame")[names].reindex(frames.index).to_numpy(np.float64)
    values = np.full((grid.count, len(names)), np.nan)
    has_place = grid.places >= 0
    values[grid.places[has_place]] = seen[has_place]
    place = target / entities.folder / "beh"
    name = entities.name(f"recording-face{track}", "physio")
    write_table(place / f"{name}.tsv.gz", pd.DataFrame(values, columns=names), header=False)
    emotions = dict(zip(recording.labels.emotion_columns(), recording.labels.emotions))
    described: dict[str, Any] = {
        "SamplingFrequency": grid.rate,
        "StartTime": grid.start,
        "Columns": names,
        "PhysioType": "generic",
        "Description": f"What the face of person {track} shows, read from video.",
        "Manufacturer": "norface",
    }
    for column in names:
        unit = "deg" if "gaze" in column or column in ("pitch", "yaw", "roll") else "arbitrary"
        described[column] = {"Description": label(column, emotions), "Units": unit}
    write_json(place / f"{name}.json", described)


def _write_motion(
    recording: Recording, frames: pd.DataFrame, faces: pd.DataFrame, grid: Grid, track: int, target: Path, entities: Entities
) -> None:
    channels = [("latency", "n/a", "LATENCY", "n/a", "s")]
    channels += [
        (f"head_{axis}_angle", part, "ORNT", "head", "deg") for axis, part in (("pitch", "x"), ("yaw", "y"), ("roll", "z"))
    ]
    columns = ["pitch", "yaw", "roll"]
    if recording.labels.head:
        channels += [(f"head_{axis}_place", axis, "POS", "head", "mm") for axis in "xyz"]
        columns += [f"head_{axis}" for axis in "xyz"]
    rows = faces.set_index("frame")[columns].reindex(frames.index)
    rows.insert(0, "latency", frames["pts"])
    place = target / entities.folder / "motion"
    system = f"tracksys-face{track}"
    write_table(place / f"{entities.name(system, 'motion')}.tsv", rows, header=False)
    listed = pd.DataFrame(channels, columns=["name", "component", "type", "tracked_point", "units"])
    listed["description"] = [CHANNELS[channel[2]] for channel in channels]
    write_table(place / f"{entities.name(system, 'channels')}.tsv", listed, header=True)
    count = {kind: sum(channel[2] == kind for channel in channels) for kind in ("ORNT", "POS", "LATENCY")}
    described: dict[str, Any] = {
        "TaskName": entities.task,
        "Description": f"Head pose of person {track}, read from video: nose up, nose to the image's right, clockwise in the image.",
        "SamplingFrequency": grid.rate,
        "TrackingSystemName": f"face {track}",
        "Manufacturer": "norface",
        "TrackedPointsCount": 1,
        "MotionChannelCount": len(channels),
        "ORNTChannelCount": count["ORNT"],
        "POSChannelCount": count["POS"],
        "LATENCYChannelCount": count["LATENCY"],
        "MissingValues": "n/a",
        "SpatialAxes": "RIF" if recording.labels.head else "n/a",
        "RotationRule": "n/a",
        "RotationOrder": "n/a",
    }
    write_json(place / f"{entities.name(system, 'motion')}.json", described)
