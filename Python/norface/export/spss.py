"""SPSS: the table of the CSV with labels of variables and values."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from .chosen import whole
from .errors import MissingExtraError
from .files import whole_file
from .options import Options
from .rows import epoch_notes, with_frames

# FACS names of the units (Ekman, Friesen and Hager, 2002).
UNITS = {
    "AU01": "inner brow raiser",
    "AU02": "outer brow raiser",
    "AU04": "brow lowerer",
    "AU05": "upper lid raiser",
    "AU06": "cheek raiser",
    "AU07": "lid tightener",
    "AU09": "nose wrinkler",
    "AU10": "upper lip raiser",
    "AU12": "lip corner puller",
    "AU14": "dimpler",
    "AU15": "lip corner depressor",
    "AU17": "chin raiser",
    "AU18": "lip pucker",
    "AU20": "lip stretcher",
    "AU23": "lip tightener",
    "AU24": "lip pressor",
    "AU25": "lips part",
    "AU26": "jaw drop",
    "AU28": "lip suck",
    "AU43": "eyes closed",
}
LABELS = {
    "source": "Name of the source",
    "seq": "Number of the record, from 0",
    "pts": "Time in the stream, seconds",
    "epoch": "Counts the stream's breaks",
    "time": "Time of capture, UTC",
    "dropped": "Frames lost since the previous record",
    "dropped_thinned": "Of these: left out evenly under load",
    "dropped_overload": "Of these: lost in the full queue",
    "width": "Width of the frame, pixels",
    "height": "Height of the frame, pixels",
    "damaged": "Something of the frame was lost",
    "faces": "Faces in the frame",
    "derived_valence": "Valence derived from the emotions, -1 to 1",
    "derived_arousal": "Arousal derived from the units, 0-1",
    "markers": "Markers placed since the previous record",
    "track": "Number of the person",
    "certain": "Whether the person's identity is certain",
    "score": "Confidence that this is a face, 0-1",
    "pitch": "Head: nose up, degrees",
    "yaw": "Head: nose to the image's right, degrees",
    "roll": "Head: turned clockwise in the image, degrees",
    "gaze_error": "Gaze: error to be expected, degrees",
    "quality": "How far to trust the face, 0-1",
    "emotion": "Reported emotion",
    "baseline": "State of the neutral baseline",
    "speaking": "How much the mouth moves as in speech, 0-1",
}
_SIDES = {"left": "subject's left", "right": "subject's right"}


def write(path: Path, target: Path, options: Options) -> list[str]:
    """Writes the file."""
    try:
        import pyreadstat
    except ImportError:
        raise MissingExtraError("pyreadstat") from None
    recording = whole(path, options, one_source=False)
    labels = recording.labels
    names = options.chosen(labels.face_columns(), _own(labels.face_columns()))
    rows = with_frames(recording, names)
    # SPSS has no zones; times are UTC, as the label says.
    rows["time"] = rows["time"].dt.tz_localize(None)
    if rows["time"].isna().all():
        rows = rows.drop(columns="time")
    for name in ("source", "markers", "emotion", "baseline"):
        if name in rows:
            rows[name] = [value if isinstance(value, str) else "" for value in rows[name]]
    rows["track"] = rows["track"].astype(np.float64)
    rows["damaged"] = rows["damaged"].astype(np.float64)
    flags = [name for name in rows.columns if name in ("damaged", "certain") or name.endswith("_present")]
    emotions = dict(zip(labels.emotion_columns(), labels.emotions))
    with whole_file(target) as part:
        pyreadstat.write_sav(
            rows.reset_index(drop=True),
            str(part),
            file_label=f"norface records of {recording.path.name}"[:64],
            column_labels={name: label(name, emotions) for name in rows.columns},
            variable_value_labels={name: {0.0: "no", 1.0: "yes"} for name in flags},
            variable_measure={name: _measure(name, flags) for name in rows.columns},
            variable_format={name: "F8.0" for name in ("seq", "epoch", "dropped", "width", "height", "faces", "track")}
            | {"pts": "F14.6"},
            row_compress=True,
        )
    notes = epoch_notes(set(recording.frames["epoch"]))
    if not options.columns and labels.landmarks:
        notes.append("left out: landmarks (--columns '*' takes all)")
    return notes


def label(name: str, emotions: dict[str, str]) -> str:
    """What a variable is, with its unit."""
    if name in LABELS:
        return LABELS[name]
    if name in emotions:
        return f"Probability of {emotions[name]}, 0-1"
    unit = re.fullmatch(r"(AU\d\d)(?:_(raw|left|right|present))?", name)
    if unit:
        what = f"{unit[1]} {UNITS.get(unit[1], '')}".strip()
        ends: dict[str | None, str] = {
            None: "intensity 0-5, smoothed",
            "raw": "intensity 0-5, raw",
            "left": "intensity 0-5, subject's left",
            "right": "intensity 0-5, subject's right",
            "present": "present",
        }
        return f"{what}: {ends[unit[2]]}"
    gaze = re.fullmatch(r"gaze_(?:(left|right)_)?(head_)?(yaw|pitch)", name)
    if gaze:
        eye = f"{_SIDES[gaze[1]]} eye" if gaze[1] else "both eyes"
        frame = "in the head's frame" if gaze[2] else "from the line to the camera"
        return f"Gaze, {eye}: {'image right' if gaze[3] == 'yaw' else 'up'} {frame}, degrees"
    region = re.fullmatch(r"visible_(\w+)_(left|right)", name)
    if region:
        return f"How far the {region[1]} can be seen, {_SIDES[region[2]]}, 0-1"
    box = re.fullmatch(r"box_(\w+)", name)
    if box:
        return f"Box of the face: {box[1]}, pixels"
    point = re.fullmatch(r"([xy])_(\d+)", name)
    if point:
        return f"Landmark {point[2]}: {point[1]}, pixels"
    head = re.fullmatch(r"head_([xyz])", name)
    return f"Head: {head[1]} in the camera's frame, mm" if head else name


def _own(names: list[str]) -> tuple[str, ...]:
    return tuple(name for name in names if not re.fullmatch(r"[xy]_\d+", name))


def _measure(name: str, flags: list[str]) -> Any:
    return "nominal" if name in flags or name in ("source", "track", "emotion", "baseline", "markers") else "scale"
