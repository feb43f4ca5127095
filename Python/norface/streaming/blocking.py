"""Streams for programs that wait."""

from __future__ import annotations

import os
import socket as sockets
import time
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING

from .lines import Event, Line
from .protocol import (
    DEFAULT_SOCKET,
    Events,
    LineParser,
    Request,
    Session,
    StreamClosedError,
    StreamRefusedError,
    marker_line,
    unreachable,
)
from .state import StreamState, log

if TYPE_CHECKING:
    from typing_extensions import Self


class Stream(StreamState, Iterator[Line]):
    """Records and events of a daemon, one after the other. Made by `stream`; a context manager that closes the connection.

    Attributes:
        run: the description of the run (labels, model, sources), from the first line; None before it came.
        dropped: frames that the records so far told as lost.
        reconnects: how often the connection was made anew.
    """

    def __init__(self, path: str | os.PathLike[str], request: Request, reconnect: bool, timeout: float | None) -> None:
        super().__init__(path, request, reconnect, timeout)
        self._socket: sockets.socket | None = None
        self._lost_at: float | None = None
        self._heard_at = time.monotonic()
        self._connect_first()

    def __iter__(self) -> Self:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __next__(self) -> Line:
        while True:
            if self._ready:
                return self._ready.popleft()
            if self._is_closed:
                error, self._error = self._error, None
                if error is not None:
                    raise error
                raise StopIteration
            if self._socket is None:
                self._connect_again()
                continue
            try:
                self._receive(self._socket)
            except StreamRefusedError:
                self.close()
                raise
            except TimeoutError:
                raise
            except OSError as reason:
                self._lose(reason)

    def place_marker(self, text: str) -> None:
        """Places a marker for all readers: an event at once, and in the next record of each source.

        Raises:
            ValueError: the text is empty or longer than 256 bytes.
            ConnectionError: there is no connection now.
        """
        line = marker_line(text)
        if self._socket is None:
            raise ConnectionError(f"{self._path}: not connected now")
        self._socket.sendall(line)

    def close(self) -> None:
        """Ends the subscription; the iterator ends with what has come."""
        self._is_closed = True
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _connect(self) -> None:
        connection = sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM)
        try:
            connection.settimeout(10)
            connection.connect(self._path)
            request = self._session.request.line()
            if request:
                connection.sendall(request)
        except BaseException:
            connection.close()
            raise
        self._socket, self._parser = connection, LineParser()

    def _connect_first(self) -> None:
        deadline = None if self._timeout is None else time.monotonic() + self._timeout
        while True:
            try:
                self._connect()
                break
            except OSError as error:
                pause = self._backoff.pause()
                if deadline is None or time.monotonic() + pause > deadline:
                    raise unreachable(error, self._path) from None
                time.sleep(pause)
        self._heard_at = time.monotonic()

    def _connect_again(self) -> None:
        pause = self._backoff.pause()
        if self._timeout is not None:
            left = self._heard_at + self._timeout - time.monotonic()
            if left <= 0:
                self._heard_at = time.monotonic()
                raise TimeoutError(f"{self._path}: no connection within {self._timeout:g} s")
            pause = min(pause, left)
        time.sleep(pause)
        try:
            self._connect()
        except OSError as error:
            log.debug("%s: %s", self._path, error)
            return
        seconds = round(time.monotonic() - (self._lost_at or time.monotonic()), 3)
        self._session.reconnects += 1
        log.warning("%s: connected again after %.1f s; records of that time are missing", self._path, seconds)
        self._ready.extend(self._session.own_event(event="reconnected", seconds=seconds))

    def _receive(self, connection: sockets.socket) -> None:
        if self._timeout is None:
            connection.settimeout(None)
        else:
            connection.settimeout(max(0.001, self._heard_at + self._timeout - time.monotonic()))
        try:
            data = connection.recv(1 << 16)
        except TimeoutError:
            self._heard_at = time.monotonic()
            raise TimeoutError(f"{self._path}: nothing came for {self._timeout:g} s") from None
        if not data:
            raise StreamClosedError("the daemon closed the connection")
        self._heard_at = time.monotonic()
        for value in self._parser.feed(data):
            line = self._session.take(value)
            if line is not None:
                self._ready.append(line)
        self._backoff.reset()

    def _lose(self, error: OSError) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if not self._reconnect:
            # What came before is given first; then the end is told.
            self._is_closed, self._error = True, error
            return
        self._lost_at = time.monotonic()
        log.warning("%s: %s; connecting again", self._path, error)
        self._ready.extend(self._session.own_event(event="disconnected", reason=str(error)))


def stream(
    socket: str | os.PathLike[str] = DEFAULT_SOCKET,
    *,
    sources: str | Iterable[str] | None = None,
    events: Events = False,
    fields: str | Iterable[str] | None = None,
    max_rate: float | None = None,
    policy: str | None = None,
    reconnect: bool = True,
    timeout: float | None = None,
) -> Stream:
    """Follows a running daemon.

    Args:
        socket: the daemon's Unix socket.
        sources: only records and events of these sources; events that concern all still come.
        events: False for records only, True for events between them, `"only"` for events alone. Events have an `event` key.
        fields: parts of faces (`box`, `pose`, `gaze`, `quality`, `visible`, `au`, `au_raw`, `sides`, `present`, `emotions`, `baseline`,
            `speaking`, `landmarks`, `head`).
        max_rate: records a second for each source, 0.001 to 1000.
        policy: when this side reads too slowly: `"drop"` (the next record's `dropped` tells) or `"disconnect"`.
        reconnect: connect again for ever when the daemon goes away, in pauses that grow to 30 s. What is missed then is told by a
            warning of the logger `norface.stream`, and by the events `disconnected` and `reconnected` where events are asked for.
        timeout: seconds for the first connection (without it one attempt is made), and seconds that nothing may come.

    Returns:
        An iterator of dictionaries as they are sent (`Record`, `Event`). Without `reconnect` it ends by `StreamClosedError`.

    Raises:
        OSError: the daemon cannot be reached.
        StreamRefusedError: it refuses the request; raised by the iterator.
        TimeoutError: nothing came for `timeout` seconds; raised by the iterator, which may be asked again.
        ValueError: an argument is wrong.
    """
    return Stream(socket, Request.checked(sources, events, fields, max_rate, policy), reconnect, timeout)


def place_marker(text: str, socket: str | os.PathLike[str] = DEFAULT_SOCKET, *, timeout: float = 10.0) -> Event:
    """Places a marker and waits until the daemon has told it.

    Args:
        text: 1 to 256 bytes.
        socket: the daemon's Unix socket.
        timeout: seconds to wait.

    Returns:
        The `marker` event.

    Raises:
        ValueError: the text is too long or empty.
        OSError: the daemon cannot be reached, or did not answer in time.
        StreamRefusedError: it refused.
    """
    line = marker_line(text, only=True)
    session = Session(Request.checked(None, True, None, None, None))
    parser = LineParser()
    with sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM) as connection:
        connection.settimeout(timeout)
        try:
            connection.connect(os.fspath(socket))
        except OSError as error:
            raise unreachable(error, os.fspath(socket)) from None
        connection.sendall(line)
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            data = connection.recv(1 << 16)
            if not data:
                raise StreamClosedError("the daemon closed the connection")
            for value in parser.feed(data):
                told = session.take(value)
                if told is not None and told.get("event") == "marker" and told.get("marker") == text:
                    return told  # type: ignore[return-value]
    raise TimeoutError(f"{os.fspath(socket)}: the marker was not told within {timeout:g} s")
