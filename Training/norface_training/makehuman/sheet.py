"""A contact sheet of the second world: the same people at rest and with each unit, and people as the sets have them.

    python -m norface_training.makehuman.sheet --data DATA --cache CACHE --mesh face_landmark.tflite --out Training/docs/makehuman.jpg

Painted surroundings only, so that the sheet shows nobody who exists.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from ..heads.gl import Camera, Light
from ..heads.render import PER_PERSON
from .render import MakeHumanRenderer

#: Numbers that belong to no training set.
FIRST = 6_000_000

#: What the rows show: units with left and right intensity, 0-1.
SHOWN: list[tuple[str, dict[int, tuple[float, float]]]] = [
    ("rest", {}), ("1", {1: (1, 1)}), ("2", {2: (1, 1)}), ("L1 L2", {1: (1, 0), 2: (1, 0)}), ("4", {4: (1, 1)}), ("1 4", {1: (0.8, 0.8), 4: (0.8, 0.8)}),
    ("5", {5: (1, 1)}), ("6", {6: (1, 1)}), ("7", {7: (1, 1)}), ("43", {43: (1, 1)}), ("L43", {43: (1, 0)}), ("9", {9: (1, 1)}), ("10", {10: (1, 1)}),
    ("12", {12: (1, 1)}), ("6 12 25", {6: (1, 1), 12: (1, 1), 25: (0.8, 0.8)}), ("L12", {12: (1, 0)}), ("14", {14: (1, 1)}), ("15", {15: (1, 1)}),
    ("17", {17: (1, 1)}), ("17 24", {17: (1, 1), 24: (1, 1)}), ("15 17", {15: (0.8, 0.8), 17: (0.8, 0.8)}), ("18", {18: (1, 1)}), ("20", {20: (1, 1)}),
    ("23", {23: (1, 1)}), ("24", {24: (1, 1)}), ("25", {25: (1, 1)}), ("26", {26: (1, 1)}), ("28", {28: (1, 1)}),
]  # fmt: skip


def faces(renderer: MakeHumanRenderer, people: list[int], size: int) -> Image.Image:
    """One row for each person, one column for each of ``SHOWN``."""
    out = Image.new("L", (size * len(SHOWN), size * len(people)))
    draw = ImageDraw.Draw(out)
    camera = Camera(192, 192, 1150, 110, (0, -6))
    for row, number in enumerate(people):
        somebody = renderer.person(number)
        somebody.style.glasses = None
        tone = renderer.studio.person(somebody).tone
        for column, (name, units) in enumerate(SHOWN):
            light = Light(key=np.array([-0.35, -0.5, -0.9], np.float32), exposure=0.3 / tone**0.75)
            pixels = renderer.studio.draw(somebody, renderer.sampler.wear(units), camera, light).pixels
            luma = np.where(pixels[..., 3] > 0, pixels[..., 0], 120).astype(np.uint8)
            out.paste(Image.fromarray(luma).resize((size, size), Image.BOX), (size * column, size * row))
            draw.text((size * column + 2, size * row + 1), name, fill=255)
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--mesh", required=True, help="face_landmark.tflite of the mediapipe package")
    parser.add_argument("--people", type=int, default=5)
    parser.add_argument("--rows", type=int, default=3, help="rows of people as the sets have them")
    parser.add_argument("--size", type=int, default=96)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    renderer = MakeHumanRenderer(options.data, options.cache, options.mesh)
    renderer.photos = None
    top = faces(renderer, [FIRST + k for k in range(options.people)], options.size)
    columns = top.width // 96
    crops = [renderer.head((FIRST + 100 + k) * PER_PERSON)["crop"] for k in range(columns * options.rows)]
    below = np.vstack([np.hstack(crops[k : k + columns]) for k in range(0, len(crops), columns)])
    whole = Image.new("L", (top.width, top.height + below.shape[0]))
    whole.paste(top, (0, 0))
    whole.paste(Image.fromarray(below), (0, top.height))
    whole.save(options.out, quality=85)


if __name__ == "__main__":
    main()
