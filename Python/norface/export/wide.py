"""A row a frame, with columns for each person."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from ..reading import Recording
from .chosen import chunks
from .errors import ExportError
from .options import Options
from .rows import write_csv

OWN = (
    *("score", "pitch", "yaw", "roll", "gaze_yaw", "gaze_pitch", "quality", "AU??", "AU??_present"),
    *("emotion", "speaking", "derived_*"),
)
# More columns than this are more than programs that take wide tables read.
LIMIT = 32_000


def write(path: Path, target: Path, options: Options) -> list[str]:
    """Writes the CSV, in two passes: which persons there are, and the rows.

    Raises:
        ExportError: there are too many persons for a table of this kind.
    """
    tracks: set[int] = set()
    for recording in chunks(path, options, one_source=False):
        tracks.update(recording.faces["track"].unique().tolist())

    def table_of(recording: Recording) -> pd.DataFrame:
        return table(recording, sorted(tracks), options)

    notes = write_csv(path, target, options, table_of)
    if not options.columns:
        notes.append(
            "left out: box, raw intensities, sides, regions, eyes, baseline, landmarks, head (--columns '*' takes all)"
        )
    return notes


def table(recording: Recording, tracks: list[int], options: Options) -> pd.DataFrame:
    """The rows; columns of a person end with `_p` and the track's number."""
    names = options.chosen(recording.labels.face_columns(), (*OWN, *recording.labels.emotion_columns()))
    if len(names) * len(tracks) > LIMIT:
        raise ExportError(
            f"{len(tracks)} persons with {len(names)} columns each are too many: choose some with --columns, or use long"
        )
    parts = [recording.frames]
    for track in tracks:
        mine = recording.faces[recording.faces["track"] == track].set_index("frame")[names]
        parts.append(mine.add_suffix(f"_p{track}").reindex(recording.frames.index))
    return _plain(pd.concat(parts, axis=1))


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(damaged=table["damaged"].astype("int64"), time=utc_text(table["time"]))


def utc_text(times: pd.Series) -> pd.Series:
    """Times as the records have them: `2026-11-22T08:16:27.066Z`."""
    texts = times.dt.strftime("%Y-%m-%dT%H:%M:%S.%f").str.slice(0, 23) + "Z"
    return texts.where(times.notna(), None)
