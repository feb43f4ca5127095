"""What both kinds of streams are apart from how they wait."""

from __future__ import annotations

import logging
import os
from collections import deque
from typing import Any

from .lines import Line
from .protocol import Backoff, LineParser, Request, Session

log = logging.getLogger("norface.stream")


class StreamState:
    """The state of a subscription, and what is told of it."""

    def __init__(self, path: str | os.PathLike[str], request: Request, reconnect: bool, timeout: float | None) -> None:
        self._path = os.fspath(path)
        self._session = Session(request)
        self._reconnect = reconnect
        self._timeout = timeout
        self._backoff = Backoff()
        self._ready: deque[Line] = deque()
        self._parser = LineParser()
        self._is_closed = False
        self._error: OSError | None = None

    @property
    def run(self) -> dict[str, Any] | None:
        """The description of the run."""
        return self._session.run

    @property
    def dropped(self) -> int:
        """Frames that the records so far told as lost."""
        return self._session.dropped

    @property
    def reconnects(self) -> int:
        """How often the connection was made anew."""
        return self._session.reconnects
