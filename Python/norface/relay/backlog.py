"""What was read and not yet handed on."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field

from .items import Item, Loss, made

LATE = "events that the relay could not hand on in time"


@dataclass
class Tally:
    """Counts for the last line on standard error."""

    records: int = 0
    events: int = 0
    # Records by the cause of their loss.
    lost: dict[str, int] = field(default_factory=dict)
    lost_events: dict[str, int] = field(default_factory=dict)

    def lose(self, item: Item, cause: str) -> None:
        counts = self.lost if item.is_record else self.lost_events
        counts[cause] = counts.get(cause, 0) + 1


class Backlog:
    """A queue of `limit` bytes of records, and of a sixteenth of it (64 KiB at least) of events beside them.

    When it is full `put` waits (`wait`), or the oldest lines go: the source's next record then tells how many frames are
    missing, as the daemon's own queues do, and an event `dropped` tells of events.
    """

    def __init__(self, limit: int, wait: bool) -> None:
        self.tally = Tally()
        self._wait = wait
        self._limits = {True: limit, False: max(limit // 16, 65536)}
        self._sizes = {True: 0, False: 0}
        # Records and events apart, each with the number that puts them in one order again.
        self._lines: dict[bool, deque[tuple[int, Item]]] = {True: deque(), False: deque()}
        self._next = 0
        self._missing: dict[str | None, Loss] = {}
        self._missing_events: dict[str, int] = {}
        # Whether they are told at once, or only with the next line: the telling itself was refused.
        self._urgent = False
        self._closed = False
        self._changed = threading.Condition()

    def put(self, item: Item) -> None:
        """Adds an item; after `close` it counts as lost."""
        kind = item.is_record
        with self._changed:
            while self._wait and self._lines[kind] and self._sizes[kind] + item.size > self._limits[kind] and not self._closed:
                self._changed.wait()
            if self._closed:
                self.tally.lose(item, "left at the end")
                return
            self._lines[kind].append((self._next, item))
            self._next += 1
            self._sizes[kind] += item.size
            # The newest stays, whatever its size.
            while not self._wait and self._sizes[kind] > self._limits[kind] and len(self._lines[kind]) > 1:
                _, oldest = self._lines[kind].popleft()
                self._sizes[kind] -= oldest.size
                self._lose(oldest, "the target was too slow", LATE)
            self._changed.notify_all()

    def miss(self, source: str, loss: Loss) -> None:
        """Frames of a source that never came here: its next record tells of them."""
        with self._changed:
            self._missing.setdefault(source, Loss()).add(loss)

    def lose(self, item: Item, cause: str) -> None:
        """Counts an item that was taken and cannot be handed on."""
        with self._changed:
            self._lose(item, cause, cause)

    def _lose(self, item: Item, cause: str, told: str) -> None:
        if item.event == "dropped":
            # Its number must not be lost with it; it is no loss of its own.
            self._missing_events[told] = self._missing_events.get(told, 0) + int(item.data.get("count", 0))
            self._urgent = False
            return
        self.tally.lose(item, cause)
        if item.is_record:
            loss = item.loss
            loss.frames += 1
            self._missing.setdefault(item.source, Loss()).add(loss)
        else:
            self._missing_events[told] = self._missing_events.get(told, 0) + 1
            self._urgent = True

    def take(self, most: int, timeout: float) -> list[Item]:
        """The oldest items, `most` of them at most, once there are any; none after `timeout` seconds or at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._lines[True] or self._lines[False] or self._urgent or self._closed, timeout)
            taken: list[Item] = []
            if self._urgent or self._lines[True] or self._lines[False]:
                for reason, count in self._missing_events.items():
                    taken.append(made("dropped", count=count, reason=reason, time=utc(time.time())))
                self._missing_events.clear()
                self._urgent = False
            # A line comes with it where there is one: the telling alone, refused each time, would hold it for ever.
            most += len(taken)
            while len(taken) < most and (self._lines[True] or self._lines[False]):
                kind = min((k for k in (True, False) if self._lines[k]), key=lambda k: self._lines[k][0][0])
                _, item = self._lines[kind].popleft()
                self._sizes[kind] -= item.size
                if item.is_record and item.source in self._missing:
                    item = item.after(self._missing.pop(item.source))
                taken.append(item)
            self._changed.notify_all()
            return taken

    def close(self) -> None:
        """Nothing more is added; what is there can still be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def abandon(self) -> None:
        """Counts all that still waits as lost."""
        with self._changed:
            for kind in (True, False):
                for _, item in self._lines[kind]:
                    self.tally.lose(item, "left at the end")
                self._lines[kind].clear()
                self._sizes[kind] = 0

    @property
    def ended(self) -> bool:
        with self._changed:
            return self._closed and not any(self._lines.values()) and not self._urgent


def utc(seconds: float) -> str:
    """A time as the records write it."""
    whole, part = divmod(round(seconds * 1000), 1000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole)) + f".{part:03d}Z"
