"""Streams against the daemon itself, which plays a clip in a loop."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import norface
from norface import StreamRefusedError

CLIP = Path(__file__).parents[3] / "Tests" / "Fixtures" / "sample.mp4"
CONFIGURATION = """
outputs: {{socket: {{path: {socket}, queue: 64KiB, stall_timeout: 1m}}}}
analysis: {{events: true, max_rate: 12}}
sources:
  door: {{url: {clip}, capture: {{realtime: true, loop: true}}}}
  wide: {{url: {clip}, capture: {{realtime: true, loop: true}}, analysis: {{landmarks: 468}}}}
  hall: {{url: {clip}, capture: {{realtime: true, loop: true}}, analysis: {{max_rate: 4}}}}
"""
PATIENCE = 30


class Daemon:
    def __init__(self, program: str, folder: Path) -> None:
        self.socket = folder / "n.sock"
        self._program = program
        self._configuration = folder / "norfaced.yaml"
        self._configuration.write_text(CONFIGURATION.format(socket=self.socket, clip=CLIP))
        self._log = folder / "log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with open(self._log, "ab") as log:
            command = [self._program, "run", "--config", str(self._configuration)]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        end = time.monotonic() + PATIENCE
        while not self.socket.exists():
            if self._process.poll() is not None and self._process.returncode == 69:
                pytest.skip(f"the daemon lacks something: {self._log.read_text().splitlines()[-1]}")
            assert self._process.poll() is None and time.monotonic() < end, self._log.read_text()
            time.sleep(0.05)

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(PATIENCE)


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    program = os.environ.get("NORFACED") or shutil.which("norfaced")
    if program is None or not Path(program).exists():
        pytest.skip("no norfaced: name the daemon in NORFACED or put it on the PATH")
    if not CLIP.exists():
        pytest.skip(f"no {CLIP}: the clip comes with the repository")
    made = Daemon(program, tmp_path_factory.mktemp("daemon"))
    try:
        made.start()
        yield made
    finally:
        made.stop()


def test_records_of_one_source(daemon: Daemon) -> None:
    with norface.stream(daemon.socket, sources="door", timeout=PATIENCE) as stream:
        lines = list(itertools.islice(stream, 30))
        assert stream.run is not None and {source["name"] for source in stream.run["sources"]} == {"door", "hall", "wide"}
        units = stream.run["labels"]["au"]
    assert {line["source"] for line in lines} == {"door"} and not any("event" in line for line in lines)
    gaps = [second["seq"] - first["seq"] for first, second in itertools.pairwise(lines)]
    assert gaps == [1] * 29 or sum(line["dropped"] for line in lines) > 0
    face = next(face for line in lines for face in line["faces"])
    assert list(face["au"]) == units and {"box", "gaze", "visible", "emotions"} <= set(face)


def test_filters(daemon: Daemon) -> None:
    with norface.stream(daemon.socket, sources=["hall"], fields=["au", "emotions"], timeout=PATIENCE) as stream:
        # The first lines may be older than the request.
        faces = [face for line in itertools.islice(stream, 2, 8) for face in line["faces"]]
    assert faces and all(set(face) <= {"track", "au", "emotion", "emotions"} for face in faces)
    with norface.stream(daemon.socket, sources=["door"], max_rate=2, timeout=PATIENCE) as stream:
        for _ in itertools.islice(stream, 3):
            pass
        start = time.monotonic()
        for _ in itertools.islice(stream, 3):
            pass
        assert time.monotonic() - start > 0.8


def test_events_only(daemon: Daemon) -> None:
    with norface.stream(daemon.socket, events="only", timeout=PATIENCE) as stream:
        lines = list(itertools.islice(stream, 5))
    assert all("event" in line and "faces" not in line for line in lines)


def test_a_marker_is_told_at_once_and_in_the_next_record(daemon: Daemon) -> None:
    with norface.stream(daemon.socket, sources="door", events=True, timeout=PATIENCE) as stream:
        next(stream)
        told = norface.place_marker("stimulus 3", daemon.socket)
        assert told["event"] == "marker" and told["marker"] == "stimulus 3" and told["time"] is not None
        stream.place_marker("stimulus 4")
        events, markers = [], []
        for line in itertools.islice(stream, 200):
            if line.get("event") == "marker":
                events.append(line["marker"])
            markers += line.get("markers", [])
            if len(events) == len(markers) == 2:
                break
    assert events == markers == ["stimulus 3", "stimulus 4"]


def test_a_refusal_is_an_exception(daemon: Daemon) -> None:
    with pytest.raises(StreamRefusedError, match="fields: known are box"):
        for _ in norface.stream(daemon.socket, fields=["nonsense"], timeout=PATIENCE):
            pass


def test_losses_are_told(daemon: Daemon) -> None:
    """Who reads too slowly loses the oldest records, and `dropped` of the next one counts them."""
    open_ = {"sources": "wide", "timeout": PATIENCE}
    with norface.stream(daemon.socket, **open_) as slow, norface.stream(daemon.socket, fields=[], **open_) as other:
        lines = [next(slow)]
        # While the other reads 30 records, this one's are more than its queue and the socket's buffer hold.
        for line in other:
            if line["seq"] > lines[0]["seq"] + 30:
                break
        for line in slow:
            lines.append(line)
            if line["seq"] > lines[0]["seq"] + 30:
                break
    gaps = [second["seq"] - first["seq"] for first, second in itertools.pairwise(lines)]
    # What was lost before the analysis is in `drops`, and the rest is this side's own.
    own = [line["dropped"] - sum(line.get("drops", {}).values()) for line in lines[1:]]
    assert max(gaps) > 1
    assert all(count >= gap - 1 and (gap > 1 or count == 0) for count, gap in zip(own, gaps))
    assert slow.dropped >= sum(own)


def test_asyncio(daemon: Daemon) -> None:
    async def main() -> tuple[list[int], str]:
        found = []
        async with norface.astream(daemon.socket, sources="door", events=True, timeout=PATIENCE) as stream:
            async for line in stream:
                if "seq" in line:
                    found.append(line["seq"])
                if len(found) == 5:
                    await stream.place_marker("from asyncio")
                if line.get("event") == "marker":
                    return found, line["marker"]
        raise AssertionError("the stream ended")

    found, marker = asyncio.run(main())
    assert found == sorted(found) and marker == "from asyncio"


def test_a_daemon_that_comes_back(daemon: Daemon) -> None:
    """Last: the daemon is stopped and started."""
    with norface.stream(daemon.socket, sources="door", events=True, timeout=PATIENCE) as stream:
        next(stream)
        daemon.stop()
        reason = next(line["reason"] for line in stream if line.get("event") == "disconnected")
        assert "stop" in reason or "closed" in reason
        daemon.start()
        after = [line for line in itertools.islice(stream, 20) if line.get("event") == "reconnected" or "seq" in line]
    assert after[0].get("event") == "reconnected" and any("seq" in line for line in after) and stream.reconnects == 1
