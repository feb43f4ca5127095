"""What all charts share: colours and the axis of time.

Colours go by the names that the page gives them, so that its light, dark and printed looks hold for charts, too. They are
Okabe and Ito's, which people with any of the common kinds of colour blindness tell apart; no chart relies on colour alone.
"""

from __future__ import annotations

from typing import Any

#: Faces are told apart by colour, dash and shape, in this order, which begins anew after the last.
PERSONS = ["var(--p1)", "var(--p2)", "var(--p3)", "var(--p4)", "var(--p5)", "var(--p6)"]
SHAPES = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down"]

#: Steps of the heat maps, from nothing to the most.
HEAT = [f"var(--h{index})" for index in range(11)]

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif"

CONFIG: dict[str, Any] = {
    "background": "transparent",
    "font": FONT,
    "aria": False,
    "view": {"stroke": None},
    "axis": {
        "labelColor": "var(--soft)",
        "titleColor": "var(--soft)",
        "gridColor": "var(--grid)",
        "domainColor": "var(--line)",
        "tickColor": "var(--line)",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelLimit": 400,
    },
    "legend": {"labelColor": "var(--ink)", "titleColor": "var(--soft)", "labelFontSize": 12, "titleFontSize": 12},
}

#: Milliseconds that may lie between the ticks of an axis of time.
_STEPS = [100, 200, 500, *(1000 * n for n in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400))]
_STEP = " : ".join(f"(to - from) <= {step} * (narrow ? 4 : 8) ? {step}" for step in _STEPS) + " : 28800000"

#: The page sets the first three: the shown stretch of time in milliseconds, and whether the page is narrow. The step between
#: the ticks follows from them.
PARAMS = [
    {"name": "from", "value": 0},
    {"name": "to", "value": 1000},
    {"name": "narrow", "value": False},
    {"name": "step", "expr": _STEP},
]

_CLOCK = "to >= 3600000 ? '%-H:%M:%S' : '%-M:%S'"
TIME_LABEL = f"step < 1000 ? slice(utcFormat(datum.value, '%-M:%S.%L'), 0, -2) : utcFormat(datum.value, {_CLOCK})"

#: The width of what stands left of the plots, so that all axes of time lie under each other.
LEFT = {"expr": "narrow ? 72 : 196"}


def time_axis() -> dict[str, Any]:
    """The axis of time of a chart: field `t`, milliseconds.

    Its scale is one of numbers: Vega knows the ticks of a scale of times by their whole seconds, and so loses those between.
    """
    axis = {
        "title": None,
        "values": {"expr": "sequence(ceil(from / step) * step, to + 1, step)"},
        "labelExpr": TIME_LABEL,
        "labelOverlap": True,
        "labelFlush": True,
        "grid": True,
    }
    scale = {"domainMin": {"expr": "from"}, "domainMax": {"expr": "to"}, "nice": False, "zero": False}
    return {"field": "t", "type": "quantitative", "scale": scale, "axis": axis}


def chart(layers: list[dict[str, Any]], height: int, **more: Any) -> dict[str, Any]:
    """A chart of layers that is as wide as the page lets it."""
    return {
        "config": CONFIG,
        "params": PARAMS,
        "width": 800,
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "padding": {"left": 0, "right": 12, "top": 6, "bottom": 2},
        "layer": layers,
        **more,
    }


def quote(text: str) -> str:
    """A text as one of Vega's expressions."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", " ") + "'"


def quotes(texts: list[str]) -> str:
    """Texts as a list of Vega's expressions."""
    return "[" + ", ".join(quote(text) for text in texts) + "]"
