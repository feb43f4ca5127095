"""Real clips: each face followed by Face Mesh alone, its crops and eyes, frame by frame."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .. import alignment
from ..benchmarks.sequences import LayoutError, video_frames
from ..data.sources import SourceError
from ..teacher.facemesh import FaceMesh, region_of
from ..world import eyes

_SCORE = 0.7


@dataclass
class Clip:
    """One face: ``frames`` (T,) the numbers of the frames in which it was seen, ``crops`` (T, 96, 96), ``eyes`` (T, 2, 32, 48), ``pose``
    (T, 3) as fitted."""

    name: str
    frames: np.ndarray
    crops: np.ndarray
    eyes: np.ndarray
    pose: np.ndarray


def search(mesh: FaceMesh, luma: np.ndarray) -> tuple | None:
    """A region in which Face Mesh sees a face, by looking over the picture in squares of three sizes; None where it sees none."""
    height, width = luma.shape
    best, found = _SCORE, None
    for share in (0.9, 0.6, 0.4):
        side = share * min(height, width)
        for y in np.arange(side / 2, height - side / 2 + 1, max(side / 2, 1)):
            for x in np.arange(side / 2, width - side / 2 + 1, max(side / 2, 1)):
                region = (float(x), float(y), float(side), 0.0)
                for _ in range(2):
                    points, score = mesh(luma, region)
                    region = region_of(points)
                if score > best and 30 < region[2] < 2 * min(height, width):
                    best, found = score, region
    return found


def follow(mesh: FaceMesh, name: str, frames, numbers) -> Clip:
    """The first face found, followed through the frames (H, W) uint8."""
    region, rows = None, []
    for number, luma in zip(numbers, frames):
        region = region or search(mesh, luma)
        if region is None:
            continue
        points, score = mesh(luma, region)
        if score < _SCORE:
            region = None
            continue
        region = region_of(points)
        rows.append((number, alignment.align(luma, points), eyes.eye_crops(luma, points), alignment.pose_of(points)))
    if not rows:
        raise SourceError(f"{name}: no face found")
    frames, crops, both, pose = zip(*rows)
    return Clip(name, np.asarray(frames), np.stack(crops), np.stack(both), np.asarray(pose, np.float32))


def read(file: Path, mesh: FaceMesh, every: int, most: int) -> Clip:
    """Every so many frames of a clip, at most so many. Raises ``SourceError`` naming the file."""
    numbers = list(range(0, every * most, every))
    pictures = []
    try:
        for luma in video_frames(file, numbers):
            pictures.append(luma)  # noqa: PERF402 - what was read before a clip ended early is kept
    except LayoutError as error:
        # A clip that ends earlier has given what it has.
        if not pictures:
            raise SourceError(str(error)) from error
    return follow(mesh, file.stem, pictures, numbers[: len(pictures)])
