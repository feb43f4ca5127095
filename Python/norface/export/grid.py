"""Frames on a grid of constant rate, without a value that was not measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .errors import ExportError


@dataclass(frozen=True)
class Grid:
    """A grid of times.

    Attributes:
        rate: points a second.
        start: seconds of the stream at point 0.
        count: number of points.
        places: for each frame its point; -1 for a frame whose point another one is nearer to.
        shift: the largest distance of a frame from its point, in seconds.
    """

    rate: float
    start: float
    count: int
    places: NDArray[np.int64]
    shift: float

    @property
    def left_out(self) -> int:
        """Frames that have no point."""
        return int((self.places < 0).sum())

    @property
    def empty(self) -> int:
        """Points that no frame is at."""
        return self.count - int((self.places >= 0).sum())


def grid_of(times: NDArray[np.float64]) -> Grid:
    """The grid that fits the times of frames best; each frame goes to its nearest point.

    Args:
        times: seconds, increasing.

    Raises:
        ExportError: there are fewer than two times.
    """
    steps = np.diff(times)
    steps = steps[steps > 0]
    if not len(steps):
        raise ExportError("fewer than two frames with a time: there is no rate")
    usual = float(np.median(steps))
    # Times are rounded to microseconds: the rate comes from the whole length, gaps counted by how many steps they are.
    whole = float(np.rint((times[-1] - times[0]) / usual))
    counted = float(np.maximum(1, np.rint(np.diff(times) / usual))[np.diff(times) > 0].sum())
    even = bool((np.abs(steps / usual - np.rint(steps / usual)) < 0.1).all())
    rate = (counted if even else whole) / float(times[-1] - times[0])
    rate = float(np.round(rate, 6))
    start = float(times[0])
    exact = (times - start) * rate
    places = np.rint(exact).astype(np.int64)
    distance = np.abs(exact - places)
    nearest: dict[int, int] = {}
    for index, place in enumerate(places.tolist()):
        held = nearest.get(place)
        if held is None or distance[index] < distance[held]:
            nearest[place] = index
    kept = np.zeros(len(times), dtype=bool)
    kept[list(nearest.values())] = True
    count = int(places.max()) + 1
    return Grid(rate, start, count, np.where(kept, places, -1), float(distance[kept].max() / rate))
