"""py-feat: the CSV that `read_feat` makes a Fex of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..reading import Labels, Recording
from .options import Options
from .rows import with_frames, write_csv

UNITS = ("AU01", "AU02", "AU04", "AU05", "AU06", "AU07", "AU09", "AU10", "AU11", "AU12", "AU14", "AU15", "AU17", "AU20") + (
    "AU23",
    "AU24",
    "AU25",
    "AU26",
    "AU28",
    "AU43",
)
EMOTIONS_1 = ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral")
EMOTIONS_2 = {
    "Neutral": "neutral",
    "Happy": "happiness",
    "Sad": "sadness",
    "Surprise": "surprise",
    "Fear": "fear",
    "Disgust": "disgust",
    "Anger": "anger",
}


def write_fex1(path: Path, target: Path, options: Options) -> list[str]:
    """Writes the columns of Detectorv1."""
    return _write(path, target, options, 1)


def write_fex2(path: Path, target: Path, options: Options) -> list[str]:
    """Writes the columns of Detectorv2."""
    return _write(path, target, options, 2)


def _write(path: Path, target: Path, options: Options, version: int) -> list[str]:
    notes: dict[str, None] = {}

    def table_of(recording: Recording) -> pd.DataFrame:
        notes.update(dict.fromkeys(_notes(recording.labels, version)))
        return table(recording, version)

    return [*write_csv(path, target, options, table_of), *notes]


def table(recording: Recording, version: int) -> pd.DataFrame:
    """The rows: one a face and frame, and one of NaN for a frame without a face, as py-feat has them.

    Args:
        recording: what to tabulate.
        version: 1 or 2, of the detector whose columns are written.
    """
    labels = recording.labels
    rows = with_frames(recording)
    nothing = np.full(len(rows), np.nan)
    own = {
        "FaceRectX": "box_x",
        "FaceRectY": "box_y",
        "FaceRectWidth": "box_width",
        "FaceRectHeight": "box_height",
        "FaceScore": "score",
    }
    columns: dict[str, Any] = {theirs: rows[ours].to_numpy() for theirs, ours in own.items()}
    for axis in "xy":
        for index in range(68):
            columns[f"{axis}_{index}"] = rows[f"{axis}_{index}"].to_numpy() if labels.landmarks == 68 else nothing
    # Up, tilted and turned to the subject's own right, in radians.
    for theirs, ours, sign in (("Pitch", "pitch", 1), ("Roll", "roll", -1), ("Yaw", "yaw", -1)):
        columns[theirs] = np.radians(sign * rows[ours].to_numpy(np.float64)).round(4)
    columns |= dict.fromkeys("XYZ", nothing)
    for unit in UNITS:
        columns[unit] = (rows[unit].to_numpy(np.float64) / 5).round(4) if unit in labels.au else nothing
    emotions = dict(zip(labels.emotions, labels.emotion_columns()))
    names = dict(zip(EMOTIONS_1, EMOTIONS_1)) if version == 1 else EMOTIONS_2
    for theirs, ours in names.items():
        columns[theirs] = rows[emotions[ours]].to_numpy() if ours in emotions else nothing
    if version == 2:
        columns |= {"valence": nothing, "arousal": nothing}
    pitch = np.radians(rows["gaze_head_pitch"].to_numpy(np.float64))
    yaw = np.radians(-rows["gaze_head_yaw"].to_numpy(np.float64))
    columns |= {
        "gaze_pitch": pitch.round(4),
        "gaze_yaw": yaw.round(4),
        "gaze_angle": np.arccos(np.clip(np.cos(pitch) * np.cos(yaw), -1, 1)).round(4),
        "FrameHeight": rows["height"].to_numpy(),
        "FrameWidth": rows["width"].to_numpy(),
        "input": rows["source"].to_numpy(),
        "frame": rows["seq"].to_numpy(),
        "approx_time": [_minutes(pts) for pts in rows["pts"]],
        "Identity": [None if pd.isna(track) else f"Person_{track}" for track in rows["track"]],
    }
    return pd.DataFrame(columns)


def _minutes(seconds: float) -> str | None:
    return None if np.isnan(seconds) else f"{int(seconds // 60):02d}:{int(seconds % 60):02d}"


def _notes(labels: Labels, version: int) -> list[str]:
    notes = [
        "AU columns are intensities divided by 5, no probabilities",
        "empty: X, Y, Z (py-feat has them in a unit of its own)",
    ]
    missing = [unit for unit in UNITS if unit not in labels.au]
    if missing:
        notes.append(f"empty: {', '.join(missing)} (no unit of these records)")
    if labels.landmarks != 68:
        notes.append("empty: x_*, y_* (analyse with --landmarks 68)")
    others = [emotion for emotion in labels.emotions if emotion not in EMOTIONS_1]
    if others:
        notes.append(f"left out: {', '.join(others)} (no column of py-feat), so that the emotions do not sum to 1")
    left_out = "Identity_1 ..., the embedding" if version == 1 else "Identity_1 ..., mesh_*, blendshapes"
    notes.append(f"left out: {left_out} (not known)")
    if version == 2:
        notes.append("empty: valence, arousal (not known)")
    return notes
