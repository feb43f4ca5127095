"""Pauses between attempts."""

from __future__ import annotations

import random


class Pauses:
    """Seconds to wait, from `least`, twice as long each time up to `most`, spread by a quarter so that many do not come at once."""

    def __init__(self, least: float, most: float) -> None:
        self._least = least
        self._most = most
        self._next = least

    @property
    def fresh(self) -> bool:
        """Whether nothing has failed since the start or `restart`."""
        return self._next == self._least

    def restart(self) -> None:
        self._next = self._least

    def next(self) -> float:
        pause = self._next * random.uniform(0.75, 1.25)
        self._next = min(self._next * 2, self._most)
        return pause
