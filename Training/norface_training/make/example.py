"""A worked example's pictures: rendered people of one kind, written as anybody's own pictures with their table.

python -m norface_training.make.example CACHE/makehuman --group child --out FOLDER
"""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from ..data.shards import ShardedSet, ShardError
from ..labels import AUS, SIDES
from ..makehuman.person import GROUPS


def write(source: ShardedSet, mask: np.ndarray, out: Path, count: int | None = None) -> int:
    """Writes the first ``count`` masked rows' crops and ``labels.csv``; returns how many."""
    rows = np.flatnonzero(mask)[:count]
    out.mkdir(parents=True, exist_ok=True)
    header = ["image", "person", *AUS, *(f"{name}{side}" for name in SIDES for side in "LR")]
    with open(out / "labels.csv", "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(header)
        for k in rows:
            name = f"{k:06d}.png"
            Image.fromarray(source["crop"][k]).save(out / name)
            sides = np.stack([source["left"][k], source["right"][k]], 1).ravel()
            table.writerow([name, source["identity"][k], *(f"{v:.2f}" for v in (*source["au"][k], *sides))])
    return len(rows)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("set", type=Path, help="a set of the second world")
    parser.add_argument("--group", choices=list(GROUPS), required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, help="the first so many pictures only")
    options = parser.parse_args(arguments)
    try:
        source = ShardedSet(options.set)
        print(f"{write(source, (source['flags'] & GROUPS[options.group]) > 0, options.out, options.count)} pictures")
    except (ShardError, OSError) as error:
        sys.exit(f"example: {error}")


if __name__ == "__main__":
    main()
