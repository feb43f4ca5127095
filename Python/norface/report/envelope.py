"""Time courses made small enough to draw: the lowest, the highest and the mean value of each short stretch."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import numpy as np

from .clock import Clock, runs

#: Points that a curve has at most.
MOST_POINTS = 2000
#: The value that a missing point has in its byte.
MISSING = 255


@dataclass
class Points:
    """Where the points of all curves of a recording stand, and which frames each of them holds."""

    #: Seconds: the middle of each point's stretch.
    times: np.ndarray
    #: Seconds that a point stands for.
    width: float
    #: For each frame of the recording the point that holds it.
    of_frame: np.ndarray
    #: For each point the point whose values it shows: itself; where it holds no frame though none is missing, the one before.
    shown: np.ndarray
    #: Whether each point is one frame, so that nothing is left out.
    exact: bool

    def __len__(self) -> int:
        return len(self.times)


def place_points(clock: Clock, most: int = MOST_POINTS) -> Points:
    """One point a frame where there are few, else `most` points of the same width."""
    times = clock.times
    if len(times) <= most:
        # A gap gets a point without a frame, so that no line is drawn across it.
        gaps = np.flatnonzero(np.diff(times) > clock.longest_step) + 1
        at = np.insert(times, gaps, times[gaps - 1] + clock.interval) if len(gaps) else times
        of_frame = np.arange(len(times)) + np.searchsorted(gaps, np.arange(len(times)), "right")
        return Points(at + clock.interval / 2, clock.interval, of_frame, np.arange(len(at)), True)
    width = clock.length / most
    of_frame = np.minimum((times / width).astype(int), most - 1)
    shown = np.arange(most)
    filled = np.zeros(most, bool)
    filled[of_frame] = True
    missing = np.zeros(most, bool)
    for index in np.flatnonzero(np.diff(times) > clock.longest_step):
        missing[of_frame[index] + 1 : of_frame[index + 1]] = True
    last = np.maximum.accumulate(np.where(filled, shown, 0))
    shown = np.where(filled | missing, shown, last)
    return Points((np.arange(most) + 0.5) * width, width, of_frame, shown, False)


@dataclass
class Envelope:
    """A curve: one value a point of each, NaN where nothing is known."""

    low: np.ndarray
    high: np.ndarray
    mean: np.ndarray


def envelope(values: np.ndarray, at: np.ndarray, points: Points) -> Envelope:
    """Lowest, highest and mean value in each point.

    `values` are those of the frames `at`, indices in growing order; NaN is not counted.
    """
    low, high, mean = (np.full(len(points), np.nan) for _ in range(3))
    known = np.isfinite(values)
    values, index = values[known], points.of_frame[at[known]]
    if len(values):
        starts = np.flatnonzero(np.diff(index, prepend=-1))
        filled = index[starts]
        low[filled] = np.minimum.reduceat(values, starts)
        high[filled] = np.maximum.reduceat(values, starts)
        mean[filled] = np.add.reduceat(values, starts) / np.diff(starts, append=len(values))
    return Envelope(low[points.shown], high[points.shown], mean[points.shown])


def missing_runs(curve: Envelope, points: Points) -> list[tuple[float, float]]:
    """Stretches in which a curve has no value: (begin, end), seconds."""
    chosen = np.flatnonzero(~np.isfinite(curve.mean))
    half = points.width / 2
    return [(a - half, b - half) for a, b, _ in runs(chosen, points.times, points.width, np.inf)]


def pack(values: np.ndarray, least: float, most: float) -> str:
    """Values as one byte each (0 to 254 from `least` to `most`, 255 missing), in base64."""
    known = np.isfinite(values)
    scaled = np.full(len(values), MISSING, np.uint8)
    part = np.clip((values[known] - least) / (most - least), 0, 1)
    scaled[known] = np.round(part * 254).astype(np.uint8)
    return base64.b64encode(scaled.tobytes()).decode("ascii")
