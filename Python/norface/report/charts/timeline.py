"""Who was there when: a lane for each face, and lanes for what is missing or doubtful."""

from __future__ import annotations

import itertools
from typing import Any

from ..clock import runs, spell
from ..doubts import KINDS, Stretch
from ..numbers import RecordingNumbers
from .theme import LEFT, PERSONS, chart, quotes, time_axis

#: Faces that get a lane.
MOST_LANES = 24
#: Stretches of one lane that are drawn one by one; more are joined where they lie closest.
MOST_STRETCHES = 1500


def _joined(stretches: list[tuple[float, float]], most: int = MOST_STRETCHES) -> list[tuple[float, float]]:
    """Stretches in order, those with the smallest gaps between them joined until there are no more than `most`."""
    stretches = sorted(stretches)
    if len(stretches) <= most:
        return stretches
    gaps = sorted(b[0] - a[1] for a, b in itertools.pairwise(stretches))
    limit = gaps[len(stretches) - most]
    found = [stretches[0]]
    for begin, end in stretches[1:]:
        if begin - found[-1][1] <= limit:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return found


def _boxes(stretches: list[tuple[float, float]], top: float, bottom: float, what: str) -> list[dict[str, Any]]:
    return [
        {
            "t": round(a * 1000),
            "u": round(b * 1000),
            "a": top,
            "b": bottom,
            "tip": f"{what}, {spell(a, decimals=1)} to {spell(b, decimals=1)}",
        }
        for a, b in _joined(stretches)
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
    layers: list[dict[str, Any]] = []

    def layer(boxes: list[dict[str, Any]], fill: str, **mark: Any) -> None:
        if boxes:
            layers.append(
                {
                    "data": {"values": boxes},
                    "mark": {"type": "rect", "clip": True, "fill": fill, "stroke": fill, "strokeWidth": 0.8, **mark},
                    "encoding": {
                        "x": time_axis(),
                        "x2": {"field": "u"},
                        "y": {"field": "a", **y},
                        "y2": {"field": "b"},
                        "tooltip": {"field": "tip", "type": "nominal"},
                    },
                }
            )

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
    for index, face in enumerate(faces):
        here = [(a, b) for a, b, _ in runs(face.at, clock.times, clock.interval, clock.longest_step)]
        layer(_boxes(here, index + 0.16, index + 0.84, face.title), PERSONS[index % len(PERSONS)])
        for kind, top, bottom, fill in (
            ("identity", 0.16, 0.84, "url(#doubt)"),
            ("hidden", 0.1, 0.24, "var(--hidden)"),
            ("quality", 0.76, 0.9, "var(--low)"),
        ):
            doubted = [(s.begin, s.end) for s in own[kind] if s.track == face.track]
            layer(_boxes(doubted, index + top, index + bottom, f"{face.title}: {KINDS[kind].lower()}"), fill)
    for index, kind in enumerate(lanes, len(faces)):
        fill = {"nobody": "url(#hatch)", "gap": "url(#hatch)", "dropped": "var(--low)", "damaged": "var(--low)"}[kind]
        stretches = [(s.begin, s.end) for s in own[kind]]
        layer(_boxes(stretches, index + 0.2, index + 0.8, KINDS[kind]), fill, stroke="var(--soft)" if "url" in fill else fill)
    layer(
        [
            {
                "t": round(at * 1000),
                "u": round(at * 1000),
                "a": len(titles) - 0.85,
                "b": len(titles) - 0.15,
                "tip": f"{text}, {spell(at, decimals=1)}",
            }
            for at, text in markers
        ],
        "var(--ink)",
        strokeWidth=2,
    )
    moments = [(at, "Cut of the film", [2, 2]) for at in cuts] + [
        (s.begin, "Break of the stream", [6, 3]) for s in own["break"]
    ]
    for at, what, dash in moments:
        layers.append(
            {
                "data": {"values": [{"t": round(at * 1000), "tip": f"{what}, {spell(at, decimals=1)}"}]},
                "mark": {"type": "rule", "clip": True, "stroke": "var(--ink)", "strokeDash": dash, "strokeWidth": 1.2},
                "encoding": {"x": time_axis(), "tooltip": {"field": "tip", "type": "nominal"}},
            }
        )
    if not layers:
        layer([{"t": 0, "u": 0, "a": 0, "b": 0, "tip": ""}], "transparent")
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
