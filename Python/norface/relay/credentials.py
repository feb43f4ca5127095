"""Passwords and tokens: from files, systemd's credentials or the environment, and never shown."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from .errors import NO_INPUT, USAGE, Failure

_shown_never: set[str] = set()


def hide(secret: str) -> str:
    """Keeps a text out of every message from now on."""
    if secret:
        _shown_never.add(secret)
    return secret


def redact(text: str) -> str:
    for secret in sorted(_shown_never, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def secret(file: str | None, variable: str) -> str | None:
    """The first line of `file`, or the environment's `variable`, or None.

    A plain name is looked for among systemd's credentials (`LoadCredential=NAME:...`) first.

    Raises:
        Failure: the file cannot be read or is empty.
    """
    if file is None:
        value = os.environ.get(variable)
        return hide(value) if value else None
    path = path_of(file)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise Failure(NO_INPUT, f"{path}: {reason}") from None
    if not lines or not lines[0].strip():
        raise Failure(USAGE, f"{path}: its first line is empty")
    return hide(lines[0].strip())


def path_of(file: str) -> Path:
    """Where a file of secrets is: among systemd's credentials, if it is a plain name that is there."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if folder and "/" not in file and (Path(folder) / file).exists():
        return Path(folder) / file
    return Path(file)


def without_password(url: str, instead: str) -> str:
    """`url`, if no password stands in it: everybody on the machine sees a process's arguments.

    Raises:
        Failure: there is one; `instead` is the option that takes it.
    """
    if urlsplit(url).password is not None:
        raise Failure(USAGE, f"no password in an address on the command line, where everybody can read it: use {instead}")
    return url
