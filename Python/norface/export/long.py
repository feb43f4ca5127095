"""A row a value."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from ..reading import Recording
from .options import Options
from .rows import write_csv
from .wide import OWN

KEYS = ["source", "seq", "pts", "epoch", "track"]


def write(path: Path, target: Path, options: Options) -> list[str]:
    """Writes the CSV."""
    notes = write_csv(path, target, options, lambda recording: table(recording, options))
    notes.append("left out: emotion and baseline, which are texts")
    if not options.columns:
        notes.append("left out: box, raw intensities, sides, regions, eyes, landmarks, head (--columns '*' takes all)")
    return notes


def table(recording: Recording, options: Options) -> pd.DataFrame:
    """The rows: for each frame its number of `faces`, without a track, and then for each face its values."""
    names = options.chosen(recording.labels.face_columns(), OWN)
    names = [name for name in names if name not in ("emotion", "baseline")]
    counts = recording.frames[["source", "seq", "pts", "epoch"]].assign(
        track=pd.array([pd.NA] * len(recording.frames), dtype="Int64"),
        variable="faces",
        value=recording.frames["faces"].astype(np.float64),
        frame=recording.frames.index,
        place=-1,
    )
    faces = recording.faces[["frame", *KEYS, *names]]
    values = faces.melt(id_vars=["frame", *KEYS], value_vars=names, var_name="variable", value_name="value")
    values["track"] = values["track"].astype("Int64")
    # Faces in their frame's order, values of a face in the columns' order.
    values["place"] = np.tile(np.arange(len(faces)), len(names)) if names else np.zeros(0, np.int64)
    rows = pd.concat([counts, values], ignore_index=True)
    return rows.sort_values(["frame", "place"], kind="stable")[[*KEYS, "variable", "value"]]
