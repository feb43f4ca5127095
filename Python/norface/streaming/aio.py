"""Streams for asyncio."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterable
from types import TracebackType
from typing import TYPE_CHECKING

from .lines import Line
from .protocol import (
    DEFAULT_SOCKET,
    Events,
    LineParser,
    Request,
    StreamClosedError,
    StreamRefusedError,
    marker_line,
    unreachable,
)
from .state import StreamState, log

if TYPE_CHECKING:
    from typing_extensions import Self


class AsyncStream(StreamState, AsyncIterator[Line]):
    """As `Stream`, for `async for` and `async with`. Made by `astream`; it connects when it is entered or first asked.

    Attributes:
        run: the description of the run, from the first line; None before it came.
        dropped: frames that the records so far told as lost.
        reconnects: how often the connection was made anew.
    """

    def __init__(self, path: str | os.PathLike[str], request: Request, reconnect: bool, timeout: float | None) -> None:
        super().__init__(path, request, reconnect, timeout)
        self._connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._heard_at: float | None = None
        self._lost_at = 0.0

    def __aiter__(self) -> Self:
        return self

    async def __aenter__(self) -> Self:
        await self._connect_first()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def __anext__(self) -> Line:
        while True:
            if self._ready:
                return self._ready.popleft()
            if self._is_closed:
                error, self._error = self._error, None
                if error is not None:
                    raise error
                raise StopAsyncIteration
            if self._heard_at is None:
                await self._connect_first()
            elif self._connection is None:
                await self._connect_again()
                continue
            try:
                await self._receive()
            except StreamRefusedError:
                await self.aclose()
                raise
            except TimeoutError:
                raise
            except OSError as reason:
                self._lose(reason)

    async def place_marker(self, text: str) -> None:
        """Places a marker for all readers, as `Stream.place_marker`."""
        line = marker_line(text)
        if self._connection is None:
            raise ConnectionError(f"{self._path}: not connected now")
        self._connection[1].write(line)
        await self._connection[1].drain()

    async def aclose(self) -> None:
        """Ends the subscription."""
        self._is_closed = True
        self._hang_up()

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection[1].close()
            self._connection = None

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    async def _connect(self) -> None:
        try:
            reader, writer = await asyncio.wait_for(asyncio.open_unix_connection(self._path), 10)
        except asyncio.TimeoutError:
            raise TimeoutError(f"{self._path}: no answer") from None
        request = self._session.request.line()
        if request:
            writer.write(request)
        self._connection, self._parser = (reader, writer), LineParser()

    async def _connect_first(self) -> None:
        if self._heard_at is not None:
            return
        deadline = None if self._timeout is None else self._now() + self._timeout
        while True:
            try:
                await self._connect()
                break
            except OSError as error:
                pause = self._backoff.pause()
                if deadline is None or self._now() + pause > deadline:
                    raise unreachable(error, self._path) from None
                await asyncio.sleep(pause)
        self._heard_at = self._now()

    async def _connect_again(self) -> None:
        pause = self._backoff.pause()
        if self._timeout is not None:
            left = (self._heard_at or 0.0) + self._timeout - self._now()
            if left <= 0:
                self._heard_at = self._now()
                raise TimeoutError(f"{self._path}: no connection within {self._timeout:g} s")
            pause = min(pause, left)
        await asyncio.sleep(pause)
        try:
            await self._connect()
        except OSError as error:
            log.debug("%s: %s", self._path, error)
            return
        seconds = round(self._now() - self._lost_at, 3)
        self._session.reconnects += 1
        log.warning("%s: connected again after %.1f s; records of that time are missing", self._path, seconds)
        self._ready.extend(self._session.own_event(event="reconnected", seconds=seconds))

    async def _receive(self) -> None:
        assert self._connection is not None and self._heard_at is not None
        left = None if self._timeout is None else max(0.001, self._heard_at + self._timeout - self._now())
        try:
            data = await asyncio.wait_for(self._connection[0].read(1 << 16), left)
        except asyncio.TimeoutError:
            self._heard_at = self._now()
            raise TimeoutError(f"{self._path}: nothing came for {self._timeout:g} s") from None
        if not data:
            raise StreamClosedError("the daemon closed the connection")
        self._heard_at = self._now()
        for value in self._parser.feed(data):
            line = self._session.take(value)
            if line is not None:
                self._ready.append(line)
        self._backoff.reset()

    def _lose(self, error: OSError) -> None:
        self._hang_up()
        if not self._reconnect:
            self._is_closed, self._error = True, error
            return
        self._lost_at = self._now()
        log.warning("%s: %s; connecting again", self._path, error)
        self._ready.extend(self._session.own_event(event="disconnected", reason=str(error)))


def astream(
    socket: str | os.PathLike[str] = DEFAULT_SOCKET,
    *,
    sources: str | Iterable[str] | None = None,
    events: Events = False,
    fields: str | Iterable[str] | None = None,
    max_rate: float | None = None,
    policy: str | None = None,
    reconnect: bool = True,
    timeout: float | None = None,
) -> AsyncStream:
    """Follows a running daemon from asyncio; arguments, lines and exceptions are those of `stream`.

    Returns:
        An asynchronous iterator; also a context manager that closes the connection.
    """
    return AsyncStream(socket, Request.checked(sources, events, fields, max_rate, policy), reconnect, timeout)
