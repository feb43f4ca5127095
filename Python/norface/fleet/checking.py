"""`norface-fleet check`: whether an archive holds what its books say, each record once."""

from __future__ import annotations

import argparse
import sqlite3
import sys
from pathlib import Path
from typing import Any

from .archiving import needs_libraries
from .books import THERE
from .errors import NO_INPUT, SOME, Failure
from .ranges import Ranges


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `check`."""
    parser.add_argument("folder", type=Path, metavar="ARCHIVE")


def run(options: argparse.Namespace) -> int:
    """Checks. Returns the exit code: 2 when something is wrong or missing."""
    needs_libraries()
    wrong, told = check(options.folder)
    for line in wrong:
        print(f"norface-fleet check: {line}", file=sys.stderr)
    for line in told:
        print(line)
    return SOME if wrong else 0


def check(folder: Path) -> tuple[list[str], list[str]]:
    """Reads every file of an archive, also while it is written.

    Returns:
        What is wrong or missing, and numbers.

    Raises:
        Failure: there is no archive.
    """
    import json

    from pyarrow import parquet

    path = folder / "_norface" / "books.sqlite"
    if not path.is_file():
        raise Failure(NO_INPUT, f"{path}: no such file; this is no archive")
    base = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)
    try:
        parts = base.execute("SELECT path, kind, source, run, lines, rows, bytes, state FROM parts ORDER BY path").fetchall()
        held = {
            (source, run): Ranges.of_text(text) for source, run, text in base.execute("SELECT source, run, ranges FROM held")
        }
        lost = base.execute("SELECT SUM(last - first + 1) FROM lost").fetchone()[0] or 0
        unreadable = base.execute("SELECT SUM(value) FROM counts WHERE name = 'unreadable'").fetchone()[0] or 0
    finally:
        base.close()
    wrong: list[str] = []
    seen: dict[tuple[str, str], Ranges] = {}
    records = rows = 0
    known = set()
    for name, kind, source, run, lines, row_count, size, state in parts:
        known.add(name)
        place = folder / name
        # While it is written, some wait for their names, or are being replaced.
        if state != THERE:
            continue
        try:
            if place.stat().st_size != size:
                wrong.append(f"{name}: {place.stat().st_size} bytes, and {size} in the books")
                continue
            if kind != "records":
                found = place.read_bytes().count(b"\n")
                if found != lines:
                    wrong.append(f"{name}: {found} lines, and {lines} in the books")
                continue
            file = parquet.ParquetFile(place)
            table = file.read(columns=["source", "seq"])
        except (OSError, ValueError) as error:
            wrong.append(f"{name}: {getattr(error, 'strerror', None) or error}")
            continue
        rows += table.num_rows
        if table.num_rows != row_count:
            wrong.append(f"{name}: {table.num_rows} rows, and {row_count} in the books")
        if set(table["source"].unique().to_pylist()) != {source}:
            wrong.append(f"{name}: holds other sources than {source}")
        told: Any = json.loads((file.schema_arrow.metadata or {}).get(b"norface_archive", b"{}"))
        numbers = table["seq"].unique().to_pylist()
        if run:
            mine = seen.setdefault((source, run), Ranges())
            double = [number for number in numbers if number in mine]
            if double:
                wrong.append(f"{name}: {len(double)} records are in another file, too, the first is {double[0]}")
            for number in numbers:
                mine.add(number)
            records += len(numbers)
        else:
            records += lines
        if told.get("run") != (run or None):
            wrong.append(f"{name}: is of the run {told.get('run')}, and of {run or None} in the books")
    for key in sorted(set(held) | set(seen)):
        if held.get(key, Ranges()) != seen.get(key, Ranges()) and all(part[7] == THERE for part in parts):
            wrong.append(f"{key[0]}, run of {key[1]}: the files hold other records than the books say")
    for place in folder.glob("source=*/**/*.parquet"):
        if str(place.relative_to(folder)) not in known:
            wrong.append(f"{place.relative_to(folder)}: is not in the books")
    missing = sum(one.missing for one in held.values())
    if missing:
        wrong.append(f"{missing} records never came; {folder}/manifest.json lists them")
    if lost:
        wrong.append(f"{lost} messages left the stream before they were read")
    if unreadable:
        wrong.append(f"{unreadable} messages could not be read; {folder}/unreadable has them")
    return wrong, [
        f"{records} records in {rows} rows and {len(parts)} files; {missing} missing, {lost} lost in the stream, {unreadable} unreadable"
    ]
