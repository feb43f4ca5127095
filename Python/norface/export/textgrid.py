"""Praat: a tier of intervals for each person and unit, and tiers of points for cuts and markers."""

from __future__ import annotations

from pathlib import Path

from .errors import ExportError, MissingExtraError
from .files import whole_file
from .intervals import annotations_of, duration
from .options import Options


def write(path: Path, target: Path, options: Options) -> list[str]:
    """Writes the file.

    Raises:
        ExportError: there is nothing to tell; Praat takes no file without a tier.
    """
    try:
        from pympi.Praat import TextGrid
    except ImportError:
        raise MissingExtraError("pympi-ling") from None
    told = annotations_of(path, options)
    if not told.tiers and not told.points:
        raise ExportError(f"{path}: no event to write, and Praat reads no file without a tier")
    ends = [interval[1] for tier in told.tiers for interval in tier.intervals] + [point[0] for point in told.points]
    grid = TextGrid(xmin=0, xmax=max(duration(told.recording), *ends) if ends else duration(told.recording))
    for tier in told.tiers:
        written = grid.add_tier(tier.name)
        for onset, offset, text in tier.intervals:
            written.add_interval(onset, offset, text, check=False)
    for kind in ("cut", "marker"):
        points = [(time, text) for time, name, text in told.points if name == kind]
        if not points:
            continue
        written = grid.add_tier(kind, tier_type="TextTier")
        end = -1.0
        for time, text in points:
            # Two points of one time are one to Praat.
            end = max(time, end + 0.000001)
            written.add_point(end, text, check=False)
    with whole_file(target) as part:
        grid.to_file(str(part))
    return told.notes
