"""The pictures of the report and of the live page, from the sample clip: `pages.py CLIP NORFACE NORFACED FOLDER`.

Needs Chromium and playwright. The people of the clip are rendered.
"""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from norface.report.cli import main as report
from playwright import sync_api

#: What the pages are as wide as.
WIDTH = 1280
#: The parts of the pages that are shown, in pixels.
FIRST, CURVES, LIVE = 1000, 1470, 1350


def show_report(browser: Any, clip: Path, norface: Path, folder: Path, pictures: Path) -> None:
    """Makes the first screen of a report, and the curves of its first face."""
    records, page_file = folder / "sample.jsonl", folder / "sample.html"
    subprocess.run([norface, "analyze", clip, "--events", "--quiet", "-o", records], check=True)
    if code := report([str(records), "-o", str(page_file), "-q"]):
        sys.exit(f"the report ended with {code}")
    page = browser.new_page(viewport={"width": WIDTH, "height": FIRST})
    page.goto(page_file.as_uri())
    page.wait_for_function("document.body.dataset.drawn", timeout=90_000)
    page.screenshot(path=pictures / "report.png")
    top = page.get_by_role("heading", name="Face 1: action units over time").bounding_box()["y"] - 20
    page.screenshot(
        path=pictures / "report-curves.png", full_page=True, clip={"x": 0, "y": top, "width": WIDTH, "height": CURVES}
    )
    page.close()


def show_live(browser: Any, clip: Path, norfaced: Path, folder: Path, pictures: Path) -> None:
    """Makes the live page of a daemon that shows the clip again and again, at a moment with a smile, and after a marker."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    configuration = folder / "norfaced.yaml"
    configuration.write_text(
        f'sources:\n  door: {{url: "{clip}", capture: {{realtime: true, loop: true}}}}\n'
        f"outputs: {{socket: {{path: {folder}/norfaced.sock}}}}\nanalysis: {{events: true}}\n"
        f'http: {{listen: "127.0.0.1:{port}", page: true, pictures: normalized}}\n'
    )
    daemon = subprocess.Popen([norfaced, "run", "--config", configuration], stderr=subprocess.PIPE, text=True)
    try:
        page = browser.new_page(viewport={"width": WIDTH, "height": LIVE})
        for _ in range(300):
            try:
                page.goto(f"http://localhost:{port}/")
                break
            except sync_api.Error:
                if daemon.poll() is not None:
                    sys.exit(f"norfaced ended with {daemon.returncode}:\n{daemon.stderr.read()}")
                time.sleep(0.1)
        smile = page.locator("tr", has_text="AU12").first
        # The first round teaches who the faces are and what they are like at rest.
        time.sleep(12)
        page.get_by_label("Label").fill("stimulus 3")
        page.get_by_label("Label").press("Enter")
        sync_api.expect(smile).to_have_text(re.compile(r"[3-5]\.\d"), timeout=30_000)
        page.screenshot(path=pictures / "live-page.png")
    finally:
        daemon.terminate()
        daemon.wait(20)


def main() -> None:
    clip, norface, norfaced, pictures = (Path(argument).resolve() for argument in sys.argv[1:])
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as name, sync_api.sync_playwright() as driver:
        # The sandbox needs rights that containers lack; the pages are our own.
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        show_report(browser, clip, norface, Path(name), pictures)
        show_live(browser, clip, norfaced, Path(name), pictures)
        browser.close()


if __name__ == "__main__":
    main()
