"""The folder of a plan: written whole, compared with the plan before it, and the same bytes for the same input."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from .errors import CANNOT_CREATE, DATA, Failure

MANIFEST = "manifest.json"
VERSION = 1


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of the plan in a folder; None where there is none.

    Raises:
        Failure: it cannot be read. Going on without it would move cameras that need not move.
    """
    path = folder / MANIFEST
    try:
        content = json.loads(path.read_bytes())
        if content["version"] != VERSION:
            raise Failure(DATA, f"{path}: version {content['version']}; this program writes {VERSION}")
        if not all(isinstance(name, str) and isinstance(where, str) for name, where in content["cameras"].items()):
            raise TypeError("cameras are no texts")
        dict(content["files"])
        return dict(content)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Failure(CANNOT_CREATE, f"{path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Failure(DATA, f"{path}: no manifest of a plan ({error}); --fresh plans without it") from None


def write_plan(folder: Path, files: dict[str, str], manifest: dict[str, Any], before: dict[str, Any] | None) -> list[str]:
    """Writes the files of a plan and removes those of the plan before it that it does not have.

    Args:
        folder: of the plan.
        files: contents by their paths in it.
        manifest: what `manifest.json` says beside the files' digests. It is written last.
        before: the manifest that was there.

    Returns:
        What is to be told.

    Raises:
        Failure: something cannot be written.
    """
    notes: list[str] = []
    digests = {name: _digest(text.encode()) for name, text in files.items()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, digest in sorted((before or {}).get("files", {}).items()):
            place = folder / name
            if not _is_inside(name) or not place.is_file():
                continue
            changed = _digest(place.read_bytes()) != digest
            if name in files and changed and place.read_text(errors="replace") != files[name]:
                notes.append(f"{place}: was changed by hand since the last plan, and is replaced")
            elif name not in files and changed:
                notes.append(f"{place}: belongs to no machine any more; it was changed by hand, and stays")
            elif name not in files:
                place.unlink()
                notes.append(f"{place}: belongs to no machine any more, and is removed")
                for parent in list(place.parents)[: len(Path(name).parts) - 1]:
                    with contextlib.suppress(OSError):
                        parent.rmdir()
        for name, text in sorted(files.items()):
            _write(folder / name, text)
        _write(
            folder / MANIFEST, json.dumps({**manifest, "files": digests}, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        )
    except OSError as error:
        raise Failure(CANNOT_CREATE, f"{error.filename or folder}: {error.strerror or error}") from None
    return notes


def _write(path: Path, text: str) -> None:
    data = text.encode()
    with contextlib.suppress(FileNotFoundError):
        if path.read_bytes() == data:
            return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(part, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _is_inside(name: str) -> bool:
    return not Path(name).is_absolute() and ".." not in Path(name).parts


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
