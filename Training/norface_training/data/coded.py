"""Frames of clips coded by eye: which units plainly show. Too few to learn from: they are looked at only.

``frames.txt`` in the folder has a line for each frame, ``CLIP NUMBER | units that show | units not plain, left out``; every other unit
of ours does not show. ``CLIP.mp4`` lies beside it, frames are counted from zero. A ``#`` begins a comment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..benchmarks.sequences import LayoutError, video_frames
from ..labels import AU_INDEX, AUS
from .sources import SourceError


@dataclass(frozen=True)
class CodedFrame:
    """``shows`` and ``known`` are masks over ``AUS``: a unit that is not known is left out."""

    clip: str
    number: int
    shows: np.ndarray
    known: np.ndarray


def coded_frames(folder: Path) -> list[CodedFrame]:
    """The frames that ``frames.txt`` lists, in its order. Raises ``SourceError`` naming the line."""
    file = Path(folder) / "frames.txt"
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise SourceError(f"{file}: {error.strerror}") from error
    frames = []
    for at, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            where, shown, left_out = line.split("|")
            clip, number = where.split()
            shows, known = np.zeros(len(AUS), bool), np.ones(len(AUS), bool)
            shows[[AU_INDEX[int(unit)] for unit in shown.split()]] = True
            known[[AU_INDEX[int(unit)] for unit in left_out.split()]] = False
            frames.append(CodedFrame(clip, int(number), shows, known | shows))
        except (KeyError, ValueError) as error:
            raise SourceError(f"{file} line {at}: not 'CLIP NUMBER | units | units': {error}") from None
    return frames


def coded_pictures(folder: Path, frames: list[CodedFrame]) -> Iterator[np.ndarray]:
    """Their pictures (H, W) uint8, in order; needs ``ffmpeg``."""
    pictures: dict[tuple[str, int], np.ndarray] = {}
    for clip in dict.fromkeys(frame.clip for frame in frames):
        numbers = sorted({frame.number for frame in frames if frame.clip == clip})
        try:
            for number, luma in zip(numbers, video_frames(Path(folder) / f"{clip}.mp4", numbers), strict=True):
                pictures[clip, number] = luma
        except LayoutError as error:
            raise SourceError(str(error)) from error
    for frame in frames:
        yield pictures[frame.clip, frame.number]
