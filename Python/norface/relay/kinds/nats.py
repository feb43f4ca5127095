"""NATS JetStream: `norface.SOURCE.faces` and `norface.SOURCE.events`, each line once."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import ssl
import threading
from argparse import ArgumentParser, Namespace
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ..credentials import path_of, secret, without_password
from ..errors import NO_INPUT, UNAVAILABLE, Away, Failure, Refused
from ..items import Item
from ..tls import add_tls_options, tls_context
from ..topics import topic
from .base import Target, library

T = TypeVar("T")


def add_login_options(parser: ArgumentParser) -> None:
    """Adds what a server may want of whoever connects: names, tokens, credentials, TLS."""
    parser.add_argument("--user", help="user name")
    parser.add_argument("--password-file", metavar="FILE", help="its first line; else $NORFACE_RELAY_PASSWORD")
    parser.add_argument("--token-file", metavar="FILE", help="its first line; else $NORFACE_RELAY_TOKEN")
    parser.add_argument("--creds-file", metavar="FILE", help="JWT and key, as `nsc` writes them")
    add_tls_options(parser)


def creds_file(options: Namespace) -> str | None:
    """The file of --creds-file; None without it.

    Raises:
        Failure: there is none.
    """
    if not options.creds_file:
        return None
    path = path_of(options.creds_file)
    if not path.is_file():
        raise Failure(NO_INPUT, f"{path}: no such file")
    return str(path)


def login(user: str | None, password: str | None, token: str | None, creds: str | None, tls: Any) -> dict[str, Any]:
    """What `nats.connect` is told of who connects, and how."""
    options: dict[str, Any] = {"tls": tls} if tls else {}
    if user is not None:
        options |= {"user": user, "password": password or ""}
    if token is not None:
        options["token"] = token
    if creds is not None:
        options["user_credentials"] = creds
    return options


@dataclass
class NATS(Target):
    """Every line has `Nats-Msg-Id`: what is sent again within the stream's window (two minutes) is stored once, and so is what
    two relays of one daemon send. The client's own loop runs in a thread, for the server wants answers between batches, too."""

    server: str
    stream: str
    prefix: str
    most_bytes: int
    user: str | None
    password: str | None
    token: str | None
    creds: str | None
    tls: ssl.SSLContext | None
    timeout: float
    _client: Any = None
    _context: Any = None
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _thread: threading.Thread | None = None

    @staticmethod
    def add_options(parser: ArgumentParser) -> None:
        parser.add_argument("--server", default="nats://localhost:4222", help="(nats://localhost:4222)")
        parser.add_argument("--stream", default="NORFACE", help="made, when no stream takes the subjects (NORFACE)")
        parser.add_argument("--max-bytes", type=int, default=1 << 30, metavar="N", help="of a stream that is made (1 GiB)")
        parser.add_argument("--prefix", default="norface", help="of all subjects (norface)")
        add_login_options(parser)

    @classmethod
    def of(cls, options: Namespace) -> NATS:
        return cls(
            without_password(options.server, "--password-file"),
            options.stream,
            options.prefix,
            options.max_bytes,
            options.user,
            secret(options.password_file, "NORFACE_RELAY_PASSWORD"),
            secret(options.token_file, "NORFACE_RELAY_TOKEN"),
            creds_file(options),
            tls_context(options),
            options.timeout,
        )

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        if self._thread is None:
            self._thread = threading.Thread(target=self._loop.run_forever, name="nats", daemon=True)
            self._thread.start()
        return asyncio.run_coroutine_threadsafe(asyncio.wait_for(work, self.timeout * 1.5), self._loop).result(self.timeout * 2)

    def open(self) -> None:
        library("nats", "nats-py")
        try:
            self._run(self._connect())
        except Exception as error:  # noqa: BLE001 - sorted below
            self.close()
            raise self._problem(error, []) from None

    async def _connect(self) -> None:
        import nats

        async def quiet(_: Exception) -> None:
            """Its errors come back from the calls, too."""

        options = login(self.user, self.password, self.token, self.creds, self.tls)
        self._client = await nats.connect(
            self.server,
            name="norface-relay",
            allow_reconnect=False,
            connect_timeout=max(1, int(self.timeout)),
            max_outstanding_pings=2,
            ping_interval=10,
            error_cb=quiet,
            **options,
        )
        self._context = self._client.jetstream(timeout=self.timeout)
        await self._make_stream()

    async def _make_stream(self) -> None:
        from nats.js import api, errors

        subjects = [f"{self.prefix}.>"]
        try:
            await self._context.find_stream_name_by_subject(subjects[0])
        except errors.NotFoundError:
            config = api.StreamConfig(
                name=self.stream, subjects=subjects, max_bytes=self.most_bytes, discard=api.DiscardPolicy.OLD
            )
            await self._context.add_stream(config)

    def send(self, items: Sequence[Item]) -> None:
        try:
            answers = self._run(self._publish(items))
        except Exception as error:  # noqa: BLE001 - sorted below
            raise self._problem(error, list(items)) from None
        failed = [(item, answer) for item, answer in zip(items, answers, strict=True) if isinstance(answer, BaseException)]
        if failed:
            item, error = failed[0]
            if type(error).__name__ == "MaxPayloadError":
                raise Refused(f"a line of {item.size} bytes is more than the server takes", item, [i for i, _ in failed[1:]])
            raise self._problem(error, [item for item, _ in failed])

    async def _publish(self, items: Sequence[Item]) -> list[Any]:
        """All at once, in their order; each answer is an acknowledgement or an exception."""
        calls = [
            self._context.publish(topic(self.prefix, ".", item), item.line, headers={"Nats-Msg-Id": item.key}) for item in items
        ]
        return await asyncio.gather(*calls, return_exceptions=True)

    def _problem(self, error: BaseException, left: list[Item]) -> Exception:
        name = type(error).__name__
        text = str(error) or name
        if isinstance(error, Failure):
            return error
        if "authorization" in text.lower() or name == "AuthorizationError":
            return Failure(UNAVAILABLE, f"{self.server}: {text}")
        if name == "ServiceUnavailableError":
            text = "JetStream is not enabled"
        elif isinstance(error, asyncio.TimeoutError | concurrent.futures.TimeoutError | TimeoutError):
            text = f"no answer within {self.timeout:g} s"
        return Away(f"{self.server}: {text}", left)

    def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            # What is broken need not be closed well.
            with contextlib.suppress(Exception):
                self._run(client.close())
