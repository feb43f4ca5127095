"""Reads the stream of NATS JetStream with a durable pull consumer."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..relay.kinds.nats import login
from ..relay.pauses import Pauses
from .archive import DISK, Archive
from .batch import Message
from .errors import IO_ERROR, UNAVAILABLE, Failure

_FETCH = 1000


@dataclass(frozen=True)
class Server:
    """How NATS is reached, and what is read."""

    url: str
    stream: str
    subjects: str
    durable: str
    user: str | None = None
    password: str | None = None
    token: str | None = None
    creds: str | None = None
    tls: ssl.SSLContext | None = None
    timeout: float = 10
    ack_wait: float = 300


@dataclass
class Consumer:
    """Fetches messages and gives them to an archive; acknowledges what the archive has on the disk.

    Attributes:
        every: seconds that a message waits at most before it is written.
        most, most_bytes: messages, and bytes of them, that wait at most.
        until_empty: end when everything that the stream holds was read.
        merge_after: seconds after the end of an hour that its files are made one; None leaves them.
        give_up: end when the server is away for so many seconds; None never.
    """

    server: Server
    archive: Archive
    say: Callable[[str], None]
    every: float = 60
    most: int = 50_000
    most_bytes: int = 256 << 20
    until_empty: bool = False
    merge_after: float | None = 900
    give_up: float | None = None
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _messages: dict[int, Any] = field(default_factory=dict)
    _since: float = 0
    _ended: bool = False
    _next_manifest: float = 0
    _reached: bool = False
    _away: str = ""

    async def run(self) -> None:
        """Reads until it is stopped by a signal, or the stream is empty.

        Raises:
            Failure: it can never succeed.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        pauses = Pauses(0.2, 10)
        since = time.monotonic()
        while not self._stop.is_set() and not self._ended:
            try:
                await self._session()
            except Failure:
                raise
            except Exception as error:  # noqa: BLE001 - whatever the client raises, the server is not there
                if self._reached:
                    pauses.restart()
                    since = time.monotonic()
                    self._reached = False
                reason = f"{type(error).__name__}: {error}".rstrip(": ")
                if "authorization" in reason.lower():
                    raise Failure(UNAVAILABLE, f"{self.server.url}: {reason}") from None
                if reason != self._away:
                    self.say(f"{self.server.url}: {reason}; trying again")
                    self._away = reason
                if self.give_up is not None and time.monotonic() - since >= self.give_up:
                    raise Failure(UNAVAILABLE, f"no stream for {self.give_up:g} s: {reason}") from None
                # What was fetched is written all the same; it comes again, and is known then.
                self._messages.clear()
                if self._is_due():
                    await self._flush(None)
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), pauses.next())
        if self.archive.pending:
            await self._flush(None)
        if self._ended:
            await self._merge()
        await asyncio.to_thread(self.archive.write_manifest)

    async def _session(self) -> None:
        import nats
        from nats.js import errors

        client = await nats.connect(self.server.url, **self._options())
        try:
            context = client.jetstream(timeout=self.server.timeout)
            try:
                info = await context.stream_info(self.server.stream)
            except errors.NotFoundError:
                raise RuntimeError(f"there is no stream {self.server.stream} yet") from None
            identity = f"{self.server.stream} {getattr(info, 'created', None) or ''}".strip()
            self.archive.begin_stream(identity, info.state.first_seq)
            await self._make_consumer(context, info.state.first_seq)
            subscription = await context.pull_subscribe_bind(self.server.durable, self.server.stream)
            if self._away:
                self.say("the stream is there again")
                self._away = ""
            self._reached = True
            while not self._stop.is_set():
                room = min(_FETCH, self.most - len(self.archive.pending))
                found = []
                if room > 0:
                    with contextlib.suppress(asyncio.TimeoutError):
                        found = await subscription.fetch(room, timeout=min(1.0, max(0.1, self.every / 4)))
                await self._take(found)
                if not client.is_connected:
                    raise ConnectionError("the connection ended")
                if self._is_due() or (not found and self.until_empty and self.archive.pending):
                    await self._flush(client)
                    await self._account(context)
                    await self._merge()
                elif not found:
                    await self._account(context)
                if self._ended:
                    return
            if self.archive.pending:
                await self._flush(client)
        finally:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(client.close(), 5)

    async def _make_consumer(self, context: Any, first: int) -> None:
        from nats.js import api

        server = self.server
        config = api.ConsumerConfig(
            durable_name=server.durable,
            ack_policy=api.AckPolicy.EXPLICIT,
            ack_wait=server.ack_wait,
            deliver_policy=api.DeliverPolicy.ALL,
            filter_subject=server.subjects,
            max_ack_pending=self.most + _FETCH,
            max_deliver=-1,
        )
        info = await context.add_consumer(server.stream, config)
        floor = info.ack_floor.stream_seq if info.ack_floor else 0
        if any(last >= first for _, last in self.archive.unseen(floor or 0)):
            # The folder is older than the consumer, or another one has read with it: NATS would not give these messages again.
            self.say(f"the consumer {server.durable} has acknowledged messages that are not in this archive: it is made anew")
            await context.delete_consumer(server.stream, server.durable)
            await context.add_consumer(server.stream, config)

    def _options(self) -> dict[str, Any]:
        server = self.server

        async def quiet(_: Exception) -> None:
            """Errors come back from the calls, too."""

        return login(server.user, server.password, server.token, server.creds, server.tls) | {
            "name": "norface-fleet",
            # One place alone connects again: `run`.
            "allow_reconnect": False,
            "connect_timeout": max(1, int(server.timeout)),
            "max_outstanding_pings": 2,
            "ping_interval": 10,
            "error_cb": quiet,
        }

    async def _take(self, found: list[Any]) -> None:
        messages = []
        for one in found:
            metadata = one.metadata
            number = metadata.sequence.stream
            self._messages[number] = one
            key = (one.headers or {}).get("Nats-Msg-Id", "")
            messages.append(Message(number, metadata.timestamp.timestamp(), one.subject, key, one.data))
        if messages and not self.archive.pending:
            self._since = time.monotonic()
        await self._acknowledge(self.archive.take(messages))

    async def _acknowledge(self, numbers: list[int]) -> None:
        for number in numbers:
            message = self._messages.pop(number, None)
            if message is not None:
                # One that gets lost on its way is no harm: the message comes again, and is known.
                await message.ack()

    async def _merge(self) -> None:
        """A full disk is no reason to stop: what is not merged is only in more files."""
        if self.merge_after is None:
            return
        try:
            await asyncio.to_thread(self.archive.merge, self.merge_after, max(1.0, self.every / 4))
        except DISK as error:
            self.say(f"files were not merged: {error}")

    def _is_due(self) -> bool:
        pending = len(self.archive.pending)
        if not pending:
            return False
        full = pending >= self.most or self.archive.size >= self.most_bytes
        return full or time.monotonic() - self._since >= self.every

    async def _flush(self, client: Any) -> None:
        """Writes, again and again while the disk does not take it. `client` is None when nobody can be told."""
        pauses = Pauses(1, 60)
        told = ""
        while True:
            try:
                numbers = await asyncio.to_thread(self.archive.flush)
                if time.monotonic() >= self._next_manifest:
                    await asyncio.to_thread(self.archive.write_manifest)
                    self._next_manifest = time.monotonic() + 60
                break
            except DISK as error:
                reason = str(error)
                if reason != told:
                    self.say(f"{reason}; nothing of it is acknowledged; trying again")
                    told = reason
                if self._stop.is_set():
                    raise Failure(IO_ERROR, f"{reason}: what was not written stays in the stream") from None
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), pauses.next())
        if told:
            self.say("the disk takes files again")
        if client is not None and client.is_connected:
            await self._acknowledge(numbers)
            await client.flush(timeout=max(1, int(self.server.timeout)))
        else:
            self._messages.clear()

    async def _account(self, context: Any) -> None:
        """Holds what came against what the server says was to come."""
        info = await context.consumer_info(self.server.stream, self.server.durable)
        gaps = self.archive.unseen((info.ack_floor.stream_seq if info.ack_floor else 0) or 0)
        if gaps:
            first = (await context.stream_info(self.server.stream)).state.first_seq
            for number in _probes(gaps, first):
                if await self._is_there(context, number):
                    raise RuntimeError(f"message {number} was given to somebody else; one consumer is for one archive")
            await asyncio.to_thread(self.archive.lose, gaps)
        if self.until_empty and not info.num_pending and not info.num_ack_pending and not self.archive.pending:
            self._ended = True

    async def _is_there(self, context: Any, number: int) -> bool:
        from nats.js import errors

        try:
            await context.get_msg(self.server.stream, number)
        except errors.NotFoundError:
            return False
        return True


def _probes(gaps: list[tuple[int, int]], first: int) -> list[int]:
    """Numbers to ask for: what is before the stream's first message is gone, of long gaps both ends will do."""
    found: list[int] = []
    for begin, end in gaps:
        begin = max(begin, first)
        if begin <= end:
            found += range(begin, end + 1) if end - begin < 100 else (begin, end)
    return found
