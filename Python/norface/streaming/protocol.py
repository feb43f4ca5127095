"""What is said over the socket, without the socket."""

from __future__ import annotations

import os
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, cast

import orjson

from .lines import Event, Line

DEFAULT_SOCKET = "/run/norface/norfaced.sock"
VERSION = 1
Events = Literal[True, False, "only"]
# A line of a record with 468 landmarks and 64 faces is below this; without a bound a broken peer could take all memory.
LINE_LIMIT = 16 << 20


class StreamRefusedError(ValueError):
    """The daemon did not understand or allow what was asked; the text is its own."""


class StreamClosedError(ConnectionError):
    """The daemon ended the subscription; the text says why."""


@dataclass(frozen=True)
class Request:
    """What a stream asks for."""

    sources: tuple[str, ...] | None
    events: Events
    fields: tuple[str, ...] | None
    max_rate: float | None
    policy: str | None

    @classmethod
    def checked(
        cls,
        sources: str | Iterable[str] | None,
        events: Events,
        fields: str | Iterable[str] | None,
        max_rate: float | None,
        policy: str | None,
    ) -> Request:
        """Makes a request of a caller's arguments.

        Raises:
            ValueError: an argument is none that the daemon takes.
        """
        if events not in (True, False, "only"):
            raise ValueError('events must be True, False or "only"')
        if max_rate is not None and not 0.001 <= max_rate <= 1000:
            raise ValueError("max_rate must be 0.001 to 1000 records a second")
        if policy not in (None, "drop", "disconnect"):
            raise ValueError('policy must be "drop" or "disconnect"')
        return cls(_names(sources), events, _names(fields), max_rate, policy)

    def line(self) -> bytes:
        """The line that asks; empty when the daemon's own way is asked for."""
        asked: dict[str, Any] = {}
        if self.sources is not None:
            asked["sources"] = self.sources
        if self.fields is not None:
            asked["fields"] = self.fields
        if self.max_rate is not None:
            asked["max_rate"] = self.max_rate
        if self.events == "only":
            asked["events_only"] = True
        if self.policy is not None:
            asked["policy"] = self.policy
        return orjson.dumps(asked) + b"\n" if asked else b""


def _names(names: str | Iterable[str] | None) -> tuple[str, ...] | None:
    return None if names is None else (names,) if isinstance(names, str) else tuple(names)


def marker_line(text: str, only: bool = False) -> bytes:
    """The line that places a marker; `only` asks for no records beside.

    Raises:
        ValueError: the text is empty or longer than 256 bytes.
    """
    if not 1 <= len(text.encode()) <= 256:
        raise ValueError("a marker has 1 to 256 bytes")
    return orjson.dumps({"marker": text, "events_only": True} if only else {"marker": text}) + b"\n"


def unreachable(error: OSError, path: str) -> OSError:
    """An error of connecting, with the path and what to look at."""
    if error.errno is None:
        return error
    return type(error)(error.errno, f"{os.strerror(error.errno)}; is norfaced running?", path)


class LineParser:
    """Takes bytes as they come and gives whole lines as objects."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[dict[str, Any]]:
        """The objects that are whole now.

        Raises:
            StreamClosedError: what comes is not what a daemon sends.
        """
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LINE_LIMIT:
            raise StreamClosedError("a line without an end: this is no norfaced")
        for line in lines:
            if not line.strip():
                continue
            try:
                value = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                raise StreamClosedError(f"a line that is no JSON: this is no norfaced ({error})") from error
            if not isinstance(value, dict):
                raise StreamClosedError("a line that is no JSON object: this is no norfaced")
            yield value


class Session:
    """The state of a stream over all its connections.

    Attributes:
        run: the description of the run, from the first line of the newest connection; None before.
        dropped: frames that the records given so far told as lost.
        reconnects: how often the connection was made anew.
    """

    def __init__(self, request: Request) -> None:
        self.request = request
        self.run: dict[str, Any] | None = None
        self.dropped = 0
        self.reconnects = 0

    def take(self, value: dict[str, Any]) -> Line | None:
        """The line for the caller; None where it is not for them.

        Raises:
            StreamRefusedError: the daemon refuses the request.
            StreamClosedError: it ends the subscription.
        """
        if value.get("v", VERSION) != VERSION:
            raise StreamRefusedError(f"records of version {value['v']}; this package reads {VERSION}")
        event = value.get("event")
        source = value.get("source")
        # Lines that were on their way before the request arrived are of all sources.
        is_mine = self.request.sources is None or source is None or source in self.request.sources
        if event is None:
            if self.request.events == "only" or not is_mine:
                return None
            self.dropped += value.get("dropped", 0)
            return cast(Line, value)
        if event == "run":
            self.run = {key: item for key, item in value.items() if key != "event"}
            return None
        if event == "refused":
            raise StreamRefusedError(value.get("reason", "no reason was given"))
        if event == "closed":
            raise StreamClosedError(value.get("reason", "no reason was given"))
        return cast(Line, value) if self.request.events and is_mine else None

    def own_event(self, **keys: Any) -> list[Event]:
        """An event of this side, where events are asked for."""
        return [cast(Event, keys)] if self.request.events else []


class Backoff:
    """Pauses that grow from a quarter of a second to `limit`, each a little different, so that not all come back at once."""

    def __init__(self, limit: float = 30.0) -> None:
        self.limit = limit
        self.reset()

    def reset(self) -> None:
        """The next pause is the shortest again."""
        self._next = 0.25

    def pause(self) -> float:
        """Seconds to wait now."""
        pause = self._next * random.uniform(0.8, 1.2)
        self._next = min(self.limit, self._next * 2)
        return min(self.limit, pause)
