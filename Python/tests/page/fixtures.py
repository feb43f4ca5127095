"""A browser, the server, and pages that are open in it."""

from __future__ import annotations

import contextlib
import copy
import shutil
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from page import streams
from page.browsing import Shown
from page.serving import PageServer
from page.streams import Line

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NEEDS = [
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (apt-get install chromium)"),
    pytest.mark.timeout(180),
]
Show = Callable[..., Shown]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_playwright() as driver:
        # The sandbox needs rights that containers lack; the page is our own.
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def server() -> Iterator[PageServer]:
    made = PageServer(streams.run_line(), streams.status())
    yield made
    with contextlib.suppress(OSError):
        made.close()


@pytest.fixture
def show(browser: Any, server: PageServer) -> Iterator[Show]:
    """Opens the page of the server."""
    opened: list[Shown] = []

    def open_page(query: str = "", **how: Any) -> Shown:
        opened.append(Shown(browser, server.url + query, **how))
        wait_until(lambda: server.refusal or server.streams, "the page's stream")
        return opened[-1]

    yield open_page
    for one in opened:
        one.close()


def wait_until(condition: Callable[[], Any], what: str, seconds: float = 20, shown: Shown | None = None) -> None:
    """Waits for a condition; fails the test after `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        # Playwright takes messages of the browser only while it waits itself.
        if shown is None:
            time.sleep(0.02)
        else:
            shown.page.wait_for_timeout(20)


def changed(record: Line, **values: Any) -> Line:
    """A record whose first face has other values."""
    record = copy.deepcopy(record)
    record["faces"][0].update(values)
    return record
