"""One part of an archive: a call of `norface analyze`, and what its exit code means."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

# Documentation/Batch.md, "again?": a full disk that was mended, a file that another run holds, a signal.
AGAIN = (74, 75, 130, 143)
_TOLD = 2000


class PartFailed(Exception):
    """A part that may succeed when it is run again."""


@dataclass(frozen=True)
class Archive:
    """What is analysed, where to, and in how many parts."""

    list: str
    results: str
    parts: int
    options: tuple[str, ...] = ()
    norface: str = "norface"

    def command(self, part: int) -> list[str]:
        """The call for a part, from 1 to `parts`."""
        if not 1 <= part <= self.parts:
            raise ValueError(f"there is no part {part} of {self.parts}")
        shard = f"{part}/{self.parts}"
        return [
            self.norface,
            "analyze",
            *("--files-from", self.list, "--shard", shard, "--resume", "--output", f"{self.results.rstrip('/')}/"),
            *self.options,
        ]


@dataclass(frozen=True)
class Outcome:
    """How a part ended: `code` is 0, or 2 where some recordings failed, or that of a failure that would come again."""

    part: int
    code: int
    seconds: float
    host: str
    attempts: int = 1
    said: str = field(default="", compare=False)


def run_part(archive: Archive, part: int, attempts: int = 3, pause: float = 5) -> Outcome:
    """Analyses a part and waits for it. The program ends with the worker that began it, so that it holds no file afterwards.

    Raises:
        PartFailed: it ended `attempts` times in a way that may pass.
        FileNotFoundError: there is no such program.
    """
    begun = time.monotonic()
    code, said = 0, ""
    for attempt in range(1, attempts + 1):
        if attempt > 1:
            time.sleep(pause)
        code, said = _run(archive.command(part))
        if code >= 0 and code not in AGAIN:
            return Outcome(part, code, time.monotonic() - begun, os.uname().nodename, attempt, said)
    raise PartFailed(f"part {part} of {archive.parts} ended with {code}, {attempts} times: {said.strip()[-300:]}")


def _run(command: Sequence[str]) -> tuple[int, str]:
    # A worker that is killed takes its program with it, which would hold the files of the part otherwise.
    setpriv = shutil.which("setpriv")
    guarded = [setpriv, "--pdeathsig", "TERM", "--", *command] if setpriv else list(command)
    process = subprocess.Popen(guarded, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        _, errors = process.communicate()
    except BaseException:
        # Ctrl-C or a task that is cancelled: what is finished is whole.
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()
        raise
    return process.returncode, errors.decode(errors="replace")[-_TOLD:]


def summary(archive: Archive) -> int:
    """Makes the table of all results. Returns the exit code."""
    return subprocess.run([archive.norface, "summary", archive.results], stdout=subprocess.DEVNULL, check=False).returncode


def recordings(list_file: str | Path) -> list[str]:
    """The paths in a list: in lines, or between NUL bytes."""
    content = Path(list_file).read_bytes()
    names = content.split(b"\0") if b"\0" in content else content.splitlines()
    return [os.fsdecode(name) for name in names if name.strip()]
