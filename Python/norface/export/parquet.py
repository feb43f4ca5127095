"""Apache Parquet: the table of the CSV, typed, with the sidecar."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from ..reading import Recording
from .chosen import chunks
from .errors import ExportError, MissingExtraError
from .files import whole_file
from .options import Options
from .rows import LONGEST, epoch_notes, with_frames


def write(path: Path, target: Path, options: Options) -> list[str]:
    """Writes the file, a row group for each part of the recording."""
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError:
        raise MissingExtraError("pyarrow") from None
    epochs: set[int] = set()
    writer = None
    with whole_file(target) as part:
        try:
            for recording in chunks(path, options):
                epochs.update(recording.frames["epoch"].unique().tolist())
                rows = table(recording, options)
                if writer is None:
                    schema = _schema(arrow, rows, recording)
                    writer = parquet.ParquetWriter(part, schema, compression="zstd")
                elif list(rows.columns) != schema.names:
                    raise ExportError(f"{path}: {LONGEST}; a sidecar would have named them")
                writer.write_table(arrow.Table.from_pandas(rows, schema=schema, preserve_index=False))
        finally:
            if writer is not None:
                writer.close()
    return epoch_notes(epochs)


def table(recording: Recording, options: Options) -> pd.DataFrame:
    """The rows: one a face and frame, and one for a frame without a face."""
    names = options.chosen(recording.labels.face_columns())
    rows = with_frames(recording, names)
    flags = [name for name in rows.columns if name == "certain" or name.endswith("_present")]
    return rows.assign(**{name: rows[name].astype("Int64").astype("boolean") for name in flags})


def _schema(arrow, rows: pd.DataFrame, recording: Recording):  # type: ignore[no-untyped-def]
    texts = {"source", "markers", "emotion", "baseline"}
    fields = []
    for name in rows.columns:
        kind = rows[name].dtype
        if name in texts:
            type_ = arrow.string()
        elif name == "time":
            type_ = arrow.timestamp("ms", "UTC")
        elif name == "track" or kind == "int64":
            type_ = arrow.int64()
        elif kind in ("bool", "boolean"):
            type_ = arrow.bool_()
        else:
            type_ = arrow.float64()
        fields.append(arrow.field(name, type_))
    metadata = {"norface": json.dumps(recording.meta)} if recording.meta is not None else None
    return arrow.schema(fields, metadata=metadata)
