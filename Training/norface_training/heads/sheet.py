"""A contact sheet: rendered heads, each over the common person wearing the same expression.

    python -m norface_training.heads.sheet --data DATA --cache CACHE --mesh face_landmark.tflite --out Training/docs/heads.jpg

Only painted skins and painted surroundings, so that the sheet shows nobody who exists.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from .render import PER_PERSON, HeadRenderer

#: Heads that belong to no training set.
FIRST = 6_000_000


def sheet(crops: np.ndarray, targets: np.ndarray, columns: int) -> np.ndarray:
    """Rows of crops, each over the row of its targets; (R * 2 * S, columns * S) uint8."""
    rows = []
    for start in range(0, len(crops) - columns + 1, columns):
        rows += [np.hstack(crops[start : start + columns]), np.hstack(targets[start : start + columns])]
    return np.vstack(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--mesh", required=True, help="face_landmark.tflite of the mediapipe package")
    parser.add_argument("--columns", type=int, default=14)
    parser.add_argument("--rows", type=int, default=5)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    renderer = HeadRenderer(options.data, options.cache, options.mesh)
    renderer.photos = renderer.skins = None
    heads = [renderer.head(FIRST + k * PER_PERSON) for k in range(options.columns * options.rows)]
    crops, targets = (np.array([head[name] for head in heads]) for name in ("crop", "target"))
    Image.fromarray(sheet(crops, targets, options.columns)).save(options.out, quality=85)


if __name__ == "__main__":
    main()
