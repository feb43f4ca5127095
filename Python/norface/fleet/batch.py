"""Messages of the stream until they are files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any
from urllib.parse import quote

import orjson

_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})T(\d{2}):\d{2}:\d{2}(\.\d{1,9})?Z")
# A file name may have 255 bytes, and a staged one has the whole path in it.
_LONGEST = 120


@dataclass(frozen=True)
class Message:
    """A line of the stream.

    Attributes:
        number: in the stream.
        stored: when the stream took it, seconds since 1970.
        subject: its subject.
        key: its `Nats-Msg-Id`: RUN/SOURCE/SEQ of a record of a daemon.
        line: what it holds.
    """

    number: int
    stored: float
    subject: str
    key: str
    line: bytes


@dataclass(frozen=True)
class Group:
    """What stands in one file: records of one run, source and hour."""

    run: str
    source: str
    date: str
    hour: str

    @property
    def folder(self) -> str:
        return f"source={quote(self.source, safe='')}/date={self.date}/hour={self.hour}"


@dataclass
class Entry:
    """A record, with what is needed to file it."""

    message: Message
    data: dict[str, Any]
    group: Group
    seq: int
    has_time: bool


@dataclass
class Sorted:
    """Messages by what they are."""

    records: list[Entry] = field(default_factory=list)
    events: list[tuple[Message, dict[str, Any]]] = field(default_factory=list)
    # With the reason why they are no records.
    unreadable: list[tuple[Message, str]] = field(default_factory=list)


def sort_out(messages: Iterable[Message]) -> Sorted:
    """Parses messages. Nothing is left out: what is neither a record nor an event is `unreadable`."""
    result = Sorted()
    for message in messages:
        try:
            data = orjson.loads(message.line)
            if not isinstance(data, dict):
                raise ValueError("no JSON object")  # noqa: TRY004
            if "event" in data:
                if not isinstance(data["event"], str):
                    raise ValueError("the name of its event is no text")
                result.events.append((message, data))
            else:
                result.records.append(_record(message, data))
        except ValueError as error:
            result.unreadable.append((message, str(error)))
    return result


def _record(message: Message, data: dict[str, Any]) -> Entry:
    source, seq, time = data.get("source"), data.get("seq"), data.get("time")
    if not isinstance(source, str) or not source or "\0" in source:
        raise ValueError("no record: it has no source")
    if len(quote(source, safe="")) > _LONGEST:
        raise ValueError("the name of its source is too long for a folder")
    if not isinstance(seq, int) or isinstance(seq, bool) or not 0 <= seq < 1 << 62:
        raise ValueError("no record: it has no seq")
    if time is None:
        # Of files nobody knows when they were recorded; the hour in which the record came is all there is.
        stamp = datetime.fromtimestamp(message.stored, timezone.utc)
        date, hour = stamp.strftime("%Y-%m-%d"), stamp.strftime("%H")
    else:
        found = _TIME.fullmatch(time) if isinstance(time, str) else None
        if not found:
            raise ValueError("its time is none")
        # There is no minute 83, and no 30th of February.
        datetime.fromisoformat(time[:19])
        date, hour = found[1], found[2]
    return Entry(message, data, Group(run_of(message.key, source, seq), source, date, hour), seq, time is not None)


def run_of(key: str, source: str, seq: int) -> str:
    """When the run of a record was begun, from its key. Lines of files have other keys: their run is not known, and they are told
    apart by the key itself."""
    ending = f"/{source}/{seq}"
    return key[: -len(ending)] if key.endswith(ending) else ""
