"""What a caller may choose, the same for all formats."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from .errors import ExportError


@dataclass(frozen=True)
class Options:
    """How records are exported.

    Attributes:
        columns: names or patterns (`AU*`) of the columns of faces that are wanted; empty for the format's own choice.
        source: only records of this source.
        epoch: only records of this epoch.
        subject, session, task: entities of BIDS; None takes them from the file's name.
        progress: told the number of frames that are done.
    """

    columns: tuple[str, ...] = ()
    source: str | None = None
    epoch: int | None = None
    subject: str | None = None
    session: str | None = None
    task: str | None = None
    progress: Callable[[int], None] = field(default=lambda _: None)

    def chosen(self, names: list[str], own: tuple[str, ...] = ("*",)) -> list[str]:
        """The wanted ones of these columns, in their order.

        Raises:
            ExportError: a pattern fits none.
        """
        patterns = self.columns or own
        for pattern in self.columns:
            if not any(fnmatchcase(name, pattern) for name in names):
                raise ExportError(f"no column is called {pattern}")
        return [name for name in names if any(fnmatchcase(name, pattern) for pattern in patterns)]
