"""The page in a real browser: headless Chromium, on a wide screen, on a narrow one, dark, and printed."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("jinja2", reason="needs the report extra (jinja2)")
pytest.importorskip("vl_convert", reason="needs the report extra (vl-convert-python)")
playwright_api = pytest.importorskip("playwright.sync_api", reason="needs playwright (pip install playwright)")

from test_report_support import write_recording

from norface.report.cli import main

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (apt-get install chromium)")

CHARTS = 14


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright_api.sync_playwright() as driver:
        # The sandbox needs rights that containers lack; the page is our own.
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    study = folder / "study"
    study.mkdir()
    paths = {"short": write_recording(folder / "short.jsonl", 450), "long": write_recording(folder / "long.jsonl", 4500)}
    for index in range(2):
        write_recording(study / f"talk{index}.jsonl", 150, seed=index)
    paths["study"] = study
    for name, path in paths.items():
        assert main([str(path), "-o", str(folder / f"{name}.html"), "-q"]) == 0
    return {name: folder / f"{name}.html" for name in paths}


class Shown:
    """A page that is open, with everything that it said and asked for."""

    def __init__(self, browser: Any, file: Path, width: int = 1280, scheme: str = "light") -> None:
        self.context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True)
        self.page = self.context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(file.as_uri())
        self.page.wait_for_function("document.body.dataset.drawn", timeout=90_000)

    def marks(self) -> dict[str, int]:
        """How many shapes each chart has drawn."""
        script = (
            "Object.fromEntries([...document.querySelectorAll('.plot')].map((box) => [box.id, "
            "box.querySelectorAll('svg .mark-rect path, svg .mark-line path, svg .mark-symbol path, svg "
            ".mark-area path').length]))"
        )
        return self.page.evaluate(script)

    def labels(self, chart: str) -> list[str]:
        """What stands at the axis of time of a chart."""
        texts = self.page.locator(f"#{chart} svg .role-axis-label text").all_text_contents()
        return [text for text in texts if re.fullmatch(r"[\d:.]+", text)]


@pytest.fixture
def show(browser: Any, pages: dict[str, Path]) -> Iterator[Any]:
    opened: list[Shown] = []

    def open_page(name: str, **how: Any) -> Shown:
        opened.append(Shown(browser, pages[name], **how))
        return opened[-1]

    yield open_page
    for one in opened:
        one.context.close()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (400, "light"), (1280, "dark")])
@pytest.mark.parametrize("name", ["short", "long", "study"])
def test_all_charts_are_drawn_and_nothing_is_asked_for(
    show: Any, pages: dict[str, Path], name: str, width: int, scheme: str
) -> None:
    shown = show(name, width=width, scheme=scheme)
    assert shown.said == []
    assert [url for url in shown.asked if not url.startswith("data:")] == [pages[name].as_uri()]
    marks = shown.marks()
    assert len(marks) == (6 if name == "study" else CHARTS)
    assert all(count > 0 for count in marks.values()), marks
    assert shown.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    svg = (
        "[...document.querySelectorAll('.plot svg')].every((drawn) => drawn.getBoundingClientRect().width "
        "<= drawn.parentElement.clientWidth + 1)"
    )
    assert shown.page.evaluate(svg)


def test_curves_have_bands_only_where_points_hold_several_frames(show: Any) -> None:
    areas = "document.querySelectorAll('#face-1-units svg .mark-area path').length"
    assert show("long").page.evaluate(areas) == 2 * show("short").page.evaluate(areas) == 40


def test_colours_follow_the_scheme(show: Any) -> None:
    line = "getComputedStyle(document.querySelector('#face-1-units svg .mark-line path')).stroke"
    ground = "getComputedStyle(document.body).backgroundColor"
    light, dark = (show("short", scheme=scheme).page for scheme in ("light", "dark"))
    assert (light.evaluate(line), light.evaluate(ground)) == ("rgb(0, 114, 178)", "rgb(255, 255, 255)")
    assert (dark.evaluate(line), dark.evaluate(ground)) == ("rgb(86, 180, 233)", "rgb(20, 24, 29)")


def test_time_is_zoomed_with_keys_and_buttons_alone(show: Any) -> None:
    shown = show("short")
    page = shown.page
    assert sorted(shown.labels("timeline")) == ["0:00", "0:02", "0:04", "0:06", "0:08", "0:10", "0:12", "0:14"]
    page.get_by_label("From", exact=True).fill("0:03")
    page.get_by_label("to", exact=True).fill("0:05")
    page.keyboard.press("Enter")
    page.wait_for_function("document.getElementById('shown').textContent === 'Showing 0:03 to 0:05'")
    page.wait_for_timeout(200)
    for chart in ("timeline", "face-1-units", "face-1-heat", "face-2-quality"):
        assert sorted(shown.labels(chart)) == ["0:03.0", "0:03.5", "0:04.0", "0:04.5", "0:05.0"], chart
    page.get_by_role("button", name="Later").press("Enter")
    assert page.get_by_label("From", exact=True).input_value() == "0:04"
    page.get_by_role("button", name="Whole recording").press("Space")
    page.wait_for_timeout(200)
    assert max(shown.labels("face-1-units")) == "0:14"
    assert shown.said == []


def test_time_is_zoomed_by_dragging(show: Any) -> None:
    page = show("short").page
    box = page.locator("#face-1-units svg").bounding_box()
    page.locator("#face-1-units").scroll_into_view_if_needed()
    box = page.locator("#face-1-units svg").bounding_box()
    y = box["y"] + 60
    page.mouse.move(box["x"] + 400, y)
    page.mouse.down()
    page.mouse.move(box["x"] + 700, y, steps=4)
    page.mouse.up()
    page.wait_for_timeout(200)
    begin, end = (page.locator(f"#{name}").input_value() for name in ("from", "to"))
    assert begin.startswith("0:0") and begin != "0:00" and end < "0:15"
    page.locator("#face-1-units svg").dblclick(position={"x": 500, "y": 60})
    assert page.locator("#from").input_value() == "0:00"


def test_a_stretch_of_doubt_is_shown_by_its_button(show: Any) -> None:
    page = show("short").page
    page.get_by_text("stretches one by one").first.click()
    page.get_by_role("button", name="Show no face found at 0:03.0").click()
    assert page.locator("#from").input_value() == "0:01"
    assert page.locator("#to").input_value() == "0:06.5"


def test_tables_are_sorted_by_their_headings(show: Any) -> None:
    page = show("study").page
    table = page.locator("table.sortable", has=page.get_by_text("Faces in numbers"))
    heading = table.get_by_role("button", name="Time present")
    heading.click()
    assert table.locator("th[aria-sort=descending]").count() == 1
    times = table.locator("tbody td:nth-child(3)").all_text_contents()
    assert times == sorted(times, reverse=True) and len(set(times)) > 1
    heading.click()
    assert table.locator("tbody td:nth-child(3)").all_text_contents() == sorted(times)


def test_print_shows_everything_on_paper(show: Any, tmp_path: Path) -> None:
    shown = show("short", scheme="dark")
    file = tmp_path / "page.pdf"
    shown.page.pdf(path=str(file), prefer_css_page_size=True, print_background=True)
    content = file.read_bytes()
    count = len(re.findall(rb"/Type\s*/Page\b", content))
    assert 6 <= count <= 30
    assert shown.said == []
    # Folded parts are folded again, and the charts as wide as before.
    assert shown.page.locator("details[open]").count() == 0
    assert shown.page.evaluate("document.querySelector('#timeline svg').getBoundingClientRect().width") > 1000


def test_print_opens_what_is_folded_and_is_light(show: Any) -> None:
    page = show("short", scheme="dark").page
    page.evaluate(
        "window.opened = 0; addEventListener('beforeprint', () => { "
        "window.opened = document.querySelectorAll('details:not([open])').length === 0 ? 1 : -1; "
        "window.wide = document.querySelector('#timeline svg').getAttribute('width'); })"
    )
    page.pdf(print_background=True)
    assert page.evaluate("window.opened") == 1
    assert page.evaluate("Number(window.wide)") == 700
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_charts_are_one_text_to_those_who_do_not_see_them(show: Any) -> None:
    page = show("short").page
    assert page.locator(".plot[role=img]").count() == CHARTS
    assert page.locator(".plot svg:not([aria-hidden=true])").count() == 0
    assert page.get_by_role("img", name=re.compile("^Timeline. Face 1 for ")).count() == 1
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "To the content"
