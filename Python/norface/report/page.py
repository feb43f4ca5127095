"""A page: what it is made of, and how it becomes one HTML file that needs nothing else."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

import jinja2
import vl_convert
from markupsafe import Markup

#: The Vega-Lite whose rules the charts follow: one that goes with the Vega in every vl-convert of the `report` extra.
VEGA_LITE = "6.1"


@dataclass
class Key:
    """One entry of a chart's legend: a swatch of the style sheet, and what it stands for."""

    swatch: str
    text: str
    color: str = ""


@dataclass
class Figure:
    """A chart with what people who do not see it are told of it."""

    id: str
    title: str
    alt: str
    spec: dict[str, Any]
    caption: str = ""
    #: Curves packed by `charts.rows`, which the page puts into the specification.
    curves: list[dict[str, Any]] | None = None
    #: Whether its axis is the time of the recording, which all such charts show together.
    time: bool = True
    keys: list[Key] = field(default_factory=list)
    kind: str = "figure"


@dataclass
class Column:
    """A column of a table."""

    title: str
    number: bool = False
    hint: str = ""


@dataclass
class Table:
    """A table. Cells are texts, or markup."""

    caption: str
    columns: list[Column]
    rows: list[list[Any]]
    #: Whether it is folded away until somebody opens it (a printed page shows it).
    folded: str = ""
    sortable: bool = False
    note: str = ""
    kind: str = "table"


@dataclass
class Text:
    """A paragraph."""

    text: str | Markup
    kind: str = "text"


@dataclass
class Picture:
    """A small picture out of the video."""

    #: A `data:` address.
    source: str
    alt: str
    caption: str
    #: Seconds on the recording's clock.
    at: float


@dataclass
class Pictures:
    """A row of pictures."""

    title: str
    pictures: list[Picture]
    kind: str = "pictures"


@dataclass
class Section:
    """A part of the page under a heading."""

    id: str
    title: str
    blocks: list[Any] = field(default_factory=list)
    intro: str = ""
    #: A colour that marks the face that it tells of.
    color: str = ""


@dataclass
class Warning:
    """Something to know before the numbers are relied on."""

    #: `bad`, `doubt` or `note`.
    level: str
    text: str
    #: Where more is said: the name of a section.
    target: str = ""


@dataclass
class Page:
    """A whole page."""

    title: str
    subtitle: str
    facts: list[tuple[str, str, str]] = field(default_factory=list)
    warnings: list[Warning] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    #: Seconds that the axes of time show; 0 where no chart has one.
    seconds: float = 0.0
    #: Where the points of all curves stand: milliseconds, or begin, width and number.
    points: dict[str, Any] = field(default_factory=dict)

    @property
    def figures(self) -> list[Figure]:
        """All its charts, in order."""
        return [block for section in self.sections for block in section.blocks if block.kind == "figure"]


@cache
def _bundle() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script, out of the library that is installed: nothing is fetched."""
    return vl_convert.javascript_bundle(vl_version=VEGA_LITE)


def _script_safe(text: str) -> str:
    """A text that can stand in a script element: nothing in it ends the element or begins a comment."""
    # Not every `</`: in a program it may be part of a comparison or of a pattern.
    return re.sub(r"</(?=script)", r"<\\/", text, flags=re.IGNORECASE).replace("<!--", "<\\!--")


def _json(value: Any) -> Markup:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))


def _file(name: str) -> str:
    return resources.files("norface.report").joinpath("templates", name).read_text(encoding="utf-8")


def render(page: Page) -> str:
    """The page as HTML. The same page gives the same bytes."""
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_file),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    charts = [{"id": figure.id, "spec": figure.spec, "curves": figure.curves, "time": figure.time} for figure in page.figures]
    data = {"seconds": page.seconds, "points": page.points, "charts": charts}
    return environment.get_template("page.html.j2").render(
        page=page,
        style=Markup(_file("page.css")),
        script=Markup(_script_safe(_file("page.js"))),
        vega=Markup(_script_safe(_bundle())) if charts else "",
        licence=Markup(_file("vega-licence.txt")),
        data=_json(data),
    )
