"""The live page: what is told of sources, and what is told when records, faces, or the daemon itself are missing."""

# ruff: noqa: F811 (arguments are named as the fixtures are)

from __future__ import annotations

import struct
import time
import zlib

import pytest

pytest.importorskip("playwright.sync_api", reason="needs playwright (pip install playwright)")

from page import streams
from page.browsing import expect
from page.fixtures import NEEDS, Show, browser, server, show, wait_until  # noqa: F401
from page.serving import PageServer

pytestmark = NEEDS


def test_the_states_of_sources_are_told_plainly(show: Show, server: PageServer) -> None:
    server.status = streams.status(
        streams.source_status(dropped={"thinned": 12, "missing": 3}),
        streams.source_status("hall", "stalled"),
        streams.source_status("yard", "backoff", problem="cannot open: Connection refused", reconnects=15),
        streams.source_status("desk", "failed", problem="the analysis failed: no memory"),
        outputs=[{"name": "records", "healthy": False, "records": 1, "bytes": 2, "dropped": 0, "error": "No space left"}],
    )
    shown = show()
    door = shown.source("door")
    expect(door).to_contain_text("streaming")
    expect(door).to_contain_text("25.0 records/s")
    expect(door).to_contain_text("18 ms, 99 % below 61 ms")
    expect(door).to_contain_text("12 left out evenly under load; 3 never came or could not be decoded")
    expect(shown.source("hall")).to_contain_text("stalled: it is open and gives no frames")
    expect(shown.source("yard")).to_contain_text("back-off: lost, and tried again after a pause")
    expect(shown.source("yard")).to_contain_text("cannot open: Connection refused")
    expect(shown.source("desk")).to_contain_text("failed: its analysis has ended")
    expect(shown.page.locator("#problems")).to_contain_text("The output records fails: No space left")
    signs = shown.page.locator(".state").evaluate_all("(states) => states.map((state) => state.dataset.sign)")
    assert len(set(signs)) == 4
    # A source that the daemon has no more goes, one that still gives records is told of, one that is new comes.
    server.keep(streams.neutral("door"))
    expect(shown.face(1, "door")).to_be_visible()
    server.status = streams.status(streams.source_status("roof"))
    expect(shown.source("roof")).to_contain_text("streaming")
    expect(shown.source("hall")).to_have_count(0)
    expect(shown.source("door")).to_contain_text("not among the daemon’s sources")


def test_a_state_that_cannot_be_read_is_not_shown_as_the_last_one(show: Show, server: PageServer) -> None:
    shown = show()
    expect(shown.source()).to_contain_text("streaming")
    server.status = None
    expect(shown.page.locator("#blind")).to_contain_text("The state of the sources cannot be read: HTTP 503")
    expect(shown.source()).to_contain_text("state not known")
    assert "25.0 records/s" not in shown.source().text_content()
    server.status = streams.status()
    expect(shown.page.locator("#blind")).to_be_hidden()
    expect(shown.source()).to_contain_text("streaming")


def test_only_the_sources_that_are_asked_for_are_shown(show: Show, server: PageServer) -> None:
    server.status = streams.status(streams.source_status("door"), streams.source_status("hall"))
    shown = show()
    with shown.page.expect_navigation():
        shown.source("hall").get_by_role("link", name="only this one").click()
    wait_until(lambda: "/events?source=hall" in server.asked, "the filter", shown=shown)
    wait_until(lambda: [sources for _, sources in server.streams] == [["hall"]], "the old stream's end", shown=shown)
    server.send(streams.neutral("door"))
    server.keep(streams.neutral("hall"))
    expect(shown.face(1, "hall")).to_be_visible()
    expect(shown.source("door")).to_have_count(0)
    shown.page.get_by_role("link", name="all sources").click()
    expect(shown.source("door")).to_be_visible()


def test_pictures_are_shown_only_where_the_configuration_allows_them(show: Show, server: PageServer) -> None:
    shown = show()
    server.keep(streams.neutral())
    expect(shown.face()).to_be_visible()
    expect(shown.page.locator("img")).to_have_count(0)
    server.picture = png()
    server.status = streams.status(http={"pictures": "blurred"})
    expect(shown.page.get_by_role("img", name="Newest picture of door (blurred)")).to_be_visible()
    server.picture = None
    expect(shown.page.locator("img")).to_be_hidden()
    server.status = streams.status(http={"pictures": "none"})
    expect(shown.page.locator("img")).to_have_count(0)
    shown.page.wait_for_timeout(700)
    count = sum("/picture" in path for path in server.asked)
    shown.page.wait_for_timeout(1500)
    assert sum("/picture" in path for path in server.asked) == count


