"""Curves in rows above each other, as a polygraph draws them: action units, emotions, angles, quality."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..envelope import Envelope, Points, missing_runs, pack
from .theme import LEFT, chart, quotes, time_axis

#: What of a row's height a curve takes.
PART = 0.82


@dataclass
class Row:
    """One curve with what is marked on it."""

    title: str
    #: The title where there is little room.
    short: str
    curve: Envelope
    least: float
    most: float
    #: Stretches drawn as bars under the curve: (begin, end, what the pointer shows), seconds.
    bars: list[tuple[float, float, str]] = field(default_factory=list)
    #: Moments drawn as strokes: (time, what the pointer shows), seconds.
    ticks: list[tuple[float, str]] = field(default_factory=list)
    #: A value drawn as a thin line: a threshold, or the middle.
    rule: float | None = None


@dataclass
class Rows:
    """A chart of rows: its specification, and the curves packed beside it."""

    spec: dict[str, Any]
    curves: list[dict[str, Any]]


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _gaps(rows: list[Row], points: Points) -> list[dict[str, Any]]:
    """What is not known: across all rows where none has a value, else in the row alone."""
    empty = [set(missing_runs(row.curve, points)) for row in rows]
    everywhere = set.intersection(*empty) if empty else set()
    total = np.all([~np.isfinite(row.curve.mean) for row in rows], axis=0)
    of_all = missing_runs(Envelope(*[np.where(total, np.nan, 0.0)] * 3), points)
    found = [{"t": _ms(a), "u": _ms(b), "a": -1.0, "b": len(rows) - 0.7} for a, b in of_all]
    for index, own in enumerate(empty):
        for a, b in sorted(own - everywhere):
            found.append({"t": _ms(a), "u": _ms(b), "a": index - PART, "b": index})
    return found


def rows_chart(
    rows: list[Row], points: Points, color: str, height: int = 34, shades: list[tuple[float, float, str]] | None = None
) -> Rows:
    """Draws curves: each point's band from lowest to highest value, its mean as a line, hatching where nothing is known.

    `shades` are stretches of doubt behind all rows: (begin, end, what the pointer shows), seconds.
    """
    scale = {"domain": [len(rows) - 0.7, -1.0], "nice": False, "zero": False}
    labels = f"(narrow ? {quotes([row.short for row in rows])} : {quotes([row.title for row in rows])})[datum.value]"
    axis = {
        "values": list(range(len(rows))),
        "labelExpr": labels,
        "title": None,
        "ticks": False,
        "domain": False,
        "labelOffset": -height // 4,
        "labelColor": "var(--ink)",
        "minExtent": LEFT,
        "maxExtent": LEFT,
        "labelAlign": "left",
        "labelPadding": LEFT,
        "gridColor": "var(--line)",
    }
    y = {"field": "m", "type": "quantitative", "scale": scale, "axis": axis}
    x = time_axis()
    bars = [
        {"t": _ms(a), "u": _ms(b), "a": i + 0.05, "b": i + 0.17, "tip": tip}
        for i, row in enumerate(rows)
        for a, b, tip in row.bars
    ]
    ticks = [{"t": _ms(a), "a": i - PART, "b": i, "tip": tip} for i, row in enumerate(rows) for a, tip in row.ticks]
    rules = [
        {"a": i - (row.rule - row.least) / (row.most - row.least) * PART} for i, row in enumerate(rows) if row.rule is not None
    ]
    box = {"x": x, "x2": {"field": "u"}, "y": {**y, "field": "a"}, "y2": {"field": "b"}}
    behind = [{"t": _ms(a), "u": _ms(b), "a": -1.0, "b": len(rows) - 0.7, "tip": tip} for a, b, tip in shades or []]
    layers: list[dict[str, Any]] = [
        {
            "data": {"values": behind},
            "mark": {
                "type": "rect",
                "clip": True,
                "fill": "var(--low)",
                "fillOpacity": 0.2,
                "stroke": "var(--low)",
                "strokeOpacity": 0.5,
                "strokeWidth": 0.5,
            },
            "encoding": {**box, "tooltip": {"field": "tip", "type": "nominal"}},
        },
        {
            "data": {"values": _gaps(rows, points)},
            "mark": {"type": "rect", "clip": True, "fill": "url(#hatch)"},
            "encoding": box,
        },
        {
            "data": {"values": rules},
            "mark": {"type": "rule", "stroke": "var(--line)", "strokeDash": [2, 3]},
            "encoding": {"y": {**y, "field": "a"}},
        },
    ]
    detail = {"field": "r", "type": "nominal"}
    if all(row.least == 0 for row in rows):
        layers.append(
            {
                "data": {"name": "curves"},
                "mark": {
                    "type": "area",
                    "clip": True,
                    "fill": color,
                    "fillOpacity": 0.16,
                    "invalid": "break-paths-show-path-domains",
                },
                "encoding": {"x": x, "y": y, "y2": {"field": "r"}, "detail": detail},
            }
        )
    if not points.exact:
        layers.append(
            {
                "data": {"name": "curves"},
                "mark": {
                    "type": "area",
                    "clip": True,
                    "fill": color,
                    "fillOpacity": 0.28,
                    "invalid": "break-paths-show-path-domains",
                },
                "encoding": {"x": x, "y": {**y, "field": "l"}, "y2": {"field": "h"}, "detail": detail},
            }
        )
    layers += [
        {
            "data": {"name": "curves"},
            "mark": {
                "type": "line",
                "clip": True,
                "stroke": color,
                "strokeWidth": 1.4,
                "strokeJoin": "round",
                "invalid": "break-paths-show-path-domains",
            },
            "encoding": {"x": x, "y": y, "detail": detail},
        },
        {
            "data": {"values": bars},
            "mark": {"type": "rect", "clip": True, "fill": "var(--mark)", "stroke": "var(--mark)", "strokeWidth": 1},
            "encoding": {**box, "tooltip": {"field": "tip", "type": "nominal"}},
        },
        {
            "data": {"values": ticks},
            "mark": {"type": "rule", "clip": True, "stroke": "var(--tick)", "strokeWidth": 1.3, "strokeDash": [3, 2]},
            "encoding": {
                "x": x,
                "y": {**y, "field": "a"},
                "y2": {"field": "b"},
                "tooltip": {"field": "tip", "type": "nominal"},
            },
        },
    ]
    spec = chart([layer for layer in layers if layer["data"].get("values", True)], height * len(rows) + 14)
    curves = []
    for row in rows:
        curve: dict[str, Any] = {"mean": pack(row.curve.mean, row.least, row.most)}
        if not points.exact:
            curve |= {"low": pack(row.curve.low, row.least, row.most), "high": pack(row.curve.high, row.least, row.most)}
        curves.append(curve)
    return Rows(spec, curves)
