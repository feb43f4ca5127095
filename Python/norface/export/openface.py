"""OpenFace 2.2: the CSV of FeatureExtraction, as far as records know what stands in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from ..reading import Labels, Recording
from .angles import gaze_vectors, image_angles, openface_angles
from .options import Options
from .rows import with_frames, write_csv

INTENSITIES = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45)
PRESENCES = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 28, 45)
# The closing of the lids: OpenFace calls it 45 (blink), records 43 (eyes closed).
_OURS = {45: 43}
_EYES = (("0", "right"), ("1", "left"))


def write(path: Path, target: Path, options: Options) -> list[str]:
    """Writes the CSV."""
    notes: dict[str, None] = {}

    def table_of(recording: Recording) -> pd.DataFrame:
        notes.update(dict.fromkeys(_notes(recording.labels)))
        return table(recording)

    return [*write_csv(path, target, options, table_of), *notes]


def table(recording: Recording) -> pd.DataFrame:
    """The rows: one a face and frame; one with `success` 0 and empty values for a frame without a face."""
    labels = recording.labels
    rows = with_frames(recording)
    seen = rows["track"].notna().to_numpy()
    columns: dict[str, object] = {
        "frame": rows["seq"].to_numpy() + 1,
        "face_id": rows["track"].array,
        "timestamp": rows["pts"].to_numpy(),
        "confidence": np.where(seen, rows["score"].to_numpy(np.float64), 0.0),
        "success": seen.astype(np.int64),
    }
    if labels.head:
        columns |= _gaze(rows)
        columns |= {f"pose_T{axis}": rows[f"head_{axis}"].to_numpy() for axis in "xyz"}
    angles = openface_angles(rows["pitch"], rows["yaw"], rows["roll"]).round(4)
    columns |= {f"pose_R{axis}": angles[:, index] for index, axis in enumerate("xyz")}
    if labels.landmarks == 68:
        columns |= {f"{axis}_{index}": rows[f"{axis}_{index}"].to_numpy() for axis in "xy" for index in range(68)}
    known = set(labels.au)
    for number in INTENSITIES:
        unit = f"AU{_OURS.get(number, number):02d}"
        if unit in known:
            columns[f"AU{number:02d}_r"] = rows[unit].to_numpy()
    for number in PRESENCES:
        unit = f"AU{_OURS.get(number, number):02d}"
        if unit in known:
            columns[f"AU{number:02d}_c"] = rows[f"{unit}_present"].to_numpy()
    return pd.DataFrame(columns)


def _gaze(rows: pd.DataFrame) -> dict[str, object]:
    place = rows[["head_x", "head_y", "head_z"]].to_numpy(np.float64)
    columns: dict[str, object] = {}
    for number, side in _EYES:
        vectors = gaze_vectors(rows[f"gaze_{side}_yaw"], rows[f"gaze_{side}_pitch"], place).round(6)
        columns |= {f"gaze_{number}_{axis}": vectors[:, index] for index, axis in enumerate("xyz")}
    both = image_angles(gaze_vectors(rows["gaze_yaw"], rows["gaze_pitch"], place)).round(4)
    return columns | {"gaze_angle_x": both[:, 0], "gaze_angle_y": both[:, 1]}


def _notes(labels: Labels) -> list[str]:
    notes = ["left out: eye_lmk_*, X_*, Y_*, Z_*, p_* (not known)"]
    if not labels.head:
        notes.append("left out: gaze_*, pose_T* (analyse with --head: they are in the camera's frame)")
    if labels.landmarks != 68:
        notes.append("left out: x_*, y_* (analyse with --landmarks 68)")
    known = {int(unit[2:]) for unit in labels.au if unit[2:].isdigit()}
    missing = [f"AU{number:02d}" for number in PRESENCES if _OURS.get(number, number) not in known]
    if missing:
        notes.append(f"left out: {', '.join(missing)} (no unit of these records)")
    if 43 in known:
        notes.append("AU45 is AU43 of the records (how far the lids are closed)")
    return notes
