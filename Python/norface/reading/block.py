"""A run of records as tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from .labels import Labels
from .tables import text, times


@dataclass
class Block:
    """Some records one after the other, with what stood between them.

    `events` are objects as in the lines; `run` is the description of a run, where one came.
    """

    frames: pd.DataFrame
    faces: pd.DataFrame
    labels: Labels
    events: list[dict[str, Any]] = field(default_factory=list)
    run: dict[str, Any] | None = None


def frame_table(columns: dict[str, list[Any]], start: int) -> pd.DataFrame:
    """The table of frames out of lists of one length.

    Raises:
        ValueError: a value is of another kind.
    """
    count = len(columns["seq"])
    table: dict[str, Any] = {
        "source": text(columns["source"]),
        "seq": np.array(columns["seq"], dtype=np.int64),
        "pts": np.array(columns["pts"], dtype=np.float64),
        "epoch": np.array(columns["epoch"], dtype=np.int64),
        "time": times(columns["time"]),
        "dropped": np.array(columns["dropped"], dtype=np.int64),
        "width": np.array(columns["width"], dtype=np.int64),
        "height": np.array(columns["height"], dtype=np.int64),
        "damaged": np.array(columns["damaged"], dtype=bool),
        "faces": np.array(columns["faces"], dtype=np.int64),
        "markers": text(columns["markers"]),
    }
    for cause in ("thinned", "overload"):
        if any(columns.get(cause, ())):
            table[f"dropped_{cause}"] = np.array(columns[cause], dtype=np.int64)
    frames = pd.DataFrame(table)
    frames.index = pd.RangeIndex(start, start + count)
    return frames
