"""Sets of numbers that mostly follow each other, as ranges."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator


class Ranges:
    """A set of whole numbers, kept as ranges that do not touch."""

    def __init__(self, pairs: Iterable[tuple[int, int]] = ()) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        for first, last in pairs:
            self.add(first, last)

    def add(self, first: int, last: int | None = None) -> None:
        """Adds `first` to `last`, both included."""
        last = first if last is None else last
        # Those that overlap it or touch it become one with it.
        begin = bisect_right(self._firsts, first) - 1
        if begin < 0 or self._lasts[begin] < first - 1:
            begin += 1
        end = bisect_right(self._firsts, last + 1)
        if begin < end:
            first, last = min(first, self._firsts[begin]), max(last, self._lasts[end - 1])
        self._firsts[begin:end] = [first]
        self._lasts[begin:end] = [last]

    def __contains__(self, value: int) -> bool:
        place = bisect_right(self._firsts, value) - 1
        return place >= 0 and value <= self._lasts[place]

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return zip(self._firsts, self._lasts)

    def __len__(self) -> int:
        """How many ranges; 0 for an empty set."""
        return len(self._firsts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ranges) and list(self) == list(other)

    @property
    def first(self) -> int:
        return self._firsts[0]

    @property
    def last(self) -> int:
        return self._lasts[-1]

    @property
    def count(self) -> int:
        """How many numbers."""
        return sum(last - first + 1 for first, last in self)

    def gaps(self) -> list[tuple[int, int]]:
        """What is missing between the ranges."""
        return [(last + 1, first - 1) for last, first in zip(self._lasts, self._firsts[1:])]

    @property
    def missing(self) -> int:
        """How many numbers are in the gaps."""
        return self.last - self.first + 1 - self.count if self._firsts else 0

    def text(self) -> str:
        return json.dumps(list(self), separators=(",", ":"))

    @classmethod
    def of_text(cls, text: str) -> Ranges:
        return cls((first, last) for first, last in json.loads(text))
