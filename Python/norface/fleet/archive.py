"""From messages to files, each record once."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from .batch import Entry, Message, Sorted, sort_out
from .books import FORMAT, Books, Change
from .durable import write_file
from .merging import merge
from .parts import Stage
from .ranges import Ranges
from .runs import Runs

# What a full or broken disk raises.
DISK = (OSError, sqlite3.Error)
_TOLD = 20
_LISTED = 10_000


class Archive:
    """A folder of Parquet. `take` messages, `flush` them; what `flush` returns is on the disk for good and may be acknowledged.

    Args:
        folder: made where it is missing.
        say: takes messages for people.
        fault: called with the name of each step, for tests that stop it there.

    Raises:
        Failure: another one writes to it, or its books are damaged.
    """

    def __init__(self, folder: Path, say: Callable[[str], None], fault: Callable[[str], None] = lambda _: None) -> None:
        self.folder = folder
        self._say = say
        self._fault = fault
        self.books = Books(folder, fault)
        self._runs = Runs(self.books.folder / "runs")
        self.pending: dict[int, Message] = {}
        self.size = 0
        # When the stream took the newest message, which is the archive's clock.
        self._newest = 0.0
        # What this process has seen, for its last line and its exit code.
        self.tally = {"records": 0, "events": 0, "duplicates": 0, "unreadable": 0, "missing": 0, "lost in the stream": 0}
        if self.books.recovered:
            say(f"{self.books.recovered} files of the last run have got their names now")

    def begin_stream(self, identity: str, first: int) -> None:
        """Tells which stream the next messages are of, and the number of the first one it holds."""
        if self.books.begin_stream(identity):
            self.pending.clear()
            self.size = 0
            self._say("the stream was made anew; its messages are counted anew")
        if not self.books.done and first > 1:
            self._say(f"the stream begins with message {first}: what came before it is not in this archive")
            self.lose([(1, first - 1)])

    def take(self, messages: Iterable[Message]) -> list[int]:
        """Takes messages. Returns the numbers of those that are on the disk already, which may be acknowledged."""
        known = []
        for message in messages:
            if message.number in self.books.done:
                known.append(message.number)
            elif message.number not in self.pending:
                self.pending[message.number] = message
                self.size += len(message.line) + len(message.key) + 200
        return known

    def flush(self) -> list[int]:
        """Writes all that was taken. Returns the numbers that may be acknowledged.

        Raises:
            OSError, sqlite3.Error: the disk does not take it. What was taken is kept; call it again.
            Failure: a file of the archive is gone.
        """
        self.books.finish()
        waiting = [message for number, message in sorted(self.pending.items()) if number not in self.books.done]
        if waiting:
            try:
                self._write(waiting)
            except DISK:
                self.books.discard()
                raise
        numbers = list(self.pending)
        self.pending.clear()
        self.size = 0
        return numbers

    def _write(self, waiting: list[Message]) -> None:
        sorted_out = sort_out(waiting)
        self._runs.add(data for _, data in sorted_out.events if data["event"] == "run")
        self._newest = max(self._newest, *(message.stored for message in waiting))
        change = Change(newest=self._newest)
        for message in waiting:
            change.numbers.add(message.number)
        entries, events = self._once(sorted_out, change), sorted_out.events
        stage = Stage(self.books.staged, self._runs, self.books.generation)
        change.parts, bad = stage.records(entries)
        unreadable = sorted_out.unreadable + bad
        change.parts += stage.events(events) + stage.unreadable(unreadable)
        self._fault("written")
        self._count(entries, {message.number for message, _ in bad}, events, unreadable, change)
        gaps = self.books.commit(change)
        # What the tables were made of.
        self.books.discard()
        self._tell(gaps, unreadable, events)

    def _once(self, found: Sorted, change: Change) -> list[Entry]:
        """Leaves out records that the archive has, or that come twice in one batch.

        Events are known by their number in the stream alone: keys of all of them would be more than the records.
        """
        seen: set[str] = set()

        def is_new(message: Message) -> bool:
            if not message.key:
                return True
            if message.key in seen or self.books.has_key(message.key):
                return False
            seen.add(message.key)
            change.keys.append((message.key, message.stored))
            return True

        entries = []
        fresh: dict[tuple[str, str], Ranges] = {}
        for one in found.records:
            key = (one.group.source, one.group.run)
            if one.group.run:
                mine = fresh.setdefault(key, Ranges())
                new = one.seq not in mine and one.seq not in self.books.held(*key)
                mine.add(one.seq)
            else:
                new = is_new(one.message)
            if new:
                entries.append(one)
            else:
                change.count(one.group.source, "duplicates")
        return entries

    def _count(
        self,
        entries: list[Entry],
        bad: set[int],
        events: list[tuple[Message, dict[str, Any]]],
        unreadable: list[tuple[Message, str]],
        change: Change,
    ) -> None:
        for one in entries:
            if one.message.number in bad:
                continue
            source = one.group.source
            change.count(source, "records")
            if one.group.run:
                change.records.setdefault((source, one.group.run), Ranges()).add(one.seq)
            else:
                change.count(source, "without_run")
            if not one.has_time:
                change.count(source, "without_time")
            dropped = one.data.get("dropped")
            if isinstance(dropped, int):
                change.count(source, "frames_dropped", dropped)
        for _, data in events:
            source = str(data.get("source") or "")
            change.count(source, "events")
            if data["event"] == "dropped" and isinstance(data.get("count"), int):
                change.count(source, "events_dropped", data["count"])
            if data["event"] == "gap" and not data.get("counted"):
                change.count(source, "uncounted_gaps")
        change.count("", "unreadable", len(unreadable))
        self.tally["records"] += len(entries) - len(bad)
        self.tally["events"] += len(events)
        self.tally["unreadable"] += len(unreadable)
        self.tally["duplicates"] += sum(value for (_, name), value in change.counts.items() if name == "duplicates")

    def _tell(
        self,
        gaps: list[tuple[str, str, int, int]],
        unreadable: list[tuple[Message, str]],
        events: list[tuple[Message, dict[str, Any]]],
    ) -> None:
        for source, run, first, last in gaps[:_TOLD]:
            self._say(f"{source}: records {first} to {last} of the run of {run} are missing ({last - first + 1})")
        if len(gaps) > _TOLD:
            self._say(f"{len(gaps) - _TOLD} more gaps; {self.folder}/manifest.json lists all")
        self.tally["missing"] += sum(last - first + 1 for *_, first, last in gaps)
        for message, reason in unreadable[:_TOLD]:
            self._say(f"message {message.number} ({message.subject}) cannot be read and is kept as it is: {reason}")
        if len(unreadable) > _TOLD:
            self._say(f"{len(unreadable) - _TOLD} more that cannot be read; {self.folder}/unreadable has all")
        for message, data in events:
            if data["event"] == "gap":
                self._say(
                    f"a relay says that it was away from its daemon for {data.get('seconds', '?')} s: {data.get('reason', '')}"
                )

    def unseen(self, floor: int) -> list[tuple[int, int]]:
        """Numbers of messages up to `floor` that never came here."""
        here = Ranges(self.books.done)
        here.add(0)
        for number in self.pending:
            here.add(number)
        gaps = here.gaps()
        if floor > here.last:
            gaps.append((here.last + 1, floor))
        return [(first, min(last, floor)) for first, last in gaps if first <= floor]

    def lose(self, ranges: list[tuple[int, int]]) -> None:
        """Notes messages that the stream has removed before they came here."""
        count = self.books.lose(ranges)
        self.tally["lost in the stream"] += count
        if count:
            told = ", ".join(f"{first} to {last}" for first, last in ranges[:_TOLD])
            self._say(f"{count} messages were removed from the stream before they came here: {told}")

    def merge(self, wait: float, seconds: float) -> int:
        """Makes one file of the files of an hour that ended `wait` seconds ago, for `seconds` at most. Returns how many are left.

        Raises:
            OSError, sqlite3.Error: the disk does not take it. All records are where they were.
        """
        try:
            return merge(self.books, self._newest - wait, time.monotonic() + seconds)
        except DISK:
            self.books.discard()
            raise

    def write_manifest(self) -> None:
        """Writes `manifest.json`: what is there, and what is missing.

        Raises:
            OSError, sqlite3.Error: the disk does not take it.
        """
        text = json.dumps(manifest(self.books), indent=1, sort_keys=True, ensure_ascii=False)
        write_file(self.folder / "manifest.json", text.encode() + b"\n")

    def close(self) -> None:
        self.books.close()


def manifest(books: Books) -> dict[str, Any]:
    """What the books say, for people and programs."""
    sources: dict[str, dict[str, int]] = {}
    for source, name, value in books.rows("SELECT source, name, value FROM counts ORDER BY source, name"):
        sources.setdefault(source, {})[name] = value
    totals: dict[str, int] = {}
    for counts in sources.values():
        for name, value in counts.items():
            totals[name] = totals.get(name, 0) + value
    gaps: list[dict[str, Any]] = []
    for source, run, text in books.rows("SELECT source, run, ranges FROM held WHERE missing > 0 ORDER BY source, run"):
        gaps += [
            {"source": source, "run": run, "first": first, "last": last, "records": last - first + 1}
            for first, last in Ranges.of_text(text).gaps()
        ]
    late = books.rows("SELECT source, run, first FROM held WHERE first > 0 ORDER BY source, run")
    lost = books.rows("SELECT generation, first, last FROM lost ORDER BY generation, first")
    files = books.rows("SELECT kind, COUNT(*), SUM(lines), SUM(rows), SUM(bytes) FROM parts GROUP BY kind ORDER BY kind")
    return {
        "format": int(FORMAT),
        "written": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "stream": books.meta("stream", ""),
        "generation": books.generation,
        "files": {kind: dict(zip(("files", "lines", "rows", "bytes"), counts)) for kind, *counts in files},
        "totals": {
            **totals,
            "missing": sum(gap["records"] for gap in gaps),
            "lost_messages": sum(b - a + 1 for _, a, b in lost),
        },
        "of_no_source": sources.pop("", {}),
        "sources": sources,
        "gaps": gaps[:_LISTED],
        "gaps_not_listed": max(0, len(gaps) - _LISTED),
        # Records before these were not given to the relay, or lost.
        "begin_late": [{"source": source, "run": run, "first": first} for source, run, first in late[:_LISTED]],
        "begin_late_not_listed": max(0, len(late) - _LISTED),
        "lost_in_stream": [
            {"generation": generation, "first": first, "last": last} for generation, first, last in lost[:_LISTED]
        ],
    }
