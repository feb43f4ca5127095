"""Files and folders that last, whatever ends this program or the machine."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# A file system writes what many ask for at the same time in one go; one after the other each waits for the disk.
AT_ONCE = 32


def sync_file(path: Path) -> None:
    """Makes what was written to a file last."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder last."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Makes a folder and those above it, each of which lasts."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def sync_folders(folders: Iterable[Path]) -> None:
    """Makes the names in many folders last."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(sync_folder, folders))


def write_file(path: Path, data: bytes) -> None:
    """Writes a file under its name when it is whole, and makes both last."""
    part = path.with_name(f".{path.name}.part")
    with open(part, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)
    sync_folder(path.parent)
