"""What the tests of fleets share. As a program: an archive that is killed at a step, `fleeting.py ARCHIVE STEP NTH MESSAGES`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

from relaying import ROOT, record

from norface.fleet.archive import Archive
from norface.fleet.batch import Message

RUN = "2026-11-30T08:00:00.000Z"
DESCRIPTION = {
    "v": 1,
    "event": "run",
    "program": "norfaced 0",
    "started": RUN,
    "labels": {"au": ["AU01", "AU12"], "sides": [], "emotions": ["neutral"]},
    "sources": [{"name": "door", "input": "rtsp://x/door"}, {"name": "hall", "input": "rtsp://x/hall"}],
}


def message(number: int, line: bytes, key: str = "", stored: float = 1_795_900_000) -> Message:
    return Message(number, stored + number / 1000, "norface.x.faces", key, line)


def of_record(number: int, source: str, seq: int, time: str | None = None, run: str = RUN, **more: object) -> Message:
    """A record of a daemon as the stream has it."""
    line = record(seq, source, **more)
    if time is not None:
        line = line.replace(b'"time":null', b'"time":"%s"' % time.encode())
    return message(number, line, f"{run}/{source}/{seq}")


def description(number: int, run: str = RUN) -> Message:
    line = json.dumps({**DESCRIPTION, "started": run}).encode()
    return message(number, line, f"description of {run}")


def flood(first: int, last: int) -> list[Message]:
    """Messages of two cameras in three hours, a description and an event first."""
    found = [description(1), message(2, b'{"v":1,"event":"stream_lost","source":"door","reason":"x"}', "e1")]
    for number in range(3, last + 1):
        source = ("door", "hall")[number % 2]
        found.append(of_record(number, source, (number - 3) // 2, f"2026-11-30T{8 + number * 3 // (last + 1):02}:59:00.000Z"))
    return [one for one in found if first <= one.number <= last]


def open_archive(folder: Path, said: list[str] | None = None, **more) -> Archive:
    archive = Archive(folder, (said if said is not None else []).append, **more)
    archive.begin_stream("NORFACE 1", 1)
    return archive


def records_of(folder: Path) -> Counter[tuple[str, str, int]]:
    """How often each record is in the files: by source, run and number, whatever the books say."""
    from pyarrow import parquet

    found: Counter[tuple[str, str, int]] = Counter()
    for path in folder.glob("source=*/date=*/hour=*/*.parquet"):
        file = parquet.ParquetFile(path)
        table = file.read(columns=["source", "seq", "track"])
        run = json.loads(file.schema_arrow.metadata[b"norface_archive"])["run"]
        # One face each in these tests, or none: a row is a record, but for faces of one frame.
        rows = table.to_pylist()
        for source, seq in dict.fromkeys((row["source"], row["seq"]) for row in rows):
            found[source, run, seq] += 1
    return found


def killed(folder: Path, step: str, nth: int, first: int, last: int) -> subprocess.CompletedProcess[str]:
    """Lets a process of its own take messages and kill itself, as `kill -9` does, when it comes to a step the `nth` time."""
    command = [sys.executable, str(Path(__file__)), str(folder), step, str(nth), str(first), str(last)]
    path = os.pathsep.join([str(ROOT / "Python"), str(ROOT / "Python" / "tests")])
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=60, env={**os.environ, "PYTHONPATH": path}
    )


def _main() -> None:
    folder, step, nth, first, last = sys.argv[1:]
    seen: Counter[str] = Counter()

    def fault(name: str) -> None:
        seen[name] += 1
        if name == step and seen[name] == int(nth):
            os.kill(os.getpid(), signal.SIGKILL)

    archive = open_archive(Path(folder), fault=fault)
    archive.take(flood(int(first), int(last)))
    print(json.dumps(archive.flush()), flush=True)


if __name__ == "__main__":
    _main()
