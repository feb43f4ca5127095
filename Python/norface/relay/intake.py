"""From lines to items in the backlog: which are wanted, and what is missing between two connections."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from .backlog import Backlog, utc
from .errors import Failure
from .items import Item, Loss, made, parse
from .reading import Reader

# Lines that are no records: so many are named one by one.
_TOLD = 5


@dataclass
class Wanted:
    """What is handed on. A daemon filters by itself; for files it is done here."""

    sources: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()
    events_only: bool = False
    records_only: bool = False

    def takes(self, item: Item) -> bool:
        if self.sources and item.source is not None and item.source not in self.sources:
            return False
        if item.is_record:
            return not self.events_only
        # What tells of losses is never left out.
        if item.event in ("dropped", "gap"):
            return True
        return not self.records_only and (not self.events or item.event in self.events)


@dataclass
class Intake:
    """Reads in a thread of its own, so that a target that hangs is no slow subscriber of the daemon.

    `counted` says whether numbers of records follow each other (no `max_rate`), so that a gap between them can be told.
    """

    reader: Reader
    backlog: Backlog
    wanted: Wanted
    say: Callable[[str], None]
    counted: bool = True
    paced: bool = False
    connected: bool = False
    run: Item | None = None
    failure: Failure | None = None
    unread: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)
    _last: dict[str, int] = field(default_factory=dict)
    _unsure: set[str] = field(default_factory=set)
    _anchors: dict[tuple[str, int], float] = field(default_factory=dict)
    _away_since: float | None = None
    _away_reason: str = ""

    def start(self) -> None:
        threading.Thread(target=self._read, name="intake", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()
        self.backlog.close()

    def _read(self) -> None:
        try:
            for line in self.reader.lines(self._stop, self._state):
                self._take(line)
        except Failure as failure:
            self.failure = failure
        except Exception as error:  # noqa: BLE001 - a thread's error must end the command, not only the thread
            self.failure = Failure(70, f"reading failed: {error!r}")
        finally:
            # A file that was read stays there until its last line was handed on.
            self.backlog.close()

    def _state(self, up: bool, reason: str) -> None:
        if up:
            if self._away_since is not None:
                self.say(f"connected again after {time.monotonic() - self._away_since:.1f} s")
        elif self._away_since is None or reason != self._away_reason:
            self.say(f"{reason}; trying again")
        if not up:
            self._away_reason = reason
            if self._away_since is None:
                self._away_since = time.monotonic()
        self.connected = up

    def _take(self, line: bytes) -> None:
        try:
            item = parse(line, self.run_name)
        except (ValueError, RecursionError) as error:
            self.unread += 1
            if self.unread <= _TOLD:
                more = "; further ones are only counted" if self.unread == _TOLD else ""
                self.say(f"a line was passed over: {error}{more}")
            return
        if item.event == "run":
            self._begin(item)
        if item.event in ("refused", "closed"):
            # These are between the daemon and the relay. `dropped` and the event `gap` tell the others what is missing.
            self.say(f"the daemon says {item.event}: {item.data.get('reason', '')}")
            return
        if item.is_record:
            self._follow(item)
        if self.wanted.takes(item):
            if self.paced and item.is_record:
                self._keep_pace(item)
            self.backlog.put(item)

    @property
    def run_name(self) -> str:
        return str(self.run.data.get("started") or "") if self.run else ""

    def _begin(self, run: Item) -> None:
        """A run is described: the first line of each connection."""
        again = self.run is not None and self.run.data.get("started") == run.data.get("started")
        first = self.run is None
        self.run = run
        if again:
            self._unsure = set(self._last)
        else:
            self._last.clear()
            self._unsure.clear()
        if not first:
            seconds = None if self._away_since is None else round(time.monotonic() - self._away_since, 3)
            counted = again and self.counted
            self.backlog.put(
                made(
                    "gap",
                    time=utc(time.time()),
                    seconds=seconds,
                    counted=counted,
                    reason=self._away_reason or "the run began anew",
                )
            )
        self._away_since = None

    def _follow(self, item: Item) -> None:
        source, number = item.data["source"], item.data["seq"]
        if source in self._unsure:
            self._unsure.discard(source)
            missing = number - self._last[source] - 1
            if self.counted and missing > 0:
                self.backlog.miss(source, Loss(missing))
                self.backlog.tally.lost["not read while the daemon was away"] = (
                    self.backlog.tally.lost.get("not read while the daemon was away", 0) + missing
                )
        self._last[source] = number

    def _keep_pace(self, item: Item) -> None:
        place = (item.data["source"], item.data.get("epoch", 0))
        pts = float(item.data.get("pts") or 0)
        anchor = self._anchors.setdefault(place, time.monotonic() - pts)
        self._stop.wait(max(0.0, anchor + pts - time.monotonic()))
