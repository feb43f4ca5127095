"""Comparisons: dots that set faces or recordings side by side."""

from __future__ import annotations

from typing import Any

import numpy as np

from .theme import LEFT, SHAPES, chart, quotes


def _rows_axis(titles: list[str], shorts: list[str]) -> dict[str, Any]:
    return {
        "values": list(range(len(titles))),
        "title": None,
        "ticks": False,
        "domain": False,
        "grid": True,
        "gridColor": "var(--grid)",
        "labelExpr": f"(narrow ? {quotes(shorts)} : {quotes(titles)})[datum.value]",
        "labelColor": "var(--ink)",
        "minExtent": LEFT,
        "maxExtent": LEFT,
        "labelAlign": "left",
        "labelPadding": LEFT,
    }


def dots(
    titles: list[str], shorts: list[str], series: list[str], values: np.ndarray, what: str, colors: list[str], height: int = 24
) -> dict[str, Any]:
    """A dot for each of `series` in each row; `values` has a row for each title and a column for each of the series.

    Dots differ by colour and shape, and lie a little above each other; one that is not known is left out.
    """
    spread = 0.44 / max(1, len(series) - 1) if len(series) > 1 else 0.0
    start = -0.22 if len(series) > 1 else 0.0
    found = [
        {
            "x": round(float(values[i, j]), 4),
            "y": i + start + j * spread,
            "s": j,
            "tip": f"{name}, {title}: {values[i, j]:.2f} {what}",
        }
        for i, title in enumerate(titles)
        for j, name in enumerate(series)
        if np.isfinite(values[i, j])
    ]
    scale = {"domain": [len(titles) - 0.4, -0.6], "nice": False, "zero": False}
    y = {"field": "y", "type": "quantitative", "scale": scale, "axis": _rows_axis(titles, shorts)}
    x = {
        "field": "x",
        "type": "quantitative",
        "scale": {"zero": True, "nice": True},
        "axis": {"title": what, "tickCount": {"expr": "narrow ? 4 : 8"}},
    }
    stems = {
        "data": {"values": found},
        "mark": {"type": "rule", "strokeWidth": 1.5, "opacity": 0.55},
        "encoding": {"x": x, "x2": {"datum": 0}, "y": y, "stroke": _color(colors)},
    }
    points = {
        "data": {"values": found},
        "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
        "encoding": {
            "x": x,
            "y": y,
            "fill": _color(colors),
            "tooltip": {"field": "tip", "type": "nominal"},
            "shape": {
                "field": "s",
                "type": "nominal",
                "legend": None,
                "scale": {"domain": list(range(len(series))), "range": [SHAPES[j % 6] for j in range(len(series))]},
            },
        },
    }
    return chart([stems, points], max(height, 9 * len(series)) * len(titles))


def _color(colors: list[str]) -> dict[str, Any]:
    return {"field": "s", "type": "ordinal", "legend": None, "scale": {"domain": list(range(len(colors))), "range": colors}}


def strip(
    titles: list[str], shorts: list[str], names: list[str], values: np.ndarray, what: str, height: int = 26
) -> dict[str, Any]:
    """A stroke for each of `names` in each row, and a dot at the row's median; `values` has a row for each title."""
    found = [
        {"x": round(float(values[i, j]), 4), "y": i, "tip": f"{name}, {title}: {values[i, j]:.2f} {what}"}
        for i, title in enumerate(titles)
        for j, name in enumerate(names)
        if np.isfinite(values[i, j])
    ]
    middles = [
        {"x": round(float(np.nanmedian(row)), 4), "y": i, "tip": f"median, {titles[i]}: {np.nanmedian(row):.2f} {what}"}
        for i, row in enumerate(values)
        if np.isfinite(row).any()
    ]
    scale = {"domain": [len(titles) - 0.4, -0.6], "nice": False, "zero": False}
    y = {"field": "y", "type": "quantitative", "scale": scale, "axis": _rows_axis(titles, shorts)}
    x = {
        "field": "x",
        "type": "quantitative",
        "scale": {"zero": True, "nice": True},
        "axis": {"title": what, "tickCount": {"expr": "narrow ? 4 : 8"}},
    }
    tip = {"tooltip": {"field": "tip", "type": "nominal"}}
    strokes = {
        "data": {"values": found},
        "mark": {
            "type": "tick",
            "orient": "vertical",
            "color": "var(--p1)",
            "opacity": 0.75,
            "size": height * 0.6,
            "thickness": 2,
        },
        "encoding": {"x": x, "y": y, **tip},
    }
    medians = {
        "data": {"values": middles},
        "mark": {
            "type": "point",
            "shape": "diamond",
            "filled": True,
            "fill": "var(--p2)",
            "stroke": "var(--paper)",
            "size": 130,
            "opacity": 1,
        },
        "encoding": {"x": x, "y": y, **tip},
    }
    return chart([strokes, medians], height * len(titles))


def strips(names: list[str], stretches: list[list[tuple[float, float, str]]], longest: float) -> dict[str, Any]:
    """A lane for each recording: when anybody is seen in it (`seen`) and when nobody is (`nobody`); seconds."""
    found = [
        {"x": round(a, 3), "u": round(b, 3), "a": i + 0.14, "b": i + 0.86, "k": kind}
        for i, own in enumerate(stretches)
        for a, b, kind in own
    ]
    axis = _rows_axis(names, names) | {"values": [i + 0.5 for i in range(len(names))], "grid": False, "labelLimit": LEFT}
    axis["labelExpr"] = f"{quotes(names)}[floor(datum.value)]"
    clock = "utcFormat(datum.value * 1000, " + ("'%-H:%M:%S'" if longest >= 3600 else "'%-M:%S'") + ")"
    color = {
        "field": "k",
        "type": "nominal",
        "legend": None,
        "scale": {"domain": ["seen", "nobody"], "range": ["var(--p1)", "url(#hatch)"]},
    }
    layer = {
        "data": {"values": found},
        "mark": {"type": "rect"},
        "encoding": {
            "x": {
                "field": "x",
                "type": "quantitative",
                "scale": {"domain": [0, longest], "nice": False},
                "axis": {"title": None, "labelExpr": clock, "tickCount": {"expr": "narrow ? 4 : 8"}},
            },
            "x2": {"field": "u"},
            "y": {"field": "a", "type": "quantitative", "scale": {"domain": [len(names), 0], "nice": False}, "axis": axis},
            "y2": {"field": "b"},
            "fill": color,
        },
    }
    return chart([layer], max(14, 24 if len(names) <= 60 else 14) * len(names))
