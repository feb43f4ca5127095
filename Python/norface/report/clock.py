"""The time axis of a recording: one clock over all epochs, and what a frame stands for."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

#: Seconds out of sight after which nothing is known of what a face did before, as in `summary.csv`.
LONGEST_GAP = 1.0
#: Stretches of one row of a chart that are drawn one by one.
MOST_STRETCHES = 400


@dataclass
class Clock:
    """Seconds since the first frame for each frame of a recording."""

    #: One value a frame, seconds, never decreasing.
    times: np.ndarray
    #: Seconds that a frame stands for: the mean time between frames of one epoch; 0 where there is none.
    interval: float
    #: Where a new epoch begins: seconds.
    breaks: list[float] = field(default_factory=list)
    #: Whether the time between epochs is known. If not, they are set one behind the other.
    breaks_known: bool = True

    @property
    def length(self) -> float:
        """Seconds from the first frame to the end of the last one."""
        return float(self.times[-1]) + self.interval if len(self.times) else 0.0

    @property
    def longest_step(self) -> float:
        """Seconds between two frames from which on frames are missing between them."""
        return max(3 * self.interval, 0.25)


def make_clock(frames: pd.DataFrame) -> Clock:
    """Puts the epochs of a recording on one clock.

    Within an epoch the stream's own time counts. Between epochs the time of capture counts where it is known, else the
    stream's time when it goes on, else the next epoch is set one frame behind the last.
    """
    pts = frames["pts"].to_numpy(float)
    if not len(pts):
        return Clock(np.zeros(0), 0.0)
    epoch = frames["epoch"].to_numpy() if "epoch" in frames else np.zeros(len(pts))
    steps = np.diff(pts)
    same = epoch[1:] == epoch[:-1]
    forward = steps[same & (steps >= 0)]
    interval = float(forward.mean()) if len(forward) and forward.sum() > 0 else 0.0
    steps = np.maximum(steps, 0.0)
    known = True
    breaks = []
    captured = pd.to_datetime(frames["time"], utc=True, errors="coerce") if "time" in frames else None
    for index in np.flatnonzero(~same):
        step = pts[index + 1] - pts[index]
        if captured is not None and captured.iloc[index : index + 2].notna().all():
            step = (captured.iloc[index + 1] - captured.iloc[index]).total_seconds()
        elif step < 0:
            step, known = interval, False
        steps[index] = max(step, 0.0)
    times = np.concatenate([[0.0], np.cumsum(steps)])
    breaks = [float(times[index + 1]) for index in np.flatnonzero(~same)]
    return Clock(times, interval, breaks, known)


def stream_times(clock: Clock, frames: pd.DataFrame, pts: np.ndarray, epoch: np.ndarray) -> np.ndarray:
    """Seconds on the clock of moments that are given in the stream's own time and epoch; NaN where that epoch has no frames."""
    result = np.full(len(pts), np.nan)
    own = frames["pts"].to_numpy(float)
    epochs = frames["epoch"].to_numpy() if "epoch" in frames else np.zeros(len(own))
    for value in np.unique(epoch):
        rows = np.flatnonzero(epochs == value)
        if len(rows):
            chosen = epoch == value
            result[chosen] = pts[chosen] - own[rows[0]] + clock.times[rows[0]]
    return result


def runs(chosen: np.ndarray, times: np.ndarray, interval: float, longest_step: float) -> list[tuple[float, float, int]]:
    """Stretches of frames in a row: (begin, end, number of frames), seconds.

    `chosen` are times' indices in growing order; two are in a row when no more than `longest_step` seconds lie between them
    and no frame that is not chosen.
    """
    if not len(chosen):
        return []
    at = times[chosen]
    parts = np.flatnonzero((np.diff(chosen) > 1) | (np.diff(at) > longest_step)) + 1
    starts = np.concatenate([[0], parts])
    ends = np.concatenate([parts, [len(chosen)]])
    return [(float(at[a]), float(at[b - 1]) + interval, int(b - a)) for a, b in zip(starts, ends, strict=True)]


def join_closest(stretches: list[tuple[float, float]], most: int = MOST_STRETCHES) -> list[tuple[float, float]]:
    """Stretches (begin, end) in order, those with the smallest gaps between them joined until there are no more than `most`."""
    stretches = sorted(stretches)
    if len(stretches) <= most:
        return stretches
    gaps = sorted(b[0] - a[1] for a, b in itertools.pairwise(stretches))
    limit = gaps[len(stretches) - most - 1]
    found = [stretches[0]]
    for begin, end in stretches[1:]:
        if begin - found[-1][1] <= limit:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return found


def spell(seconds: float, *, decimals: int = 0) -> str:
    """A time as people write it: 0:07, 12:30, 1:02:03, with decimals where they are asked for."""
    if not np.isfinite(seconds):
        return "not known"
    scale = 10**decimals
    ticks = round(abs(seconds) * scale)
    whole, part = divmod(ticks, scale)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
    if decimals:
        text += f".{part:0{decimals}d}"
    return "−" + text if seconds < 0 and ticks else text
