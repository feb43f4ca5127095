"""A server that gives the live page what the daemon gives it, and does what a test wants. The daemon itself is `NORFACED`."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

PAGE = Path(__file__).resolve().parents[3] / "Sources" / "Service" / "Health" / "Page" / "page.html"
POLICY = "default-src 'none'; connect-src 'self'; img-src 'self'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
HEARTBEAT = 2.0
MARKER_BYTES = 256


class Handler(BaseHTTPRequestHandler):
    """One request; `server.page` is the `PageServer`."""

    server: Any

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing is printed."""

    def _answer(self, status: int, kind: str = "text/plain; charset=utf-8", body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        page: PageServer = self.server.page
        address = urlsplit(self.path)
        page.asked.append(self.path)
        match address.path:
            case "/":
                self._answer(200, "text/html; charset=utf-8", PAGE.read_bytes())
            case "/events" if page.refusal:
                self._answer(page.refusal)
            case "/events":
                self._events(page, parse_qs(address.query).get("source", []))
            case "/status" if page.status is not None:
                self._answer(200, "application/json", json.dumps(page.status).encode())
            case "/status":
                self._answer(503, body=b"no state\n")
            case "/picture" if page.picture is not None:
                self._answer(200, "image/png", page.picture)
            case _:
                self._answer(404, body=b"nothing here\n")

    def do_POST(self) -> None:
        page: PageServer = self.server.page
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if urlsplit(self.path).path != "/marker":
            return self._answer(404)
        if self.headers["X-Norface"] != "1":
            return self._answer(403, body=b"the header X-Norface: 1 is missing\n")
        marker = json.loads(body)
        page.posted.append(marker)
        if page.marker_refusal:
            return self._answer(429, body=page.marker_refusal.encode())
        if not 1 <= len(marker["label"].encode()) <= MARKER_BYTES:
            return self._answer(400, body=b"label: 1 to 256 bytes are expected\n")
        page.place(marker)
        return self._answer(204)

    def _events(self, page: PageServer, sources: list[str]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        waiting: queue.Queue[bytes | None] = queue.Queue()
        if page.run is not None:
            waiting.put(framed(page.run))
        page.streams.append((waiting, sources))
        try:
            due = time.monotonic() + HEARTBEAT
            while True:
                try:
                    text = waiting.get(timeout=max(0.0, due - time.monotonic()))
                except queue.Empty:
                    text = b":\n\n"
                    due += HEARTBEAT
                if text is None:
                    return
                self.wfile.write(text)
                self.wfile.flush()
        except OSError:
            pass
        finally:
            page.streams.remove((waiting, sources))


class PageServer:
    """The page, its stream of events, the daemon's status and its markers, on a loopback port."""

    def __init__(self, run: dict[str, Any] | None = None, status: dict[str, Any] | None = None) -> None:
        self.run = run
        #: What `/status` answers; 503 where it is None.
        self.status = status
        #: What `/picture` answers; 404 where it is None.
        self.picture: bytes | None = None
        #: The status that `/events` is refused with, or 0.
        self.refusal = 0
        #: The reason why markers are refused.
        self.marker_refusal = ""
        #: What is done with a marker; without it everybody is told of it at once.
        self.place: Callable[[dict[str, Any]], Any] = self._tell_marker
        self.asked: list[str] = []
        self.posted: list[dict[str, Any]] = []
        self.streams: list[tuple[queue.Queue[bytes | None], list[str]]] = []
        self._port = 0
        #: Seconds between the records that are given again and again.
        self.pace = 0.3
        self._kept: dict[str, Any] | None = None
        self._ends = threading.Event()
        self.start()
        threading.Thread(target=self._repeat, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/"

    def start(self) -> None:
        """Listens; again on the same port after `stop`."""
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._server.daemon_threads = True
        self._server.page = self  # type: ignore[attr-defined]
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Listens no more, and ends all streams."""
        self._server.shutdown()
        self._server.server_close()
        self.end_streams()

    def end_streams(self) -> None:
        """Ends the streams as a daemon does that is stopped."""
        for waiting, _ in list(self.streams):
            waiting.put(None)

    def send(self, line: dict[str, Any]) -> float:
        """A record or event to whoever has asked for its source; the time of that, in seconds since 1970."""
        text = framed(line)
        now = time.time()
        for waiting, sources in list(self.streams):
            if not sources or line.get("source") is None or line["source"] in sources:
                waiting.put(text)
        return now

    def _tell_marker(self, marker: dict[str, Any]) -> None:
        event = {"v": 1, "event": "marker", "time": stamp(), "marker": marker["label"]}
        self.send(event | ({"source": marker["source"]} if marker["source"] else {}))

    def keep(self, line: dict[str, Any] | None) -> None:
        """A record that is given at once and then again and again, so that its faces stay; None ends that."""
        self._kept = line
        if line is not None:
            self.send(line)

    def _repeat(self) -> None:
        while not self._ends.wait(self.pace):
            kept = self._kept
            if kept is not None:
                self.send(kept)

    def close(self) -> None:
        """Ends it for good."""
        self._ends.set()
        self.stop()

    def send_dropped(self, count: int) -> None:
        """The notice that records were left out."""
        for waiting, _ in list(self.streams):
            waiting.put(b"event: dropped\n" + framed({"dropped": count}))


def framed(line: dict[str, Any]) -> bytes:
    """A line as a server-sent event."""
    return b"data: " + json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"


def stamp() -> str:
    """UTC now as records write it."""
    now = time.time()
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1000):03d}Z"
