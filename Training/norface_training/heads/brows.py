"""Painted brows: single hairs drawn as strokes in the face's texture, so that they move with the skin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .atlas import Atlas


@dataclass
class Brow:
    """How a person's brows look. Lengths in texture units (0.01 is about 0.28 cm)."""

    thickness: float = 0.020
    raised: float = 0.0
    arch: float = 0.0
    density: float = 1.0
    darkness: float = 0.75
    gap: float = 0.0
    length: float = 1.0
    fuzz: float = 0.35


def paint(atlas: Atlas, brow: Brow, rng: np.random.Generator) -> np.ndarray:
    """Coverage 0-1 of both brows over the texture."""
    lines, widths, values = [], [], []
    count = int(130 * brow.density)
    for sign in (-1, 1):
        s = rng.uniform(-0.04 + brow.gap, brow.length, count)
        spread = rng.normal(0, 0.42, count).clip(-1, 1)
        lean = np.clip(0.15 + s * 1.0 + rng.normal(0, brow.fuzz * 0.4, count), 0, 1.35)
        size = rng.uniform(0.012, 0.022, count) * (0.8 + 0.4 * (s < 0.6))
        strength = rng.uniform(0.55, 1.0, count) * np.clip((brow.length + 0.06 - s) / 0.25, 0.25, 1)
        body = brow.thickness * np.interp(s, [0, 0.15, 0.6, 1], [0.75, 1, 0.85, 0.3])
        du = np.interp(s, np.linspace(0, 1, 5), np.interp(np.linspace(0, 1, 5), [0, 1], atlas.brow_du[[0, -1]]))
        v = np.interp(du, atlas.brow_du, atlas.brow_v) + brow.raised + brow.arch * np.sin(np.pi * s.clip(0, 1) ** 1.4)
        v = v + spread * body
        angle = np.where(spread > 0, np.pi / 2 - lean * 1.35, np.pi / 2 - lean * 1.05)
        ends = np.stack([du + np.cos(angle) * size, v + np.sin(angle) * size * 0.6], 1)
        starts = np.stack([du, v], 1)
        for a, b, value in zip(starts, ends, strength):
            lines.append([(0.5 + sign * a[0], a[1]), (0.5 + sign * b[0], b[1])])
            widths.append(0.9 * atlas.size / 256)
            values.append(float(value))
    hairs = atlas.strokes(lines, widths, values)
    half = brow.thickness * np.interp(atlas.brow_s, [-0.05, 0.1, 0.6, 1], [0.6, 1, 0.8, 0.25])
    t = atlas.brow_t - brow.raised - brow.arch * np.sin(np.pi * atlas.brow_s.clip(0, 1) ** 1.4)
    ends = np.clip((atlas.brow_s - brow.gap + 0.05) / 0.12, 0, 1) * np.clip((brow.length + 0.03 - atlas.brow_s) / 0.2, 0, 1)
    under = np.exp(-np.square(t / half) * 1.2) * ends * 0.68 * min(brow.density, 1.3)
    return np.clip(1 - (1 - hairs * 0.8) * (1 - under), 0, 1) * brow.darkness
