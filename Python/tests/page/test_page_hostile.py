"""The live page: names, labels and lines that mean harm, and markers."""

# ruff: noqa: F811 (arguments are named as the fixtures are)

from __future__ import annotations

import pytest

pytest.importorskip("playwright.sync_api", reason="needs playwright (pip install playwright)")

from page import serving, streams
from page.browsing import expect
from page.fixtures import NEEDS, Show, browser, changed, server, show  # noqa: F401
from page.serving import PageServer

pytestmark = NEEDS


HOSTILE = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>"


def test_names_and_labels_are_text_and_never_markup(show: Show, server: PageServer) -> None:
    server.status = streams.status(
        streams.source_status(HOSTILE, HOSTILE, problem=HOSTILE, dropped={HOSTILE: 3}, thinning=HOSTILE),
        outputs=[{"name": HOSTILE, "healthy": False, "error": HOSTILE}],
        reload_problem=HOSTILE,
        http={"pictures": HOSTILE},
    )
    shown = show()
    server.send({**streams.run_line(), "program": HOSTILE, "model": {"name": HOSTILE, "version": HOSTILE}})
    face = {"emotion": HOSTILE, "emotions": {HOSTILE: 0.5}, "au": {HOSTILE: 1.0}, "baseline": HOSTILE}
    server.keep(changed(streams.neutral(HOSTILE), **face, visible={f"{HOSTILE}_left": 0.2}, present=[HOSTILE]))
    for name in ("marker", "stream_lost", "segment", "wink", "dropped", "closed", "refused", HOSTILE):
        event = {"v": 1, "event": name, "source": HOSTILE, "marker": HOSTILE, "reason": HOSTILE, "time": HOSTILE}
        server.send({**event, "track": HOSTILE, "unit": HOSTILE, "eyes": HOSTILE, "cut": HOSTILE, "count": HOSTILE})
    expect(shown.face(1, HOSTILE)).to_contain_text(HOSTILE)
    expect(shown.page.locator("#events")).to_contain_text(f"marker “{HOSTILE}”")
    expect(shown.page.locator("#problems")).to_contain_text(f"The output {HOSTILE} fails: {HOSTILE}")
    shown.page.get_by_label("Label").fill(HOSTILE)
    shown.page.get_by_label("For", exact=True).select_option(label=HOSTILE)
    server.marker_refusal = HOSTILE
    shown.page.get_by_role("button", name="Place marker").click()
    expect(shown.page.locator("#told")).to_have_text(f"Not placed: {HOSTILE}.")
    assert server.posted == [{"label": HOSTILE, "source": HOSTILE}]
    shown.page.wait_for_timeout(500)
    assert shown.page.locator("img").count() == 0 and shown.page.locator("script").count() == 1
    assert shown.page.locator("[onerror]").count() == 0 and shown.dialogs == []
    assert all(url.startswith(server.url) for url in shown.asked)
    # The browser itself reports the refusal that was asked for.
    assert [text for text in shown.said if "429" not in text] == []


def test_long_names_break_nothing(show: Show, server: PageServer) -> None:
    name = "camera" * 200
    server.status = streams.status(streams.source_status(name))
    shown = show(width=400)
    server.keep(streams.neutral(name))
    expect(shown.page.get_by_role("article")).to_be_visible()
    server.send({"v": 1, "event": "marker", "marker": "m" * 5000})
    expect(shown.page.locator("#events li")).to_have_count(1)
    assert len(shown.page.locator("#events li").text_content()) < 400
    assert shown.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_nonsense_in_the_stream_harms_nothing(show: Show, server: PageServer) -> None:
    shown = show()
    for line in ([], None, 7, {}, {"source": "door"}, {"source": 3, "faces": []}, {"source": "door", "faces": [None, 1, {}]}):
        server.send(line) if isinstance(line, dict) else [waiting.put(serving.framed(line)) for waiting, _ in server.streams]
    for waiting, _ in server.streams:
        waiting.put(b"data: {no json\n\n")
    server.send(
        changed(streams.neutral(), au=[], emotions=None, visible=3, gaze="up", present="AU12", yaw="left", certain=None)
    )
    server.keep(changed(streams.neutral(), track=2, au={"AU12": "much", "AU99": 99.0, "constructor": 1, "__proto__": 2}))
    expect(shown.face(2)).to_be_visible()
    expect(shown.row("AU12", 2)).to_contain_text("hidden")
    assert shown.scale("AU99", 2) == 1
    expect(shown.page.locator("#events")).to_contain_text("a record that is no JSON was left out")
    assert shown.said == []


def test_a_marker_goes_out_and_comes_back(show: Show, server: PageServer) -> None:
    shown = show()
    expect(shown.source()).to_be_visible()
    label = shown.page.get_by_label("Label")
    label.fill("stimulus 3 – größer")
    label.press("Enter")
    expect(shown.page.locator("#told")).to_contain_text("Placed “stimulus 3 – größer” for every source")
    expect(shown.page.locator("#events li").first).to_contain_text("marker “stimulus 3 – größer”")
    expect(label).to_have_value("")
    expect(label).to_be_focused()
    label.fill("second")
    shown.page.get_by_label("For", exact=True).select_option("door")
    shown.page.get_by_role("button", name="Place marker").click()
    expect(shown.page.locator("#told")).to_contain_text("Placed “second” for door")
    assert server.posted == [{"label": "stimulus 3 – größer", "source": None}, {"label": "second", "source": "door"}]


def test_a_marker_that_is_not_placed_is_told_with_the_reason(show: Show, server: PageServer) -> None:
    shown = show()
    label, told = shown.page.get_by_label("Label"), shown.page.locator("#told")
    server.marker_refusal = "more than ten requests a second"
    label.fill("a")
    label.press("Enter")
    expect(told).to_contain_text("Not placed: more than ten requests a second")
    expect(label).to_have_value("a")
    # 256 characters may be typed; what counts is bytes.
    label.fill("ä" * 200)
    label.press("Enter")
    expect(told).to_contain_text("a label has 1 to 256 bytes, this one 400")
    server.stop()
    label.fill("b")
    label.press("Enter")
    expect(told).to_contain_text("Not placed: Failed to fetch")
    assert [marker["label"] for marker in server.posted] == ["a"]
