"""Streams against a server of the test's own: what a daemon does seldom."""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import norface
from norface import StreamClosedError, StreamRefusedError

Script = Callable[[socket.socket], None]


class Server:
    """Serves one connection after the other, each by the next script."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.asked: list[dict[str, Any]] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._thread: threading.Thread | None = None

    def serve(self, *scripts: Script) -> None:
        def body() -> None:
            for script in scripts:
                connection, _ = self._listener.accept()
                with connection:
                    script(connection)

        self._thread = threading.Thread(target=body, daemon=True)
        self._thread.start()

    def ask(self, connection: socket.socket) -> None:
        """Reads a request."""
        self.asked.append(json.loads(connection.makefile().readline()))

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path / "s.sock")
    yield made
    made.close()


def line(**keys: Any) -> bytes:
    return json.dumps({"v": 1, **keys}).encode() + b"\n"


def record(seq: int, source: str = "door", dropped: int = 0) -> bytes:
    return line(source=source, seq=seq, pts=seq / 25, epoch=0, time=None, dropped=dropped, width=640, height=360, faces=[])


RUN = line(event="run", program="norfaced 0", labels={"au": ["AU12"], "sides": [], "emotions": []})


def test_lines_come_whole_however_they_are_cut(server: Server) -> None:
    sent = RUN + b"\n" + b"".join(record(seq, dropped=seq) for seq in range(4))

    def script(connection: socket.socket) -> None:
        for start in range(0, len(sent), 7):
            connection.sendall(sent[start : start + 7])

    server.serve(script)
    stream = norface.stream(server.path, reconnect=False, timeout=5)
    told: list[int] = []
    with pytest.raises(StreamClosedError, match="closed the connection"):
        told.extend(line["seq"] for line in stream)  # type: ignore[typeddict-item]
    assert told == [0, 1, 2, 3] and stream.dropped == 6 and stream.run is not None and stream.run["program"] == "norfaced 0"
    assert list(stream) == []


def test_the_request_and_lines_from_before_it(server: Server) -> None:
    def script(connection: socket.socket) -> None:
        connection.sendall(RUN + record(0, "hall") + line(event="cut", source="hall") + line(event="reloaded"))
        server.ask(connection)
        connection.sendall(record(1))

    server.serve(script)
    asked = {"sources": ["door"], "fields": ["au", "box"], "max_rate": 5, "policy": "disconnect"}
    with norface.stream(server.path, events=True, timeout=5, **{**asked, "sources": "door"}) as stream:  # type: ignore[arg-type]
        assert [line.get("event", line.get("seq")) for line in itertools.islice(stream, 2)] == ["reloaded", 1]
    assert server.asked == [asked]


def test_connecting_again_is_told(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    closing = RUN + record(0) + line(event="closed", reason="the daemon stops")
    server.serve(lambda connection: connection.sendall(closing), lambda connection: connection.sendall(RUN + record(7)))
    with norface.stream(server.path, events=True, timeout=5) as stream:
        lines = list(itertools.islice(stream, 4))
        assert [entry.get("event", entry.get("seq")) for entry in lines] == [0, "disconnected", "reconnected", 7]
        assert lines[1].get("reason") == "the daemon stops" and 0.1 < lines[2].get("seconds", 0) < 3
        assert stream.reconnects == 1
    assert "records of that time are missing" in caplog.text


def test_silence_ends_with_a_timeout_and_may_be_asked_again(server: Server) -> None:
    go_on = threading.Event()

    def script(connection: socket.socket) -> None:
        connection.sendall(RUN)
        go_on.wait(5)
        connection.sendall(record(3))

    server.serve(script)
    with norface.stream(server.path, timeout=0.2) as stream:
        with pytest.raises(TimeoutError, match="nothing came for 0.2 s"):
            next(stream)
        go_on.set()
        assert next(stream).get("seq") == 3


def test_what_is_no_daemon(server: Server) -> None:
    server.serve(lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\n"))
    with pytest.raises(StreamClosedError, match="no norfaced"):
        next(norface.stream(server.path, reconnect=False, timeout=5))


def test_a_later_version_is_refused(server: Server) -> None:
    server.serve(lambda connection: connection.sendall(b'{"v":2,"event":"run"}\n'))
    with pytest.raises(StreamRefusedError, match="version 2"):
        next(norface.stream(server.path, timeout=5))


def test_wrong_arguments(tmp_path: Path) -> None:
    for wrong in ({"events": "all"}, {"max_rate": 0}, {"policy": "wait"}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            norface.stream(tmp_path / "none", **wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="256 bytes"):
        norface.place_marker("é" * 129, tmp_path / "none")
    for reach in (lambda: norface.stream(tmp_path / "none"), lambda: norface.place_marker("x", tmp_path / "none")):
        with pytest.raises(FileNotFoundError, match="is norfaced running"):
            reach()


def test_asyncio_connects_again(server: Server) -> None:
    server.serve(lambda connection: connection.sendall(RUN + record(0)), lambda connection: connection.sendall(RUN + record(7)))

    async def main() -> list[Any]:
        found: list[Any] = []
        async with norface.astream(server.path, events=True, timeout=5) as stream:
            async for entry in stream:
                found.append(entry.get("event", entry.get("seq")))
                if entry.get("seq") == 7:
                    return [*found, stream.reconnects]
        return found

    assert asyncio.run(main()) == [0, "disconnected", "reconnected", 7, 1]


def test_asyncio_ends_and_waits_as_the_other_does(server: Server) -> None:
    held = threading.Event()

    def silent(connection: socket.socket) -> None:
        connection.sendall(RUN)
        held.wait(5)

    server.serve(silent)

    async def main() -> None:
        stream = norface.astream(server.path, reconnect=False, timeout=0.2)
        with pytest.raises(TimeoutError, match="nothing came"):
            await stream.__anext__()
        held.set()
        with pytest.raises(StreamClosedError):
            await stream.__anext__()
        with pytest.raises(StopAsyncIteration):
            await stream.__anext__()
        with pytest.raises(FileNotFoundError, match="is norfaced running"):
            await norface.astream(server.path.with_name("none")).__anext__()

    asyncio.run(main())
