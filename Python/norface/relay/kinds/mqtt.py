"""An MQTT broker: `norface/SOURCE/faces`, `norface/SOURCE/events`, and who is there in `norface/available`."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import threading
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..credentials import secret
from ..errors import UNAVAILABLE, Away, Failure
from ..items import Item
from ..tls import add_tls_options, tls_context
from ..topics import name_of, topic
from .base import Target, library

_WRONG_CREDENTIALS = {"Bad user name or password", "Not authorized", "Banned", "Bad authentication method"}


@dataclass
class MQTT(Target):
    """`available` is retained, as Frigate's: `online` while lines of the daemon reach the broker, else `offline`, by the broker
    itself (last will) when the relay dies. `norface/SOURCE/available` is the same of a source, and `norface/run` the run."""

    host: str
    port: int
    prefix: str
    quality: int
    client_id: str
    user: str | None
    password: str | None
    tls: ssl.SSLContext | None
    timeout: float
    _client: Any = None
    _answer: Any = None
    _answered: threading.Event = field(default_factory=threading.Event)
    _sources: dict[str, bool] = field(default_factory=dict)

    @staticmethod
    def add_options(parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="localhost", help="the broker (localhost)")
        parser.add_argument("--port", type=int, help="1883, or 8883 with --tls")
        parser.add_argument("--user", help="user name")
        parser.add_argument("--password-file", metavar="FILE", help="its first line; else $NORFACE_RELAY_PASSWORD")
        add_tls_options(parser)
        parser.add_argument("--prefix", default="norface", help="of all topics (norface)")
        parser.add_argument("--qos", type=int, choices=(0, 1, 2), default=1, help="0 at most once, 1 at least once, 2 once (1)")
        parser.add_argument("--client-id", help="(norface-HOST-PROCESS); two of one name end each other")

    @classmethod
    def of(cls, options: Namespace) -> MQTT:
        tls = tls_context(options)
        return cls(
            options.host,
            options.port or (8883 if tls else 1883),
            options.prefix.strip("/"),
            options.qos,
            options.client_id or f"norface-{socket.gethostname()}-{os.getpid()}",
            options.user,
            secret(options.password_file, "NORFACE_RELAY_PASSWORD"),
            tls,
            options.timeout,
        )

    def open(self) -> None:
        mqtt = library("paho.mqtt.client", "paho-mqtt 2")
        self._answered.clear()
        client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=self.client_id, reconnect_on_failure=False)
        client.on_connect = self._connected
        client.connect_timeout = self.timeout
        client.max_inflight_messages_set(1000)
        if self.user is not None:
            client.username_pw_set(self.user, self.password)
        if self.tls is not None:
            client.tls_set_context(self.tls)
        client.will_set(self._topic("available"), "offline", qos=1, retain=True)
        where = f"{self.host}:{self.port}"
        try:
            client.connect(self.host, self.port, keepalive=15)
        except ssl.SSLCertVerificationError as error:
            raise Failure(UNAVAILABLE, f"{where}: {error.verify_message}") from None
        except (OSError, ValueError) as error:
            raise Away(f"{where}: {getattr(error, 'strerror', None) or error}") from None
        self._client = client
        client.loop_start()
        if not self._answered.wait(self.timeout):
            self.close()
            raise Away(f"{where}: no answer within {self.timeout:g} s")
        if self._answer.is_failure:
            self.close()
            if str(self._answer) in _WRONG_CREDENTIALS:
                raise Failure(UNAVAILABLE, f"{where}: {self._answer}")
            raise Away(f"{where}: {self._answer}")

    def _connected(self, _client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self._answer = reason
        self._answered.set()

    def available(self, up: bool) -> None:
        word = "online" if up else "offline"
        sent = [self._client.publish(self._topic("available"), word, qos=1, retain=True)]
        if not up:
            for source in self._sources:
                sent.append(self._client.publish(self._topic(name_of(source), "available"), word, qos=1, retain=True))
            self._sources.clear()
        self._wait([(info, None) for info in sent])

    def send(self, items: Sequence[Item]) -> None:
        sent: list[tuple[Any, Item | None]] = []
        for item in items:
            self._tell_source(item, sent)
            if item.event == "run":
                sent.append((self._client.publish(self._topic("run"), item.line, qos=self.quality, retain=True), None))
            sent.append((self._client.publish(topic(self.prefix, "/", item), item.line, qos=self.quality), item))
        self._wait(sent)

    def _tell_source(self, item: Item, sent: list[tuple[Any, Item | None]]) -> None:
        if item.source is None:
            return
        up = item.event not in ("stream_lost", "ended")
        if (item.is_record or item.event in ("stream_lost", "ended", "recovered")) and self._sources.get(item.source) != up:
            self._sources[item.source] = up
            where = self._topic(name_of(item.source), "available")
            sent.append((self._client.publish(where, "online" if up else "offline", qos=1, retain=True), None))

    def _wait(self, sent: list[tuple[Any, Item | None]]) -> None:
        """Until all are acknowledged."""
        deadline = time.monotonic() + self.timeout
        for info, _ in sent:
            while not _arrived(info):
                # What was published without a connection never arrives: the client is made anew, and knows nothing of it.
                if not self._client.is_connected():
                    self._give_back(sent, "the broker ended the connection")
                if time.monotonic() > deadline:
                    self._give_back(sent, f"the broker acknowledged nothing for {self.timeout:g} s")
                try:
                    info.wait_for_publish(0.2)
                except (RuntimeError, ValueError) as error:
                    self._give_back(sent, str(error))
            # Slow is not silent: as long as something is acknowledged, the others may come.
            deadline = time.monotonic() + self.timeout

    def _give_back(self, sent: list[tuple[Any, Item | None]], reason: str) -> None:
        left = [item for info, item in sent if item is not None and not _arrived(info)]
        raise Away(f"{self.host}:{self.port}: {reason}", left)

    def _topic(self, *parts: str) -> str:
        return "/".join([self.prefix, *parts] if self.prefix else parts)

    def close(self) -> None:
        client, self._client = self._client, None
        if client is None:
            return
        if client.is_connected():
            # A clean end has no last will.
            info = client.publish(self._topic("available"), "offline", qos=1, retain=True)
            with contextlib.suppress(RuntimeError, ValueError):
                info.wait_for_publish(min(self.timeout, 2))
        client.disconnect()
        client.loop_stop()
        self._sources.clear()


def _arrived(info: Any) -> bool:
    try:
        return bool(info.is_published())
    except (RuntimeError, ValueError):
        return False
