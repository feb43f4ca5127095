"""Tables out of collected values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from .labels import Labels

FACE_HEAD = ("frame", "source", "seq", "pts", "epoch", "track")
EVENT_COLUMNS = (
    *("event", "source", "pts", "epoch", "time", "track", "unit", "eyes", "onset", "apex", "offset", "peak", "mean"),
    *("complete", "rate", "cut", "marker", "reason", "count", "seconds"),
)
_EVENT_NUMBERS = ("pts", "onset", "apex", "offset", "peak", "mean", "rate", "seconds")
_EVENT_INTEGERS = ("epoch", "track", "count")


def times(texts: Sequence[str | None]) -> pd.Series:
    """UTC times of texts such as `2026-11-22T08:16:27.066Z`; NaT for None.

    Raises:
        ValueError: a text is no time.
    """
    values = np.full(len(texts), np.datetime64("NaT", "ms"), dtype="datetime64[ms]")
    known = [index for index, text in enumerate(texts) if text]
    if known:
        values[known] = np.array([str(texts[index]).removesuffix("Z") for index in known], dtype="datetime64[ms]")
    return pd.Series(values).dt.tz_localize("UTC")


def text(values: Iterable[Any]) -> pd.Series:
    """Texts and None, alike with every version of pandas."""
    return pd.Series(list(values), dtype=object)


def event_table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """A row for each event; columns that this version does not know come last."""
    others = dict.fromkeys(key for row in rows for key in row if key not in EVENT_COLUMNS and key != "v")
    columns: dict[str, Any] = {}
    for name in (*EVENT_COLUMNS, *others):
        values = [row.get(name) for row in rows]
        if name == "time":
            columns[name] = times(values)
        elif name in _EVENT_NUMBERS:
            columns[name] = np.array(values, dtype=np.float64)
        elif name in _EVENT_INTEGERS:
            columns[name] = pd.array(values, dtype="Int64")
        elif name == "complete":
            columns[name] = pd.array(values, dtype="boolean")
        else:
            columns[name] = text(values)
    return pd.DataFrame(columns)


def concatenated(tables: list[pd.DataFrame], columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Tables one below the other, with these columns in this order."""
    kept = [table for table in tables if len(table)] or tables[:1]
    joined = kept[0] if len(kept) == 1 else pd.concat(kept)
    return joined if columns is None or list(joined.columns) == list(columns) else joined.reindex(columns=list(columns))


def face_table_columns(labels: Labels) -> list[str]:
    """All columns of the table of faces."""
    return [*FACE_HEAD, *labels.face_columns()]
