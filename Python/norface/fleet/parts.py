"""Records as Parquet, in the columns of `norface export`; events and what cannot be read as lines."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import groupby
from pathlib import Path
from typing import Any

import orjson

from ..export import parquet
from ..export.chosen import CHUNK
from ..export.options import Options
from .batch import Entry, Group, Message
from .durable import AT_ONCE, sync_file
from .runs import Runs, line_of

RECORDS, EVENTS, UNREADABLE = "records", "events", "unreadable"


@dataclass(frozen=True)
class Part:
    """A file of the archive.

    Attributes:
        path: in the archive.
        kind: RECORDS, EVENTS or UNREADABLE.
        group: of records.
        lines: how many messages it holds.
        rows: of the table.
    """

    path: str
    kind: str
    group: Group | None
    lines: int
    rows: int

    @property
    def staged_name(self) -> str:
        """Where it waits until it is in the books: one folder, so that no names may meet in it."""
        return self.path.replace("/", "+")


class Stage:
    """Writes the files of a batch into a folder of its own, each of them lasting, none under its name yet."""

    def __init__(self, folder: Path, runs: Runs, generation: int) -> None:
        self.folder = folder
        self._runs = runs
        self._generation = generation
        self._work = folder / "sheet.jsonl"
        self._sheet = folder / "sheet.parquet"

    def records(self, entries: list[Entry]) -> tuple[list[Part], list[tuple[Message, str]]]:
        """Writes records. Returns the files, and the messages that are no records after all, with the reason."""
        entries = sorted(
            entries, key=lambda one: (one.group.run, one.group.source, one.group.date, one.group.hour, one.message.number)
        )
        parts: list[Part] = []
        bad: list[tuple[Message, str]] = []
        for sheet in self._sheets(entries):
            self._write_sheet(sheet, parts, bad)
        return parts, bad

    def _sheets(self, entries: list[Entry]) -> Iterable[list[Entry]]:
        """Records that are turned into a table together: those with the same labels, so many that memory has a limit."""
        labelled: dict[bytes, list[list[Entry]]] = {}
        for group, members in groupby(entries, key=lambda one: one.group):
            mine = list(members)
            labels = (self._runs.of(group.run, group.source) or {}).get("labels")
            sheets = labelled.setdefault(orjson.dumps(labels), [[]])
            for start in range(0, len(mine), CHUNK):
                piece = mine[start : start + CHUNK]
                # A piece is a file: it stands in one sheet.
                if len(sheets[-1]) + len(piece) > CHUNK and sheets[-1]:
                    sheets.append([])
                sheets[-1] += piece
        for sheets in labelled.values():
            yield from (sheet for sheet in sheets if sheet)

    def _write_sheet(self, entries: list[Entry], parts: list[Part], bad: list[tuple[Message, str]]) -> None:
        try:
            parts += self._made(entries)
        except OSError:
            raise
        except Exception as error:  # noqa: BLE001 - one record that nobody foresaw must not stop all the others
            # Which one it is the error tells not for sure: each half is tried alone.
            if len(entries) == 1:
                text = str(error).replace(f"{self._work}", "").strip(",: ")
                bad.append((entries[0].message, re.sub(r"^line 2: ", "", text) or type(error).__name__))
                return
            half = len(entries) // 2
            self._write_sheet(entries[:half], parts, bad)
            self._write_sheet(entries[half:], parts, bad)

    def _made(self, entries: list[Entry]) -> list[Part]:
        if not entries:
            return []
        from pyarrow import parquet as files

        run = self._runs.of(entries[0].group.run, entries[0].group.source)
        head = line_of(entries[0].group.run, run, (face for one in entries for face in _faces(one.data)))
        with open(self._work, "wb") as file:
            file.write(head + b"\n")
            # A line break within an object is allowed in a message, and not in a file of lines.
            file.writelines(
                (one.message.line.strip() if b"\n" not in one.message.line.strip() else orjson.dumps(one.data)) + b"\n"
                for one in entries
            )
        parquet.write(self._work, self._sheet, Options())
        table = files.read_table(self._sheet)
        rows = [max(1, len(_faces(one.data))) for one in entries]
        if sum(rows) != table.num_rows:
            raise ValueError(f"{len(entries)} records became {table.num_rows} rows, and should have become {sum(rows)}")
        made: list[tuple[Part, Any]] = []
        row = start = 0
        for group, members in groupby(entries, key=lambda one: one.group):
            mine = list(members)
            count = sum(rows[start : start + len(mine)])
            part = Part(f"{group.folder}/{self._name('part', mine)}.parquet", RECORDS, group, len(mine), count)
            made.append((part, table.slice(row, count).replace_schema_metadata(self._metadata(table, group, mine))))
            row, start = row + count, start + len(mine)

        def write(one: tuple[Part, Any]) -> Part:
            part, rows_of_it = one
            path = self.folder / part.staged_name
            files.write_table(rows_of_it, path, compression="zstd")
            sync_file(path)
            return part

        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(write, made))

    def _metadata(self, table: Any, group: Group, entries: list[Entry]) -> dict[bytes, bytes]:
        """That of `norface export`, of this source's run alone, and which messages these are."""
        told = {key: value for key, value in (table.schema.metadata or {}).items() if key == b"pandas"}
        run = self._runs.of(group.run, group.source)
        if run is not None:
            told[b"norface"] = json.dumps({key: value for key, value in run.items() if key != "event"}).encode()
        numbers = [one.message.number for one in entries]
        archive = {"run": group.run or None, "generation": self._generation, "first": numbers[0], "last": numbers[-1]}
        told[b"norface_archive"] = json.dumps({**archive, "records": len(entries)}).encode()
        return told

    def events(self, events: list[tuple[Message, dict[str, Any]]]) -> list[Part]:
        """Writes events by the hour in which they came, each with its place in the stream."""
        lines = [
            (message, orjson.dumps({**data, "stream": _place(message)}))
            for message, data in sorted(events, key=lambda one: one[0].number)
        ]
        return self._lines(lines, EVENTS, lambda message: f"events/{_hour(message.stored)}")

    def unreadable(self, messages: list[tuple[Message, str]]) -> list[Part]:
        """Keeps what cannot be read, byte for byte, with the reason."""
        lines = []
        for message, reason in sorted(messages, key=lambda one: one[0].number):
            try:
                content = {"line": message.line.decode()}
            except UnicodeDecodeError:
                content = {"base64": base64.b64encode(message.line).decode()}
            lines.append((message, orjson.dumps({"reason": reason, "key": message.key, "stream": _place(message), **content})))
        return self._lines(lines, UNREADABLE, lambda message: f"unreadable/{_hour(message.stored)}")

    def _lines(self, lines: list[tuple[Message, bytes]], kind: str, folder_of: Callable[[Message], str]) -> list[Part]:
        folders: dict[str, list[tuple[Message, bytes]]] = {}
        for message, line in lines:
            folders.setdefault(folder_of(message), []).append((message, line))
        parts = []
        for folder, mine in folders.items():
            numbers = (mine[0][0].number, mine[-1][0].number)
            part = Part(f"{folder}/{kind}-{self._range(*numbers)}.jsonl", kind, None, len(mine), 0)
            path = self.folder / part.staged_name
            path.write_bytes(b"".join(line + b"\n" for _, line in mine))
            sync_file(path)
            parts.append(part)
        return parts

    def _name(self, head: str, entries: list[Entry]) -> str:
        return f"{head}-{self._range(entries[0].message.number, entries[-1].message.number)}"

    def _range(self, first: int, last: int) -> str:
        return f"{self._generation}-{first:012}-{last:012}"


def _faces(data: dict[str, Any]) -> list[Any]:
    faces = data.get("faces")
    return [face for face in faces if isinstance(face, dict)] if isinstance(faces, list) else []


def _hour(stored: float) -> str:
    return datetime.fromtimestamp(stored, timezone.utc).strftime("date=%Y-%m-%d/hour=%H")


def _place(message: Message) -> dict[str, Any]:
    stored = datetime.fromtimestamp(message.stored, timezone.utc).isoformat(timespec="milliseconds")
    return {"number": message.number, "stored": stored.replace("+00:00", "Z"), "subject": message.subject}
