"""Where lines come from: the daemon's socket, a file, standard input."""

from __future__ import annotations

import contextlib
import json
import select
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from .errors import INPUT_OUTPUT, NO_INPUT, UNAVAILABLE, Failure
from .pauses import Pauses

# The longest line that is taken: 468 landmarks of 20 faces are a tenth of it.
LONGEST = 4 << 20


class Reader(Protocol):
    """Gives lines until they end. `connected` is told the state of the other side, and in words why."""

    def lines(self, stop: threading.Event, connected: Callable[[bool, str], None]) -> Iterator[bytes]: ...


@dataclass
class SocketReader:
    """A subscription to a daemon, made again for ever whenever it ends; `give_up` is the number of seconds to try."""

    path: str
    request: dict[str, Any]
    give_up: float | None = None

    def lines(self, stop: threading.Event, connected: Callable[[bool, str], None]) -> Iterator[bytes]:
        pauses = Pauses(0.2, 10)
        away = time.monotonic()
        while not stop.is_set():
            reason = "the daemon ended the connection"
            try:
                with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                    connection.settimeout(5)
                    connection.connect(self.path)
                    connection.sendall(json.dumps(self.request, separators=(",", ":")).encode() + b"\n")
                    connection.setblocking(False)
                    connected(True, "")
                    for line in _received(connection, stop):
                        pauses.restart()
                        yield line
            except OSError as error:
                reason = f"{self.path}: {error.strerror or error}"
            if stop.is_set():
                return
            # Told again with each attempt; who is told decides what is news.
            connected(False, reason)
            if pauses.fresh:
                away = time.monotonic()
            if self.give_up is not None and time.monotonic() - away >= self.give_up:
                raise Failure(UNAVAILABLE, f"no daemon for {self.give_up:g} s: {reason}")
            stop.wait(pauses.next())


def _received(connection: socket.socket, stop: threading.Event) -> Iterator[bytes]:
    """Whole lines until the other side ends; what was cut is left out."""
    rest = bytearray()
    while not stop.is_set():
        ready, _, _ = select.select([connection], [], [], 0.2)
        if not ready:
            continue
        part = connection.recv(1 << 18)
        if not part:
            return
        rest += part
        *lines, rest = rest.split(b"\n")
        for line in lines:
            if line.strip():
                yield bytes(line)
        if len(rest) > LONGEST:
            raise OSError(None, "a line without an end")


@dataclass
class FileReader:
    """The lines of a file, or of standard input (`-`). A last line that was cut comes as it is."""

    path: str

    def check(self) -> None:
        """Raises Failure where the file cannot be read, before anything else is begun."""
        if self.path != "-":
            try:
                with open(self.path, "rb"):
                    pass
            except OSError as error:
                raise Failure(NO_INPUT, f"{self.path}: {error.strerror}") from None

    def lines(self, stop: threading.Event, connected: Callable[[bool, str], None]) -> Iterator[bytes]:
        try:
            with contextlib.nullcontext(sys.stdin.buffer) if self.path == "-" else open(self.path, "rb") as stream:
                connected(True, "")
                while not stop.is_set():
                    line = stream.readline(LONGEST + 1)
                    if not line:
                        return
                    if len(line) > LONGEST:
                        raise Failure(INPUT_OUTPUT, f"{self.path}: a line without an end")
                    if line.strip():
                        yield line.rstrip(b"\r\n")
        except OSError as error:
            raise Failure(INPUT_OUTPUT, f"{self.path}: {error.strerror}") from None
