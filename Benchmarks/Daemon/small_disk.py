"""A disk of a few MiB that can be filled and emptied again, and what stands in the files on it."""

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple


class Account(NamedTuple):
    """What a file of records says."""

    records: int
    dropped: int
    broken: int

    @property
    def sum(self) -> int:
        """Records, and those that they tell as lost."""
        return self.records + self.dropped


class SmallDisk:
    """A file system in memory, mounted for as long as the context lasts. Takes root."""

    def __init__(self, mebibytes: int = 64):
        self.folder = Path(tempfile.mkdtemp(prefix="norfaced-disk-"))
        self.size = mebibytes

    def __enter__(self) -> "SmallDisk":
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={self.size}m", "norfaced-storm", self.folder], check=True)
        return self

    def __exit__(self, *_) -> None:
        subprocess.run(["umount", self.folder], check=False)
        self.folder.rmdir()

    def fill(self) -> None:
        """Leaves no room at all."""
        with open(self.folder / "filler", "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass

    def empty(self) -> None:
        """Gives the room back."""
        os.unlink(self.folder / "filler")

    def account(self, source: str) -> Account:
        """Adds up the records of a source, and what they tell."""
        records = dropped = broken = 0
        for line in (self.folder / f"{source}.jsonl").read_bytes().splitlines(keepends=True):
            try:
                value = json.loads(line)
            except ValueError:
                broken += 1
                continue
            records += 1
            dropped += value["dropped"]
        return Account(records, dropped, broken)
