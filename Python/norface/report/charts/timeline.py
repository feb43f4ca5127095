"""Who was there when: a lane for each face, and lanes for what is missing or doubtful."""

from __future__ import annotations

from typing import Any

from ..clock import join_closest, runs, spell
from ..doubts import KINDS, Stretch
from ..numbers import RecordingNumbers
from .theme import LEFT, PERSONS, chart, quotes, time_axis

#: Faces that get a lane.
MOST_LANES = 24

#: Doubts drawn on the bars of faces, where in the bar, and how.
_ON_BARS = (
    ("identity", (0.16, 0.84), "url(#doubt)"),
    ("hidden", (0.1, 0.24), "var(--hidden)"),
    ("quality", (0.76, 0.9), "var(--low)"),
)


def _boxes(
    stretches: list[tuple[float, float]], lane: int, part: tuple[float, float], what: str, fill: str
) -> list[dict[str, Any]]:
    """Boxes of one lane; `part` is where they begin and end in its height."""
    return [
        {
            "t": round(a * 1000),
            "u": round(b * 1000),
            "a": lane + part[0],
            "b": lane + part[1],
            "f": fill,
            "s": "var(--soft)" if fill == "url(#hatch)" else fill,
            "tip": f"{what}, {spell(a, decimals=1)} to {spell(b, decimals=1)}",
        }
        for a, b in join_closest(stretches)
    ]


def timeline(numbers: RecordingNumbers, doubts: list[Stretch]) -> dict[str, Any]:
    """The chart of a recording.

    A face's bar carries its doubts: low quality at its foot, hidden regions at its head, stripes where its identity is
    uncertain.
    """
    clock = numbers.clock
    faces = numbers.faces
    if len(faces) > MOST_LANES:
        kept = sorted(sorted(faces, key=lambda face: -face.seconds)[:MOST_LANES], key=lambda face: face.track)
        faces = kept
    titles = [face.title for face in faces]
    own = {kind: [s for s in doubts if s.kind == kind] for kind in KINDS}
    lanes = [kind for kind in ("nobody", "gap", "dropped", "damaged") if own[kind]]
    cuts = [] if numbers.events is None else numbers.events.loc[numbers.events["event"] == "cut", "begin"].dropna().tolist()
    markers = _markers(numbers)
    titles += [KINDS[kind] for kind in lanes] + (["Markers"] if markers else [])
    labels = [{"nobody": "No face", "gap": "Missing", "dropped": "Dropped", "damaged": "Damaged"}[kind] for kind in lanes]
    shorts = [face.title for face in faces] + labels + (["Markers"] if markers else [])
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
    y = {"type": "quantitative", "scale": {"domain": [max(1, len(titles)), 0], "nice": False, "zero": False}, "axis": axis}
    boxes: list[dict[str, Any]] = []
    for index, face in enumerate(faces):
        here = [(a, b) for a, b, _ in runs(face.at, clock.times, clock.interval, clock.longest_step)]
        boxes += _boxes(here, index, (0.16, 0.84), face.title, PERSONS[index % len(PERSONS)])
        for kind, part, fill in _ON_BARS:
            doubted = [(s.begin, s.end) for s in own[kind] if s.track == face.track]
            boxes += _boxes(doubted, index, part, f"{face.title}: {KINDS[kind].lower()}", fill)
    for index, kind in enumerate(lanes, len(faces)):
        fill = "url(#hatch)" if kind in ("nobody", "gap") else "var(--low)"
        boxes += _boxes([(s.begin, s.end) for s in own[kind]], index, (0.2, 0.8), KINDS[kind], fill)
    for at, text in markers:
        boxes += _boxes([(at, at)], len(titles) - 1, (0.15, 0.85), text, "var(--ink)")
    tip = {"field": "tip", "type": "nominal"}
    # The colours stand in the data: a layer for each face would take minutes where there are many.
    layers: list[dict[str, Any]] = [
        {
            "data": {"values": boxes},
            "mark": {"type": "rect", "clip": True, "strokeWidth": 0.8},
            "encoding": {
                "x": time_axis(),
                "x2": {"field": "u"},
                "y": {"field": "a", **y},
                "y2": {"field": "b"},
                "fill": {"field": "f", "type": "nominal", "scale": None},
                "stroke": {"field": "s", "type": "nominal", "scale": None},
                "tooltip": tip,
            },
        }
    ]
    breaks = [stretch.begin for stretch in own["break"]]
    for moments, what, dash in ((cuts, "Cut of the film", [2, 2]), (breaks, "Break of the stream", [6, 3])):
        if moments:
            values = [{"t": round(at * 1000), "tip": f"{what}, {spell(at, decimals=1)}"} for at in moments]
            layers.append(
                {
                    "data": {"values": values},
                    "mark": {"type": "rule", "clip": True, "stroke": "var(--ink)", "strokeDash": dash, "strokeWidth": 1.2},
                    "encoding": {"x": time_axis(), "tooltip": tip},
                }
            )
    return chart(layers, 30 * max(1, len(titles)) + 4)


def _markers(numbers: RecordingNumbers) -> list[tuple[float, str]]:
    """Markers of the records: (seconds, text)."""
    if "markers" not in numbers.frames:
        return []
    found = []
    for at, texts in zip(numbers.clock.times, numbers.frames["markers"], strict=True):
        if isinstance(texts, str) and texts:
            found.append((float(at), texts))
        elif isinstance(texts, (list, tuple)) and len(texts):
            found.append((float(at), "; ".join(str(text) for text in texts)))
    return found
