"""Hands on what was read, for as long as it takes."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .backlog import Tally
from .errors import INCOMPLETE, UNAVAILABLE, Away, Failure, Refused
from .intake import Intake
from .items import Item
from .kinds.base import Target
from .pauses import Pauses


@dataclass
class Relay:
    """An intake and a target. `run` returns the exit code; it blocks until the input ends, a signal comes or all hope is gone."""

    intake: Intake
    target: Target
    say: Callable[[str], None]
    batch: int = 100
    # Seconds that a target may be away before the relay ends, and that a stop may take to hand on what waits.
    give_up: float | None = None
    drain: float = 5.0
    _stop: threading.Event = field(default_factory=threading.Event)
    _held: list[Item] = field(default_factory=list)
    _open: bool = False
    _told_state: bool | None = None
    _pauses: Pauses = field(default_factory=lambda: Pauses(0.2, 10))
    _away_since: float | None = None
    _away_reason: str = ""
    _deadline: float | None = None
    _told_losses: int = 0
    _next_telling: float = 0
    _refusal: str = ""
    _next_refusal: float = 0

    @property
    def tally(self) -> Tally:
        return self.intake.backlog.tally

    def run(self) -> int:
        self._watch_signals()
        self.intake.start()
        failure: Failure | None = None
        try:
            while not self._finished():
                self._step()
                self._tell_losses()
        except Failure as error:
            failure = error
        finally:
            self.intake.stop()
            for item in self._held:
                self.intake.backlog.lose(item, "left at the end")
            self.intake.backlog.abandon()
            self._close()
        failure = failure or self.intake.failure
        self._summary()
        if failure:
            self.say(failure.message)
            return failure.code
        return INCOMPLETE if sum(self.tally.lost.values()) + sum(self.tally.lost_events.values()) + self.intake.unread else 0

    def _watch_signals(self) -> None:
        def stop(number: int, _: Any) -> None:
            if self._stop.is_set():
                # The second one: whatever holds us, it holds us no longer.
                os._exit(128 + number)
            self._stop.set()
            self._deadline = time.monotonic() + self.drain
            # From a thread of its own: the handler runs in the middle of anything, perhaps of the backlog itself.
            threading.Thread(target=self._stop_reading, daemon=True).start()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)

    def _stop_reading(self) -> None:
        self.say("stopping; what waits is handed on first")
        self.intake.stop()

    def _finished(self) -> bool:
        if self._deadline is not None and time.monotonic() >= self._deadline:
            return True
        return self.intake.backlog.ended and not self._held

    def _step(self) -> None:
        try:
            if not self._open:
                self.target.open()
                self._open = True
                self._told_state = None
            up = self.intake.connected
            if up != self._told_state:
                self.target.available(up)
                self._told_state = up
            if not self._held:
                self._held = self.intake.backlog.take(min(self.batch, self.target.most_at_once), 0.25)
            if self._held:
                self._hand_on()
            # Only what was handed on shows that it is back: a webhook is opened without a word to anybody.
            if self._away_since is not None:
                self.say(f"the target takes lines again after {time.monotonic() - self._away_since:.1f} s")
            self._pauses.restart()
            self._away_since = None
        except Away as away:
            self._wait_for_target(away)

    def _hand_on(self) -> None:
        batch = self._held
        try:
            self.target.send(batch)
            left: list[Item] = []
        except Away as away:
            self._count(batch, away.left)
            self._held = away.left
            raise
        except Refused as refused:
            left = refused.left
            self._count(batch, [refused.item, *left])
            self.intake.backlog.lose(refused.item, f"refused: {refused.reason}")
            self._tell_refusal(refused.reason)
        else:
            self._count(batch, left)
        self._held = left

    def _tell_refusal(self, reason: str) -> None:
        """The same reason once in ten seconds: the numbers stand in the last line."""
        if reason != self._refusal or time.monotonic() >= self._next_refusal:
            self.say(f"refused: {reason}")
            self._refusal = reason
            self._next_refusal = time.monotonic() + 10

    def _count(self, batch: list[Item], left: list[Item]) -> None:
        remaining = {id(item) for item in left}
        for item in batch:
            if id(item) not in remaining:
                if item.is_record:
                    self.tally.records += 1
                else:
                    self.tally.events += 1

    def _wait_for_target(self, away: Away) -> None:
        now = time.monotonic()
        if self._away_since is None:
            self._away_since = now
        if away.reason != self._away_reason or self._pauses.fresh:
            self.say(f"{away.reason}; trying again")
            self._away_reason = away.reason
        self._close()
        if self.give_up is not None and now - self._away_since >= self.give_up:
            raise Failure(UNAVAILABLE, f"the target did not take anything for {self.give_up:g} s: {away.reason}")
        pause = max(self._pauses.next(), away.pause)
        if self._stop.is_set():
            pause = min(pause, 0.5)
            time.sleep(max(0.0, min(pause, (self._deadline or now) - now)))
        else:
            self._stop.wait(pause)

    def _close(self) -> None:
        if self._open:
            self._open = False
            self.target.close()

    def _tell_losses(self) -> None:
        lost = sum(self.tally.lost.values()) + sum(self.tally.lost_events.values())
        if lost > self._told_losses and time.monotonic() >= self._next_telling:
            self.say(f"{lost - self._told_losses} lines lost; the next records say how many")
            self._told_losses = lost
            self._next_telling = time.monotonic() + 10

    def _summary(self) -> None:
        tally = self.tally
        text = f"{tally.records} records and {tally.events} events handed on"
        for what, counts in (("records", tally.lost), ("events", tally.lost_events)):
            if counts:
                causes = ", ".join(f"{count} {cause}" for cause, count in sorted(counts.items()))
                text += f"; {what} lost: {causes}"
        if not tally.lost and not tally.lost_events:
            text += "; nothing lost"
        if self.intake.unread:
            text += f"; {self.intake.unread} lines passed over"
        self.say(text)
        for remark in self.target.remarks():
            self.say(remark)
