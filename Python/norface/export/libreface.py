"""LibreFace: the CSV of a video."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..reading import Recording
from .options import Options
from .rows import write_csv

DETECTED = (1, 2, 4, 6, 7, 10, 12, 14, 15, 17, 23, 24)
INTENSITIES = (1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26)


def write(path: Path, target: Path, options: Options) -> list[str]:
    """Writes the CSV."""
    several = False

    def table_of(recording: Recording) -> pd.DataFrame:
        nonlocal several
        several = several or bool(recording.faces["frame"].duplicated().any())
        return table(recording)

    notes = write_csv(path, target, options, table_of)
    notes.append("left out: lm_mp_* (LibreFace's 478 landmarks are not in the records)")
    if several:
        notes.append("frames with several faces have a row for each; LibreFace tells one, and has no column for who it is")
    return notes


def table(recording: Recording) -> pd.DataFrame:
    """The rows: one a face and frame; frames without a face have none, as LibreFace has it."""
    rows = recording.faces
    known = set(recording.labels.au)
    columns: dict[str, Any] = {
        "frame_idx": rows["seq"].to_numpy(),
        "frame_time_in_ms": (rows["pts"].to_numpy() * 1000).round(3),
        "pitch": rows["pitch"].to_numpy(),
        "yaw": rows["yaw"].to_numpy(),
        "roll": rows["roll"].to_numpy(),
    }
    for number in DETECTED:
        unit = f"AU{number:02d}"
        if unit in known:
            columns[f"au_{number}"] = rows[f"{unit}_present"].to_numpy()
    for number in INTENSITIES:
        unit = f"AU{number:02d}"
        if unit in known:
            columns[f"au_{number}_intensity"] = rows[unit].to_numpy()
    columns["facial_expression"] = [name.capitalize() if isinstance(name, str) else None for name in rows["emotion"]]
    columns["gaze_yaw"] = rows["gaze_yaw"].to_numpy()
    columns["gaze_pitch"] = rows["gaze_pitch"].to_numpy()
    table = pd.DataFrame(columns)
    flags = [f"au_{number}" for number in DETECTED if f"au_{number}" in columns]
    return table.astype(dict.fromkeys(flags, "Int64")) if len(table) else table.astype(dict.fromkeys(flags, np.float64))
