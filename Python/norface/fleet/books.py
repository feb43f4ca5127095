"""What an archive has: its files, the records in them, and what is missing. One SQLite file, each batch one transaction."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from .durable import make_folder, sync_folder, sync_folders
from .errors import AGAIN, DATA, IO_ERROR, Failure
from .parts import Part
from .ranges import Ranges

FORMAT = "1"
# A file that waits for its name, has it, or is to be removed, because another one has its records.
STAGED, THERE, LEAVING = 0, 1, 2
# Seconds that the keys of lines without a run are remembered. A relay sends again what it still holds, not what it held days ago.
_REMEMBERED = 3 * 86400
# Runs of sources that are kept in memory, beside the books.
_HELD = 200_000
_TABLES = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS done (generation INTEGER PRIMARY KEY, ranges TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS held (source TEXT, run TEXT, first INTEGER NOT NULL, missing INTEGER NOT NULL,
    ranges TEXT NOT NULL, PRIMARY KEY (source, run)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS keys (key TEXT PRIMARY KEY, stored REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS keys_by_age ON keys (stored);
CREATE TABLE IF NOT EXISTS parts (path TEXT PRIMARY KEY, kind TEXT NOT NULL, source TEXT, run TEXT, lines INTEGER NOT NULL,
    rows INTEGER NOT NULL, bytes INTEGER NOT NULL, folder TEXT NOT NULL, state INTEGER NOT NULL, whole INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS parts_between ON parts (state) WHERE state != 1;
CREATE INDEX IF NOT EXISTS parts_to_merge ON parts (folder) WHERE whole = 0;
CREATE INDEX IF NOT EXISTS parts_of_folder ON parts (folder);
CREATE TABLE IF NOT EXISTS counts (source TEXT, name TEXT, value INTEGER NOT NULL, PRIMARY KEY (source, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lost (generation INTEGER, first INTEGER, last INTEGER, PRIMARY KEY (generation, first)) WITHOUT ROWID;
"""
_INSERT = "INSERT INTO parts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


@dataclass
class Change:
    """What a batch changes."""

    parts: list[Part] = field(default_factory=list)
    # Numbers of messages, and records by source and run.
    numbers: Ranges = field(default_factory=Ranges)
    records: dict[tuple[str, str], Ranges] = field(default_factory=dict)
    keys: list[tuple[str, float]] = field(default_factory=list)
    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    newest: float = 0

    def count(self, source: str, name: str, more: int = 1) -> None:
        if more:
            self.counts[source, name] = self.counts.get((source, name), 0) + more