def png() -> bytes:
    """A grey picture of 8 by 8 pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = (b"\0" + b"\x80" * 8) * 8
    head = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_a_face_that_is_gone_for_two_seconds_goes(show: Show, server: PageServer) -> None:
    shown = show()
    both = streams.records()[180]
    assert [face["track"] for face in both["faces"]] == [1, 2]
    server.keep(both)
    expect(shown.face(2)).to_be_visible()
    one = {**both, "faces": both["faces"][:1]}
    last = time.monotonic()
    server.keep(one)
    fades = False
    while shown.face(2).count() and time.monotonic() < last + 15:
        fades = fades or shown.page.get_by_text("not seen now").count() > 0
        shown.page.wait_for_timeout(40)
    assert fades
    # Its last record came up to a third of a second before, and a busy browser looks later.
    assert 1.6 < time.monotonic() - last < 6
    expect(shown.face(1)).to_be_visible()
    server.keep({**both, "faces": []})
    expect(shown.source()).to_contain_text("Nobody is seen.")


def test_faces_of_a_slow_source_stay_between_its_records(show: Show, server: PageServer) -> None:
    shown = show()
    server.pace = 1.5
    server.keep(streams.neutral())
    # The page learns the pace from the first records.
    shown.page.wait_for_timeout(10_000)
    for _ in range(20):
        assert shown.face().count() == 1
        shown.page.wait_for_timeout(250)


def test_a_source_that_falls_silent_is_told_and_its_faces_go(show: Show, server: PageServer) -> None:
    shown = show()
    for _ in range(10):
        server.send(streams.neutral())
        shown.page.wait_for_timeout(40)
    expect(shown.page.locator("#silent")).to_be_hidden()
    stopped = time.monotonic()
    server.status = streams.status(streams.source_status(state="stalled"))
    server.send({"v": 1, "event": "stream_lost", "source": "door", "reason": "no frame for 2 s"})
    expect(shown.page.get_by_role("alert")).to_contain_text("Nothing has come for more than 3 s. What is shown is old.")
    assert time.monotonic() - stopped > 2.9
    expect(shown.page.locator("#silent")).to_contain_text("door: stalled")
    expect(shown.face()).to_have_count(0)
    expect(shown.source()).to_contain_text("No records come: who is there is not known.")
    expect(shown.source()).to_contain_text("s ago")
    expect(shown.page.locator("#events")).to_contain_text("the stream is lost: no frame for 2 s")
    server.send(streams.neutral())
    expect(shown.page.locator("#silent")).to_be_hidden()


def test_a_lost_connection_is_told_and_made_again(show: Show, server: PageServer) -> None:
    shown = show()
    server.keep(streams.neutral())
    expect(shown.face()).to_be_visible()
    link = shown.page.get_by_role("status").first
    expect(link).to_have_text("connected")
    server.stop()
    expect(link).to_have_text("not connected: trying again")
    expect(shown.page.locator("#silent")).to_contain_text("The connection to the daemon is lost.")
    assert shown.page.title().startswith("✕")
    server.start()
    expect(link).to_have_text("connected")
    expect(shown.face()).to_be_visible()
    expect(shown.page.locator("#silent")).to_be_hidden()
    events = shown.page.locator("#events li.loud").all_text_contents()
    assert "connected again" in events[0] and "the connection is lost" in events[1]


def test_a_refusal_does_not_end_the_attempts(show: Show, server: PageServer) -> None:
    """Browsers give up an EventSource that is answered with an error."""
    server.refusal = 503
    shown = show()
    expect(shown.page.get_by_role("status").first).to_have_text("not connected: trying again")
    server.refusal = 0
    expect(shown.page.get_by_role("status").first).to_have_text("connected")


def test_records_that_were_left_out_are_told(show: Show, server: PageServer) -> None:
    shown = show()
    server.send(streams.neutral())
    server.send_dropped(17)
    server.send_dropped(3)
    expect(shown.page.locator("#slow")).to_contain_text("Records were left out, as this page was too slow.")
    expect(shown.page.locator("#lost")).to_have_text("20 records left out since this page was opened")
    expect(shown.page.locator("#events")).to_contain_text("17 records were left out")
    # What the daemon's own queue lost stands in the next record; what the analysis lost is not this page's.
    server.send({**streams.neutral(), "dropped": 9, "drops": {"thinned": 4}})
    expect(shown.source()).to_contain_text("5 frames were lost on the way to this page.")
    shown.page.wait_for_timeout(10_500)
    expect(shown.page.locator("#slow")).to_be_hidden()
    expect(shown.page.locator("#lost")).to_contain_text("20 records")


def test_another_run_of_the_daemon_begins_with_nobody(show: Show, server: PageServer) -> None:
    shown = show()
    server.keep(streams.neutral())
    expect(shown.face()).to_be_visible()
    server.send({"v": 1, "event": "blink", "source": "door", "track": 1, "onset": 0.1, "offset": 0.3})
    expect(shown.face()).to_contain_text("Blinks: the last")
    server.send({**streams.run_line(), "started": "2026-12-01T00:00:00.000Z"})
    # Its face 1 is another than that of the run before.
    expect(shown.face()).not_to_contain_text("Blinks: the last")
    expect(shown.face()).to_be_visible()
