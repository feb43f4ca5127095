"""How sources and lines are named at the other end."""

from __future__ import annotations

import re

from .items import Item

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")


def name_of(source: str) -> str:
    """A source's name where `/`, `.`, `+`, `#`, `*`, `>` and blanks have a meaning: each of them becomes `_`.

    Names of a daemon's sources are never changed; those of files may be.
    """
    return _UNSAFE.sub("_", source) or "_"


def topic(prefix: str, separator: str, item: Item) -> str:
    """`norface/SOURCE/faces` for a record, `norface/SOURCE/events` for an event, `norface/events` for one of no source."""
    parts = [prefix] if prefix else []
    if item.source is not None:
        parts.append(name_of(item.source))
    parts.append("faces" if item.is_record else "events")
    return separator.join(parts)