class Books:
    """Opens an archive's books, and puts right what a crash left half done.

    Raises:
        Failure: another one has them open, or they do not fit the files.
    """

    def __init__(self, archive: Path, fault: Callable[[str], None] = lambda _: None) -> None:
        self.archive = archive
        self.folder = archive / "_norface"
        self.staged = self.folder / "staged"
        self._fault = fault
        make_folder(self.staged)
        self._lock = open(self.folder / "lock", "a")  # noqa: SIM115 - held as long as the books are open
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            raise Failure(AGAIN, f"{archive}: another one writes to this archive") from None
        path = self.folder / "books.sqlite"
        if not path.exists() and next(archive.glob("source=*"), None) is not None:
            raise Failure(
                DATA,
                f"{path} is missing, and there are records: what they hold is not known. Bring it back, or take another folder",
            )
        try:
            self._base = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            # A transaction is on the disk, with its name, before the next step begins.
            self._base.execute("PRAGMA journal_mode = DELETE")
            self._base.execute("PRAGMA synchronous = EXTRA")
            self._base.executescript(_TABLES)
        except sqlite3.DatabaseError as error:
            raise Failure(IO_ERROR, f"{path}: {error}") from None
        if self.meta("format", FORMAT) != FORMAT:
            raise Failure(DATA, f"{path}: format {self.meta('format', '')}; this program has {FORMAT}")
        sync_folder(self.folder)
        self.generation = int(self.meta("generation", "0"))
        self.done = Ranges()
        self._held: dict[tuple[str, str], Ranges] = {}
        self._load_done()
        self.recovered = self._recover()

    def close(self) -> None:
        self._base.close()
        self._lock.close()

    def meta(self, name: str, default: str) -> str:
        """A value by its name, which is `default` from now on where there is none."""
        self._base.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (name, default))
        return str(self._base.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()[0])

    def begin_stream(self, identity: str) -> bool:
        """Tells which stream is read. One that was deleted and made again counts its messages anew: it is another generation.

        Returns:
            Whether it is another one than before.
        """
        before = self.meta("stream", "")
        if before == identity:
            return False
        self.generation += 1
        with _Transaction(self._base):
            self._base.execute("UPDATE meta SET value = ? WHERE name = 'stream'", (identity,))
            self._base.execute("UPDATE meta SET value = ? WHERE name = 'generation'", (str(self.generation),))
        self._load_done()
        return bool(before)

    def _load_done(self) -> None:
        found = self._base.execute("SELECT ranges FROM done WHERE generation = ?", (self.generation,)).fetchone()
        self.done = Ranges.of_text(found[0]) if found else Ranges()

    def held(self, source: str, run: str) -> Ranges:
        """The numbers of the records that the archive has of a source's run."""
        key = (source, run)
        if key not in self._held:
            found = self._base.execute("SELECT ranges FROM held WHERE source = ? AND run = ?", key).fetchone()
            self._held[key] = Ranges.of_text(found[0]) if found else Ranges()
        return self._held[key]

    def has_key(self, key: str) -> bool:
        return self._base.execute("SELECT 1 FROM keys WHERE key = ?", (key,)).fetchone() is not None

    def commit(self, change: Change) -> list[tuple[str, str, int, int]]:
        """Takes a batch into the books, when all its files are staged; then gives the files their names.

        Returns:
            Gaps that are new: source, run, and the first and last number that are missing.

        Raises:
            OSError, sqlite3.Error: the disk does not take it. The books are as they were, or the batch is in them and its files
                get their names when `finish` is called again.
        """
        done = Ranges(self.done)
        for first, last in change.numbers:
            done.add(first, last)
        gaps: list[tuple[str, str, int, int]] = []
        after: dict[tuple[str, str], Ranges] = {}
        for key, numbers in change.records.items():
            before = self.held(*key)
            after[key] = Ranges(before)
            for first, last in numbers:
                after[key].add(first, last)
            known = set(before.gaps())
            gaps += [(*key, *gap) for gap in after[key].gaps() if gap not in known and not _was_in(gap, known)]
        sync_folder(self.staged)
        self._fault("staged")
        with _Transaction(self._base):
            self._base.execute("INSERT OR REPLACE INTO done VALUES (?, ?)", (self.generation, done.text()))
            self._base.executemany(
                "INSERT OR REPLACE INTO held VALUES (?, ?, ?, ?, ?)",
                [(*key, now.first, now.missing, now.text()) for key, now in after.items()],
            )
            self._base.executemany("INSERT OR IGNORE INTO keys VALUES (?, ?)", change.keys)
            self._base.execute("DELETE FROM keys WHERE stored < ?", (change.newest - _REMEMBERED,))
            self._base.executemany(_INSERT, [self._row(part) for part in change.parts])
            self._base.executemany(
                "INSERT INTO counts VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = value + excluded.value",
                [(*key, value) for key, value in change.counts.items()],
            )
        self.done = done
        if len(self._held) > _HELD:
            self._held.clear()
        self._held |= after
        self._fault("committed")
        self.finish()
        return gaps

    def _row(self, part: Part, whole: bool = False) -> tuple[str, str, str | None, str | None, int, int, int, str, int, int]:
        group = part.group
        size = os.stat(self.staged / part.staged_name).st_size
        # Only records are merged.
        done = int(whole or group is None)
        name = (group.source, group.run) if group else (None, None)
        return (part.path, part.kind, *name, part.lines, part.rows, size, part.path.rpartition("/")[0], STAGED, done)

    def replace(self, old: list[str], new: Part) -> None:
        """Puts one staged file in the place of several that have the same records.

        Raises:
            OSError, sqlite3.Error: the disk does not take it; as for `commit`.
        """
        sync_folder(self.staged)
        self._fault("merge staged")
        with _Transaction(self._base):
            self._base.execute(_INSERT, self._row(new, whole=True))
            self._base.executemany("UPDATE parts SET state = ? WHERE path = ?", [(LEAVING, path) for path in old])
        self._fault("merge committed")
        self.finish()

    def keep_whole(self, path: str) -> None:
        """A file that is not merged with others any more."""
        with _Transaction(self._base):
            self._base.execute("UPDATE parts SET whole = 1 WHERE path = ?", (path,))

    def finish(self) -> int:
        """Gives staged files that are in the books their names, and removes those that others stand for. It can be called at any time.

        Returns:
            How many got their names.

        Raises:
            Failure: a file is neither staged nor in its place.
        """
        between = self._base.execute("SELECT path, state FROM parts WHERE state != ? ORDER BY path", (THERE,)).fetchall()
        paths = [path for path, state in between if state == STAGED]
        folders = set()
        for path in paths:
            target = self.archive / path
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.rename(self.staged / path.replace("/", "+"), target)
            except FileNotFoundError:
                if not target.exists():
                    raise Failure(IO_ERROR, f"{target} is in the books and has gone from {self.staged}") from None
            # Those above it may be new, too.
            folders |= {folder for folder in target.parents if folder == self.archive or self.archive in folder.parents}
            self._fault("renamed")
        sync_folders(sorted(folders))
        # Not before the one that has their records is there for good.
        leaving = [path for path, state in between if state == LEAVING]
        for path in leaving:
            (self.archive / path).unlink(missing_ok=True)
            self._fault("removed")
        if between:
            sync_folder(self.staged)
            self._fault("synced")
            with _Transaction(self._base):
                self._base.execute("UPDATE parts SET state = ? WHERE state = ?", (THERE, STAGED))
                self._base.execute("DELETE FROM parts WHERE state = ?", (LEAVING,))
        return len(paths)

    def _recover(self) -> int:
        """Finishes the batch that is in the books, and removes what never came into them."""
        count = self.finish()
        self.discard()
        return count

    def discard(self) -> None:
        """Removes what is staged and not in the books."""
        kept = {
            str(row[0]).replace("/", "+") for row in self._base.execute("SELECT path FROM parts WHERE state = ?", (STAGED,))
        }
        for path in self.staged.iterdir():
            if path.name not in kept:
                path.unlink()

    def lose(self, ranges: Iterable[tuple[int, int]]) -> int:
        """Notes messages that the stream removed before they could be read. Returns how many are news."""
        count, done = 0, Ranges(self.done)
        pairs = list(ranges)
        for first, last in pairs:
            done.add(first, last)
            count += last - first + 1
        if pairs:
            with _Transaction(self._base):
                self._base.executemany(
                    "INSERT OR IGNORE INTO lost VALUES (?, ?, ?)", [(self.generation, *pair) for pair in pairs]
                )
                self._base.execute("INSERT OR REPLACE INTO done VALUES (?, ?)", (self.generation, done.text()))
            self.done = done
        return count

    def rows(self, query: str, *values: object) -> list[tuple]:
        """What a query finds, for reports."""
        return self._base.execute(query, values).fetchall()


class _Transaction:
    def __init__(self, base: sqlite3.Connection) -> None:
        self._base = base

    def __enter__(self) -> None:
        self._base.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            try:
                self._base.execute("COMMIT")
                return
            except sqlite3.Error:
                if self._base.in_transaction:
                    self._base.execute("ROLLBACK")
                raise
        if self._base.in_transaction:
            self._base.execute("ROLLBACK")


def _was_in(gap: tuple[int, int], known: set[tuple[int, int]]) -> bool:
    """Whether a gap is what is left of one that was told."""
    return any(first <= gap[0] and gap[1] <= last for first, last in known)
