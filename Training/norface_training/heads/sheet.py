"""A contact sheet of a rendered set: each head over the common person wearing the same expression.

python -m norface_training.heads.sheet --cache CACHE --set heads --out Training/docs/heads.jpg
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from ..data.shards import ShardedSet


def sheet(crops: np.ndarray, targets: np.ndarray, columns: int) -> np.ndarray:
    """Rows of crops, each over the row of its targets; (R * 2 * S, columns * S) uint8."""
    rows = []
    for start in range(0, len(crops) - columns + 1, columns):
        rows += [np.hstack(crops[start : start + columns]), np.hstack(targets[start : start + columns])]
    return np.vstack(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--set", default="heads")
    parser.add_argument("--columns", type=int, default=14)
    parser.add_argument("--rows", type=int, default=5)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    heads = ShardedSet(options.cache / options.set)
    chosen = np.linspace(0, len(heads) - 1, options.columns * options.rows).astype(int)
    Image.fromarray(sheet(heads["crop"][chosen], heads["target"][chosen], options.columns)).save(options.out, quality=85)


if __name__ == "__main__":
    main()
