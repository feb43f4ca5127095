"""ELAN: a tier for each person and unit, and for cuts and markers."""

from __future__ import annotations

import mimetypes
import os
from pathlib import Path

from .errors import MissingExtraError
from .files import whole_file
from .intervals import annotations_of, media
from .options import Options


def write(path: Path, target: Path, options: Options) -> list[str]:
    """Writes the file."""
    try:
        from pympi.Elan import Eaf
    except ImportError:
        raise MissingExtraError("pympi-ling") from None
    told = annotations_of(path, options)
    eaf = Eaf(author="norface")
    eaf.remove_tier("default")
    video = media(told.recording)
    if video is not None:
        kind = mimetypes.guess_type(video)[0] or "unknown"
        if os.path.isabs(video):
            near = os.path.relpath(video, target.parent.resolve())
            eaf.add_linked_file(Path(video).as_uri(), near, kind)
        else:
            eaf.add_linked_file(video, video, kind)
    for tier in told.tiers:
        eaf.add_tier(tier.name)
        end = 0
        for onset, offset, text in tier.intervals:
            # Milliseconds are ELAN's unit; a tier's annotations must not overlap or be empty.
            start = max(end, round(onset * 1000))
            end = max(start + 1, round(offset * 1000))
            eaf.add_annotation(tier.name, start, end, text)
    for kind in ("cut", "marker"):
        _add_points(eaf, kind, [(time, text) for time, name, text in told.points if name == kind])
    with whole_file(target) as part:
        eaf.to_file(str(part))
    return told.notes + (["cuts and markers are annotations of 1 ms"] if told.points else [])


def _add_points(eaf, kind: str, points: list[tuple[float, str]]) -> None:  # type: ignore[no-untyped-def]
    if points:
        eaf.add_tier(kind)
    end = 0
    for time, text in points:
        start = max(end, round(time * 1000))
        end = start + 1
        eaf.add_annotation(kind, start, end, text)
