"""Records and events that the program wrote of the sample clip, as the daemon's socket gives them."""

from __future__ import annotations

import copy
import gzip
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from page.serving import PageServer, stamp

DATA = Path(__file__).resolve().parents[1] / "data"
RATE = 25.0
Line = dict[str, Any]


def run_line() -> Line:
    """The description of the run, which comes first."""
    sidecar = json.loads((DATA / "sample.meta.json").read_text())
    kept = {key: sidecar[key] for key in ("program", "started", "labels", "model", "smoothing", "sources", "settings")}
    return {"v": 1, "event": "run", **kept}


def records(source: str = "door") -> list[Line]:
    """The 200 records of the clip, of a source of this name."""
    found = [json.loads(line) for line in gzip.decompress((DATA / "sample.jsonl.gz").read_bytes()).splitlines()]
    for record in found:
        record["source"] = source
        for face in record["faces"]:
            # The daemon gives neither unless it is told to.
            face.pop("landmarks", None)
            face.pop("head", None)
    return found


def events(source: str = "door") -> list[Line]:
    """The events of the clip."""
    found = [json.loads(line) for line in (DATA / "sample.events.jsonl").read_text().splitlines()]
    return [{**event, "source": source} for event in found]


def neutral(source: str = "door") -> Line:
    """A record of one face that does not smile."""
    return copy.deepcopy(records(source)[0])


def smiling(source: str = "door") -> Line:
    """A record in which the same face smiles: AU12 above 4."""
    return copy.deepcopy(records(source)[40])


def lines(source: str = "door") -> Iterator[Line]:
    """The clip over and over: records with the events between them, stamped now."""
    clip, told = records(source), events(source)
    seq = epoch = 0
    while True:
        waiting = list(told)
        for record in clip:
            yield {**record, "seq": seq, "epoch": epoch, "time": stamp()}
            seq += 1
            # An event is told half a second after its end.
            while waiting and waiting[0].get("offset", waiting[0]["pts"]) + 0.5 <= record["pts"]:
                yield {**waiting.pop(0), "epoch": epoch}
        epoch += 1


class Player:
    """Plays the clip into a server at its own pace, until it is closed."""

    def __init__(self, server: PageServer, *sources: str) -> None:
        self._ends = threading.Event()
        self._streams = [lines(source) for source in sources or ("door",)]
        self._server = server
        self._thread = threading.Thread(target=self._play, daemon=True)
        self._thread.start()

    def _play(self) -> None:
        due = time.monotonic()
        while not self._ends.is_set():
            for stream in self._streams:
                for line in stream:
                    self._server.send(line)
                    if "seq" in line:
                        break
            due += 1 / RATE
            self._ends.wait(max(0.0, due - time.monotonic()))

    def close(self) -> None:
        self._ends.set()
        self._thread.join(5)


def status(*sources: Line, **more: Any) -> Line:
    """What `norface status --json` prints."""
    return {
        "v": 1,
        "event": "status",
        "program": "norfaced 0.1.0",
        "pid": 4711,
        "started": "2026-11-30T09:49:55.596Z",
        "uptime": 5.8,
        "sources": list(sources) or [source_status()],
        "outputs": [],
        "subscribers": 1,
        "subscriber_lines_dropped": 0,
        "reloads": 0,
        "reloads_failed": 0,
        **more,
    }


def source_status(name: str = "door", state: str = "streaming", **more: Any) -> Line:
    """A source of the status; `dropped` has the causes that are not 0."""
    dropped = dict.fromkeys(("thinned", "undecoded", "missing", "overload", "stopped"), 0) | more.pop("dropped", {})
    size = {"width": 640, "height": 360, "codec": "h264"} if state == "streaming" else {}
    gives = state == "streaming"
    return {
        "name": name,
        "input": "/srv/clips/sample.mp4",
        "state": state,
        **size,
        "epoch": 0,
        "records": 120 if gives else 0,
        "records_per_second": 25.0 if gives else 0.0,
        "faces": 2 if gives else 0,
        "dropped": dropped,
        "thinning": "all",
        "reconnects": 0,
        "latency_median": 0.0178 if gives else None,
        "latency_p99": 0.0607 if gives else None,
        **more,
    }
