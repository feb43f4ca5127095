"""Small files of an hour made one."""

from __future__ import annotations

import json
import re
import time
from datetime import datetime, timezone
from typing import Any
from urllib.parse import unquote

from .batch import Group
from .books import THERE, Books
from .durable import sync_file
from .parts import RECORDS, Part

# Rows that are held in memory at a time: an hour of more stays in several files.
_MOST_ROWS = 300_000
_NAME = re.compile(r"part-(\d+)-(\d+)-(\d+)(?:-m(\d+))?\.parquet")
_FOLDER = re.compile(r"source=([^/]+)/date=(\d{4}-\d{2}-\d{2})/hour=(\d{2})")


def merge(books: Books, before: float, deadline: float) -> int:
    """Merges the files of hours that ended before a time, run by run, until a moment of `time.monotonic`. Returns how many folders are left."""
    found = books.rows("SELECT DISTINCT folder FROM parts WHERE whole = 0 AND state = ? ORDER BY folder", THERE)
    ended = [folder for (folder,) in found if _end(folder) <= before]
    for index, folder in enumerate(ended):
        if time.monotonic() >= deadline:
            return len(ended) - index
        runs: dict[str, list[tuple[str, int, int, int]]] = {}
        query = "SELECT run, path, lines, rows, whole FROM parts WHERE folder = ? AND kind = ? AND state = ?"
        for run, *part in books.rows(query, folder, RECORDS, THERE):
            runs.setdefault(run, []).append(tuple(part))
        for run, parts in runs.items():
            if any(not whole for *_, whole in parts):
                _merge(books, folder, run, parts)
    return 0


def _end(folder: str) -> float:
    found = _FOLDER.fullmatch(folder)
    if not found:
        return float("inf")
    return datetime.fromisoformat(f"{found[2]}T{found[3]}:00:00").replace(tzinfo=timezone.utc).timestamp() + 3600


def _merge(books: Books, folder: str, run: str, parts: list[tuple[str, int, int, int]]) -> None:
    parts.sort(key=lambda part: _numbers(part[0]))
    if len(parts) == 1 or sum(rows for _, _, rows, _ in parts) > _MOST_ROWS:
        for path, *_ in parts:
            books.keep_whole(path)
        return
    from pyarrow import concat_tables, parquet

    tables = [parquet.ParquetFile(books.archive / path).read() for path, *_ in parts]
    table = concat_tables(tables, promote_options="default")
    places = [_numbers(path) for path, *_ in parts]
    generation, first = min((place[0], place[1]) for place in places)
    last = max(place[2] for place in places if place[0] == places[-1][0])
    again = max(place[3] for place in places) + 1
    lines = sum(count for _, count, _, _ in parts)
    metadata: dict[bytes, Any] = dict(tables[0].schema.metadata or {})
    told = {"run": run or None, "generation": generation, "first": first, "last": last, "records": lines, "merged": len(parts)}
    metadata[b"norface_archive"] = json.dumps(told).encode()
    found = _FOLDER.fullmatch(folder)
    assert found
    group = Group(run, unquote(found[1]), found[2], found[3])
    new = Part(f"{folder}/part-{generation}-{first:012}-{last:012}-m{again}.parquet", RECORDS, group, lines, table.num_rows)
    path = books.staged / new.staged_name
    parquet.write_table(table.replace_schema_metadata(metadata), path, compression="zstd")
    sync_file(path)
    books.replace([path for path, *_ in parts], new)


def _numbers(path: str) -> tuple[int, int, int, int]:
    """Generation, first and last message, and how often it was merged."""
    found = _NAME.fullmatch(path.rpartition("/")[2])
    assert found, path
    return int(found[1]), int(found[2]), int(found[3]), int(found[4] or 0)
