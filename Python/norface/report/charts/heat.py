"""Heat maps: action units over time, and recordings against action units."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..envelope import Envelope, Points
from .theme import HEAT, LEFT, chart, quotes, time_axis

#: Columns that a heat map has at most.
MOST_COLUMNS = 500


def _steps(values: np.ndarray, least: float, most: float) -> np.ndarray:
    """Which of the eleven colours each value has; -1 where there is none."""
    known = np.isfinite(values)
    steps = np.full(values.shape, -1)
    steps[known] = np.clip(np.floor((values[known] - least) / (most - least) * 10 + 0.5), 0, 10)
    return steps


def time_heat(
    titles: list[str], shorts: list[str], curves: list[Envelope], points: Points, most: float, height: int = 17
) -> dict[str, Any]:
    """A heat map over time: the mean of each column; neighbours of one colour are one cell, so that the page stays small."""
    stride = max(1, int(np.ceil(len(points) / MOST_COLUMNS)))
    begins = points.times[::stride] - points.width / 2
    ends = np.append(begins[1:], points.times[-1] + points.width / 2)
    cells = []
    for index, curve in enumerate(curves):
        padded = np.full(len(begins) * stride, np.nan)
        padded[: len(points)] = curve.mean
        parts = padded.reshape(-1, stride)
        counts = np.isfinite(parts).sum(axis=1)
        means = np.where(counts > 0, np.nansum(parts, axis=1) / np.maximum(counts, 1), np.nan)
        steps = _steps(means, 0, most)
        starts = np.flatnonzero(np.diff(steps, prepend=-2))
        for a, b in zip(starts, np.append(starts[1:], len(steps)), strict=True):
            cells.append({"t": round(begins[a] * 1000), "u": round(ends[b - 1] * 1000), "r": index, "c": int(steps[a])})
    axis = {
        "values": [index + 0.5 for index in range(len(titles))],
        "title": None,
        "ticks": False,
        "domain": False,
        "grid": False,
        "labelExpr": f"(narrow ? {quotes(shorts)} : {quotes(titles)})[floor(datum.value)]",
        "labelColor": "var(--ink)",
        "minExtent": LEFT,
        "maxExtent": LEFT,
        "labelAlign": "left",
        "labelPadding": LEFT,
    }
    scale = {"domain": [len(titles), 0], "nice": False, "zero": False}
    color = {
        "field": "c",
        "type": "ordinal",
        "scale": {"domain": [-1, *range(11)], "range": ["url(#hatch)", *HEAT]},
        "legend": None,
    }
    layer = {
        "data": {"values": cells},
        "transform": [{"calculate": "datum.r + 0.96", "as": "s"}, {"calculate": "datum.r + 0.04", "as": "q"}],
        "mark": {"type": "rect", "clip": True},
        "encoding": {
            "x": time_axis(),
            "x2": {"field": "u"},
            "y": {"field": "q", "type": "quantitative", "scale": scale, "axis": axis},
            "y2": {"field": "s"},
            "fill": color,
        },
    }
    return chart([layer], height * len(titles))


def table_heat(
    rows: list[str], columns: list[str], values: np.ndarray, most: float, what: str, digits: int = 2
) -> dict[str, Any]:
    """A heat map of a table: `values` has a row for each of `rows`; a cell without a value is hatched."""
    steps = _steps(values, 0, most)
    cells = [
        {
            "row": row,
            "column": column,
            "c": int(steps[i, j]),
            "tip": f"{row}, {column}: " + (f"{values[i, j]:.{digits}f} {what}" if np.isfinite(values[i, j]) else "not known"),
        }
        for i, row in enumerate(rows)
        for j, column in enumerate(columns)
    ]
    color = {
        "field": "c",
        "type": "ordinal",
        "scale": {"domain": [-1, *range(11)], "range": ["url(#hatch)", *HEAT]},
        "legend": None,
    }
    layer = {
        "data": {"values": cells},
        "mark": {"type": "rect", "stroke": "var(--paper)", "strokeWidth": 1},
        "encoding": {
            "x": {
                "field": "column",
                "type": "nominal",
                "sort": columns,
                "axis": {"title": None, "orient": "top", "labelAngle": -60, "ticks": False, "domain": False},
            },
            "y": {
                "field": "row",
                "type": "nominal",
                "sort": rows,
                "axis": {
                    "title": None,
                    "ticks": False,
                    "domain": False,
                    "labelColor": "var(--ink)",
                    "labelLimit": LEFT,
                    "minExtent": LEFT,
                    "maxExtent": LEFT,
                    "labelAlign": "left",
                    "labelPadding": LEFT,
                },
            },
            "fill": color,
            "tooltip": {"field": "tip", "type": "nominal"},
        },
    }
    return chart([layer], 18 * len(rows))
