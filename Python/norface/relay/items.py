"""Lines of the daemon as they are handed on."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field, replace
from typing import Any

_DROPPED = re.compile(rb'"dropped":\d+')
_DROPS = re.compile(rb'"drops":\{[^{}]*\}')


@dataclass
class Loss:
    """Frames of one source that were lost since its last record: their number, and of those the ones with a known cause."""

    frames: int = 0
    causes: dict[str, int] = field(default_factory=dict)

    def add(self, other: Loss) -> None:
        self.frames += other.frames
        for cause, count in other.causes.items():
            self.causes[cause] = self.causes.get(cause, 0) + count

    def __bool__(self) -> bool:
        return self.frames > 0


@dataclass(frozen=True)
class Item:
    """One line, without its end: a record (`event` is None) or an event.

    `key` names it for those who must not take it twice: run, source and number of a record, a hash of anything else.
    """

    line: bytes
    data: dict[str, Any]
    key: str

    @property
    def event(self) -> str | None:
        return self.data.get("event")

    @property
    def is_record(self) -> bool:
        return "event" not in self.data

    @property
    def source(self) -> str | None:
        return self.data.get("source")

    @property
    def size(self) -> int:
        return len(self.line)

    @property
    def loss(self) -> Loss:
        """What the record says was lost before it."""
        if not self.is_record:
            return Loss()
        return Loss(self.data.get("dropped", 0), dict(self.data.get("drops") or {}))

    def after(self, loss: Loss) -> Item:
        """The same record after `loss`: `dropped` and `drops` have grown, all other bytes are as they were."""
        if not loss:
            return self
        told = self.loss
        told.add(loss)
        head = b'"dropped":%d' % told.frames
        line, found = _DROPPED.subn(head, self.line, count=1)
        if not found:
            line = b"{" + head + b"," + self.line.lstrip()[1:]
        data = dict(self.data, dropped=told.frames)
        if told.causes:
            causes = b'"drops":' + json.dumps(told.causes, separators=(",", ":")).encode()
            line, found = _DROPS.subn(lambda _: causes, line, count=1)
            if not found:
                line = line.replace(head, head + b"," + causes, 1)
            data["drops"] = told.causes
        return replace(self, line=line, data=data)


def parse(line: bytes, run: str = "") -> Item:
    """The item of a line.

    Raises:
        ValueError: it is no JSON object, or neither a record nor an event.
    """
    data = json.loads(line)
    if not isinstance(data, dict) or ("event" not in data and not ("source" in data and "seq" in data)):
        raise ValueError("neither a record nor an event")
    line = line.strip()
    if run and "event" not in data:
        # Two relays of one daemon give a record the same name, whatever each of them lost before it.
        key = f"{run}/{data['source']}/{data['seq']}"
    else:
        key = hashlib.blake2b(run.encode() + line, digest_size=16).hexdigest()
    return Item(line, data, key)


def made(event: str, **values: Any) -> Item:
    """An event of the relay's own. Keys without a value are left out."""
    data = {"v": 1, "event": event, **{name: value for name, value in values.items() if value is not None}}
    return parse(json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode())
