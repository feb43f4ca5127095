"""A recording as tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from .labels import Labels


@dataclass
class Recording:
    """A file of records, or a part of one.

    Attributes:
        frames: a row for each record. `source`, `seq`, `pts` (s), `epoch`, `time` (UTC), `dropped`, `width`, `height` (px), `damaged`
            (bool), `faces` (how many), `markers` (texts parted by `; `, None where there are none), and `dropped_thinned` and
            `dropped_overload` where a record says why frames were lost. The index counts records from the file's beginning.
        faces: a row for each face and frame: `frame` (the row's label in `frames`), `source`, `seq`, `pts`, `epoch`, `track`, then the
            columns of the CSV (Documentation/Formats.md) in their units. NaN is what is not known; flags are 0, 1 or NaN.
        events: a row for each event of the file beside the records, and of lines between them: `event`, `source`, `pts`, `epoch`,
            `time`, `track`, `unit`, `eyes`, `onset`, `apex`, `offset` (s), `peak`, `mean`, `complete`, `rate`, `cut`, `marker`,
            `reason`, `count`, `seconds`. Markers that only records tell are rows, too.
        meta: the sidecar, or the line that describes the run; None without.
        labels: the names of the values.
        path: the file.
    """

    frames: pd.DataFrame
    faces: pd.DataFrame
    events: pd.DataFrame
    meta: dict[str, Any] | None
    labels: Labels
    path: Path

    def __repr__(self) -> str:
        return f"<Recording {str(self.path)!r}: {len(self.frames)} frames, {len(self.faces)} faces, {len(self.events)} events>"
