"""Redis Streams: `norface:SOURCE:faces` and `norface:SOURCE:events`."""

from __future__ import annotations

import contextlib
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..credentials import secret, without_password
from ..errors import UNAVAILABLE, Away, Failure, Refused
from ..items import Item
from ..topics import topic
from .base import Target, library


@dataclass
class Redis(Target):
    """Each line is an entry with the fields `line` and `key`. When an answer was lost, the ends of the streams are read before
    the lines are sent again, so that nothing stands there twice."""

    url: str
    prefix: str
    most: int
    user: str | None
    password: str | None
    timeout: float
    _client: Any = None
    _unsure: bool = False

    @staticmethod
    def add_options(parser: ArgumentParser) -> None:
        parser.add_argument(
            "--url", default="redis://localhost:6379/0", help="redis://, rediss:// (TLS) or unix:// (redis://localhost:6379/0)"
        )
        parser.add_argument("--user", help="user name")
        parser.add_argument("--password-file", metavar="FILE", help="its first line; else $NORFACE_RELAY_PASSWORD")
        parser.add_argument("--ca", metavar="FILE", help="certificate authority for rediss://")
        parser.add_argument("--prefix", default="norface", help="of all streams (norface)")
        parser.add_argument(
            "--maxlen", type=int, default=100_000, metavar="N", help="entries that a stream keeps, about (100000; 0 all)"
        )

    @classmethod
    def of(cls, options: Namespace) -> Redis:
        url = without_password(options.url, "--password-file")
        if options.ca and url.startswith("rediss://"):
            url += ("&" if "?" in url else "?") + f"ssl_ca_certs={options.ca}"
        password = secret(options.password_file, "NORFACE_RELAY_PASSWORD")
        return cls(url, options.prefix, options.maxlen, options.user, password, options.timeout)

    def open(self) -> None:
        redis = library("redis", "redis")
        try:
            self._client = redis.Redis.from_url(
                self.url,
                username=self.user,
                password=self.password,
                socket_timeout=self.timeout,
                socket_connect_timeout=self.timeout,
                retry=None,
                client_name="norface-relay",
            )
            self._client.ping()
        except ValueError as error:
            raise Failure(64, f"--url: {error}") from None
        except redis.RedisError as error:
            raise self._problem(error, []) from None

    def send(self, items: Sequence[Item]) -> None:
        import redis

        left = list(items)
        try:
            if self._unsure:
                left = self._without_known(left)
                self._unsure = False
            with self._client.pipeline(transaction=False) as pipeline:
                for item in left:
                    limit = {"maxlen": self.most, "approximate": True} if self.most else {}
                    pipeline.xadd(topic(self.prefix, ":", item), {"line": item.line, "key": item.key}, **limit)
                answers = pipeline.execute(raise_on_error=False)
        except redis.RedisError as error:
            # Some of them may have arrived.
            self._unsure = True
            raise self._problem(error, left) from None
        self._look_at(left, answers)

    def _look_at(self, items: list[Item], answers: list[Any]) -> None:
        failed = [(item, answer) for item, answer in zip(items, answers, strict=True) if isinstance(answer, Exception)]
        if not failed:
            return
        item, error = failed[0]
        if str(error).startswith("WRONGTYPE"):
            raise Refused(f"{topic(self.prefix, ':', item)} is no stream", item, [other for other, _ in failed[1:]])
        raise self._problem(error, [item for item, _ in failed])

    def _without_known(self, items: list[Item]) -> list[Item]:
        streams = {topic(self.prefix, ":", item) for item in items}
        known: set[bytes] = set()
        for stream in sorted(streams):
            for _, fields in self._client.xrevrange(stream, count=2 * len(items)):
                known.add(fields.get(b"key", b""))
        return [item for item in items if item.key.encode() not in known]

    def _problem(self, error: Exception, left: list[Item]) -> Exception:
        import redis

        if isinstance(error, redis.AuthenticationError) or str(error).startswith(("NOAUTH", "WRONGPASS", "NOPERM")):
            return Failure(UNAVAILABLE, f"{self.url}: {error}")
        return Away(f"{self.url}: {error}", left)

    def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            # What is broken need not be closed well.
            with contextlib.suppress(Exception):
                client.close()
