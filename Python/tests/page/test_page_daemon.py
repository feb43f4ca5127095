"""The live page and the daemon: what its socket gives, and the page as the daemon serves it itself.

`NORFACED` names another daemon than the one on the PATH.
"""

# ruff: noqa: F811 (arguments are named as the fixtures are)

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import relaying

pytest.importorskip("playwright.sync_api", reason="needs playwright (pip install playwright)")

from page.browsing import Shown, expect
from page.fixtures import NEEDS, browser, wait_until  # noqa: F401
from page.serving import POLICY, PageServer

pytestmark = NEEDS
ANALYSIS = "analysis: {events: true}\n"


class Bridge:
    """Gives what a daemon's socket gives to a server of the page, and the page's markers to the daemon."""

    def __init__(self, path: Path, server: PageServer) -> None:
        self._server = server
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(path))
        self._ends = threading.Event()
        server.place = lambda marker: self._ask({"marker": marker["label"]})
        for work in (self._read, self._poll):
            threading.Thread(target=work, daemon=True).start()

    def _ask(self, request: dict[str, Any]) -> None:
        self._socket.sendall(json.dumps(request).encode() + b"\n")

    def _read(self) -> None:
        for text in self._socket.makefile():
            line = json.loads(text)
            if line.get("event") == "status":
                self._server.status = line
                continue
            if line.get("event") == "run":
                self._server.run = line
            self._server.send(line)

    def _poll(self) -> None:
        # The socket is closed with the test.
        with contextlib.suppress(OSError):
            while not self._ends.is_set():
                self._ask({"status": True})
                self._ends.wait(1)

    def close(self) -> None:
        self._ends.set()
        self._socket.shutdown(socket.SHUT_RDWR)


def test_what_the_daemon_gives_is_shown(browser: Any, tmp_path: Path) -> None:
    sources = f'  door: {{url: "{relaying.SAMPLE}", capture: {{realtime: true, loop: true}}}}\n'
    sources += '  gone: {url: "rtsp://viewer:secret@127.0.0.1:9/stream"}\n'
    with relaying.daemon(tmp_path, sources=sources, extra=ANALYSIS) as path:
        server = PageServer()
        bridge = Bridge(path, server)
        shown = Shown(browser, server.url)
        try:
            wait_until(lambda: shown.face(1).count() and shown.scale("AU12") > 0.6, "a smile", 40, shown)
            expect(shown.source("door")).to_contain_text("streaming")
            expect(shown.source("gone")).to_contain_text("back-off")
            expect(shown.source("gone")).to_contain_text("Connection refused")
            assert "secret" not in shown.page.content()
            shown.page.get_by_label("Label").fill("stimulus 3")
            shown.page.get_by_label("Label").press("Enter")
            expect(shown.page.locator("#events")).to_contain_text("marker “stimulus 3”")
            delay = shown.source("door").locator("dt:text-is('Capture to this page') + dd").text_content()
            print(f"capture to page: {delay}")
            assert float(delay.removesuffix(" s")) < 2
            assert shown.said == []
        finally:
            shown.close()
            bridge.close()
            server.stop()


# The page as the daemon serves it


class Served:
    """A daemon that serves the page."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = relaying.free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self.extra = f'{ANALYSIS}http: {{listen: "127.0.0.1:{self.port}", page: true}}\n'

    def running(self) -> Any:
        """The daemon, as long as the block lasts."""
        return relaying.daemon(self.folder, extra=self.extra)

    def get(self, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> tuple[int, Any, bytes]:
        request = urllib.request.Request(self.url + path, body, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A daemon whose configuration knows the page; skips where it does not."""
    made = Served(tmp_path)
    check = tmp_path / "check.yaml"
    check.write_text(made.extra)
    command = [relaying.program("norfaced"), "check", str(check)]
    result = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    if "unknown key" in result.stdout + result.stderr:
        pytest.skip("this norfaced does not know http.page")
    yield made


def skip_unless_served(served: Served) -> None:
    if served.get("")[0] == 404:
        pytest.skip("this norfaced does not serve the page: / answers 404")


def test_the_daemon_keeps_the_pages_contract(served: Served) -> None:
    with served.running() as path:
        skip_unless_served(served)
        status, headers, body = served.get("")
        assert status == 200 and b"norfaced live" in body and headers["Content-Security-Policy"].startswith(POLICY)
        assert served.get("", Host="example.org")[0] == 421
        # It answers a moment before its sources are started.
        wait_until(lambda: json.loads(served.get("status")[2])["sources"], "the status has sources")
        status, headers, body = served.get("status")
        assert status == 200 and json.loads(body)["sources"][0]["name"] == "door"
        assert served.get("picture?source=door")[0] == 404
        marker = json.dumps({"label": "a", "source": None}).encode()
        kind = {"Content-Type": "application/json"}
        assert 400 <= served.get("marker", "POST", marker, **kind)[0] < 500
        assert 400 <= served.get("marker", "POST", b"{}", **kind, **{"X-Norface": "1"})[0] < 500
        with socket.socket(socket.AF_UNIX) as subscriber:
            subscriber.connect(str(path))
            subscriber.settimeout(20)
            subscriber.sendall(b'{"events_only":true}\n')
            lines = subscriber.makefile()
            assert json.loads(lines.readline())["event"] == "run"
            assert served.get("marker", "POST", marker, **kind, **{"X-Norface": "1"})[0] == 204
            assert any(json.loads(line).get("marker") == "a" for line in lines)
        request = urllib.request.Request(served.url + "events?source=door")
        with urllib.request.urlopen(request, timeout=20) as stream:
            assert stream.headers["Content-Type"].startswith("text/event-stream")
            began, beats, records = time.monotonic(), 0, 0
            for line in stream:
                beats += line.startswith(b":")
                records += line.startswith(b"data: ") and b'"seq"' in line
                if time.monotonic() - began > 5:
                    break
        assert beats >= 1 and records > 10


def test_the_page_of_the_daemon_shows_its_records_and_places_markers(browser: Any, served: Served) -> None:
    with served.running():
        skip_unless_served(served)
        shown = Shown(browser, served.url)
        wait_until(lambda: shown.face(1).count() and shown.scale("AU12") > 0.6, "a smile", 40, shown)
        expect(shown.source("door")).to_contain_text("streaming")
        shown.page.get_by_label("Label").fill("stimulus 3")
        shown.page.get_by_label("Label").press("Enter")
        expect(shown.page.locator("#told")).to_contain_text("Placed “stimulus 3”")
        expect(shown.page.locator("#events")).to_contain_text("marker “stimulus 3”")
        # Longer than the five seconds that other connections may last.
        shown.page.wait_for_timeout(6000)
        expect(shown.page.get_by_role("status").first).to_have_text("connected")
        assert shown.page.locator("#events").get_by_text("the connection is lost").count() == 0
        assert shown.said == []
    link = shown.page.get_by_role("status").first
    expect(link).to_have_text("not connected: trying again")
    with served.running():
        expect(link).to_have_text("connected", timeout=30_000)
        expect(shown.face(1)).to_be_visible(timeout=30_000)
    shown.close()
