"""Wrinkles as painted height fields: the mesh is far too coarse to fold where skin folds.

Each channel is a set of lines in the face's texture, drawn in many random variants (the bank) and driven by the expression's
coefficients. Heights are relative: 1 is a ridge of full height, -1 the bottom of a full furrow.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import ndimage

from .atlas import Atlas
from .model import HeadModel

#: Channels with a side, drawn on the subject's left (u > 0.5) and mirrored.
SIDED = ("forehead", "furrow", "crow", "bag", "bunny", "fold", "sneer", "dimple", "marionette", "stretch", "nostril")
#: Channels across the middle.
MIDDLE = ("inner", "nasion", "chin", "crease", "lips", "purse")
CHANNELS = tuple(f"{name}_{side}" for name in SIDED for side in "LR") + MIDDLE

#: Coefficients that drive each sided channel (same side) or middle channel: sum of weight x coefficient, clipped.
DRIVERS = {
    "forehead": {"browOuterUp": 1.0, "browInnerUp": 0.25},
    "inner": {"browInnerUp": 1.0, "browOuterUp": 0.15},
    "furrow": {"browDown": 1.0, "browInnerUp": 0.15},
    "nasion": {"browDown": 0.6, "noseSneer": 0.7},
    "crow": {"cheekSquint": 0.6, "cheekRaiser": 0.5, "mouthSmile": 0.25, "eyeSquint": 0.2, "eyeBlink": 0.0},
    "bag": {"cheekSquint": 0.5, "cheekRaiser": 0.4, "eyeSquint": 0.7, "mouthSmile": 0.15},
    "bunny": {"noseSneer": 1.0},
    "nostril": {"noseSneer": 0.8, "mouthUpperUp": 0.3},
    "fold": {"mouthSmile": 1.0, "mouthUpperUp": 0.35, "noseSneer": 0.4, "cheekRaiser": 0.2, "mouthDimple": 0.2},
    "sneer": {"mouthUpperUp": 0.9, "noseSneer": 0.9},
    "dimple": {"mouthDimple": 1.0, "mouthSmile": 0.15, "mouthPress": 0.1},
    "marionette": {"mouthFrown": 1.0, "mouthPress": 0.15, "mouthShrugLower": 0.15},
    "stretch": {"mouthStretch": 1.0, "mouthSmile": 0.1},
    "chin": {"mouthShrugLower": 1.0, "mouthFrown": 0.15},
    "crease": {"mouthShrugLower": 0.8, "mouthRollLower": 0.4, "mouthPress": 0.4},
    "lips": {"mouthPress": 0.7, "mouthRollUpper": 0.4, "mouthRollLower": 0.4},
    "purse": {"mouthPucker": 0.8, "mouthFunnel": 0.3},
}


def _curve(points, rng, wobble: float, count: int = 14) -> np.ndarray:
    """A smooth polyline through control points with a little wobble; (count, 2)."""
    points = np.asarray(points, float)
    t = np.linspace(0, len(points) - 1, count)
    coarse = np.stack([np.interp(t, np.arange(len(points)), points[:, k]) for k in range(2)], 1)
    smooth = ndimage.gaussian_filter1d(coarse, 1.5, axis=0, mode="nearest")
    noise = ndimage.gaussian_filter1d(rng.normal(0, 1, (count, 2)), 2.0, axis=0) * wobble
    return smooth + noise


class _Pen:
    """Collects furrows and turns them into a height field."""

    def __init__(self, atlas: Atlas):
        self.atlas = atlas
        self.groups: dict[float, tuple[list, list, list]] = {}

    def line(self, curve: np.ndarray, width: float, depth: float) -> None:
        """A furrow along the curve: ``width`` in texels of a 256 atlas, tapering to its ends."""
        lines, widths, values = self.groups.setdefault(width, ([], [], []))
        taper = np.sin(np.linspace(0.12, np.pi - 0.12, len(curve) - 1)) ** 0.7
        for a, b, t in zip(curve[:-1], curve[1:], taper):
            lines.append([a, b])
            widths.append(1.3 * self.atlas.size / 256)
            values.append(float(np.clip(depth * t, 0, 1)))

    def height(self) -> np.ndarray:
        out = np.zeros((self.atlas.size, self.atlas.size), np.float32)
        for width, (lines, widths, values) in self.groups.items():
            sigma = width * self.atlas.size / 256
            ink = self.atlas.strokes(lines, widths, values)
            groove = ndimage.gaussian_filter(ink, sigma)
            ridge = ndimage.gaussian_filter(ink, sigma * 2.6)
            out += (1.1 * ridge - 2.0 * groove) * (sigma * 1.5)
        return out.clip(-1, 1)


def _draw(name: str, pen: _Pen, rng: np.random.Generator) -> None:
    """One variant of a channel; sided channels at u > 0.5."""
    n, u = rng.normal, rng.uniform
    w = lambda *p: _curve(p, rng, 0.0035)
    if name == "forehead":
        for v in np.arange(0.845 + u(0, 0.015), 0.93, u(0.024, 0.036)):
            pen.line(
                w((0.56 + u(-0.02, 0.02), v), (0.64, v + 0.012), (0.70, v + 0.006), (0.75 + n(0, 0.015), v - 0.02)),
                1.3,
                u(0.6, 1),
            )
    elif name == "inner":
        for v in np.arange(0.85 + u(0, 0.015), 0.92, u(0.025, 0.036)):
            r = u(0.06, 0.12)
            pen.line(
                w(
                    (0.5 - r, v + 0.006),
                    (0.5 - r / 2, v + 0.002),
                    (0.5, v - 0.008),
                    (0.5 + r / 2, v + 0.002),
                    (0.5 + r, v + 0.006),
                ),
                1.3,
                u(0.6, 1),
            )
    elif name == "furrow":
        x = 0.519 + n(0, 0.004)
        pen.line(w((x - 0.003, 0.762), (x, 0.79), (x + 0.006 + n(0, 0.004), 0.835 + n(0, 0.01))), 1.5, 1)
        pen.line(w((x + 0.004, 0.768), (x + 0.02, 0.782), (x + 0.035, 0.79)), 2.4, 0.6)
        if u() < 0.4:
            pen.line(w((x + 0.016, 0.80), (x + 0.022, 0.84)), 1.2, u(0.4, 0.8))
    elif name == "nasion":
        for v in (0.748 + n(0, 0.004), 0.730 + n(0, 0.004)):
            pen.line(w((0.472, v + 0.004), (0.5, v - 0.003), (0.528, v + 0.004)), 1.3, u(0.5, 1))
    elif name == "crow":
        for a in np.radians(np.linspace(-38, 30, rng.integers(3, 6)) + n(0, 5)):
            s, length = u(0.012, 0.02), u(0.04, 0.075)
            x, y = 0.693, 0.715
            pen.line(
                w(
                    (x + s * np.cos(a), y + s * np.sin(a)),
                    (x + (s + length / 2) * np.cos(a), y + (s + length / 2) * np.sin(a) - 0.003),
                    (x + (s + length) * np.cos(a), y + (s + length) * np.sin(a) - 0.010),
                ),
                1.2,
                u(0.6, 1),
            )
    elif name == "bag":
        d = n(0, 0.003)
        pen.line(w((0.592, 0.700), (0.63, 0.684 + d), (0.67, 0.689 + d), (0.700, 0.703)), 1.5, 1)
        pen.line(w((0.590, 0.690), (0.62, 0.668 + d), (0.66, 0.664 + d), (0.705, 0.682)), 1.8, u(0.4, 0.8))
    elif name == "bunny":
        for k in range(rng.integers(2, 4)):
            v = 0.735 - 0.021 * k + n(0, 0.003)
            pen.line(w((0.512, v), (0.530, v - 0.006), (0.556, v + 0.006)), 1.3, u(0.6, 1))
        pen.line(w((0.54, 0.70), (0.552, 0.67), (0.575, 0.655)), 1.8, u(0.4, 0.8))
    elif name == "nostril":
        pen.line(w((0.545, 0.612), (0.566, 0.606), (0.582, 0.585), (0.585, 0.560)), 1.4, 1)
    elif name == "fold":
        d = n(0, 0.004)
        pen.line(
            w(
                (0.572, 0.600),
                (0.598, 0.572),
                (0.620 + d, 0.530),
                (0.640 + d, 0.480),
                (0.645 + d, 0.435),
                (0.636, 0.405),
            ),
            1.7,
            0.75,
        )
        pen.line(w((0.574, 0.598), (0.602, 0.568), (0.628 + d, 0.520), (0.645 + d, 0.470)), 1.2, 0.4)
        if u() < 0.4:
            pen.line(w((0.660, 0.52), (0.680, 0.46), (0.680, 0.41)), 1.6, u(0.3, 0.7))
    elif name == "sneer":
        pen.line(w((0.556, 0.622), (0.580, 0.595), (0.602, 0.560), (0.613, 0.52)), 1.9, 1)
    elif name == "dimple":
        x = 0.632 + n(0, 0.004)
        pen.line(w((x - 0.004, 0.462), (x + 0.006, 0.437), (x - 0.002, 0.408)), 1.6, 1)
        pen.line(w((x - 0.002, 0.445), (x + 0.001, 0.430)), 2.6, 1)
    elif name == "marionette":
        x = 0.628 + n(0, 0.005)
        pen.line(w((x - 0.012, 0.436), (x, 0.415), (x + 0.012, 0.385), (x + 0.012, 0.35)), 1.8, 1)
    elif name == "stretch":
        for k in range(2):
            x = 0.640 + 0.022 * k + n(0, 0.004)
            pen.line(w((x, 0.475), (x + 0.012, 0.43), (x + 0.006, 0.385)), 1.8, u(0.25, 0.6))
    elif name == "crease":
        pen.line(w((0.44, 0.330), (0.47, 0.338), (0.5, 0.342), (0.53, 0.338), (0.56, 0.330)), 2.0, 1)
    elif name == "lips":
        pen.line(
            w((0.40, 0.447), (0.43, 0.49), (0.47, 0.512), (0.5, 0.506), (0.53, 0.512), (0.57, 0.49), (0.60, 0.447)),
            1.6,
            0.7,
        )
        pen.line(w((0.41, 0.412), (0.44, 0.372), (0.5, 0.352), (0.56, 0.372), (0.59, 0.412)), 1.6, 0.8)
        for x in (0.388, 0.612):
            pen.line(w((x, 0.455), (x + 0.006 * np.sign(x - 0.5), 0.436), (x, 0.415)), 1.5, 1)
        for x in np.linspace(0.43, 0.57, 8):
            if u() < 0.6:
                x += n(0, 0.004)
                pen.line(w((x, 0.512), (x + (x - 0.5) * 0.05, 0.53)), 0.9, u(0.3, 0.7))
    elif name == "purse":
        for a in np.linspace(0, 2 * np.pi, 22, endpoint=False) + n(0, 0.06):
            c, s = np.cos(a), np.sin(a)
            pen.line(w((0.5 + 0.105 * c, 0.433 + 0.088 * s), (0.5 + 0.135 * c, 0.433 + 0.115 * s)), 1.0, u(0.15, 0.45))


def _chin(atlas: Atlas, rng: np.random.Generator) -> np.ndarray:
    """The pebbled chin of a raised mentalis: a patch of small bumps."""
    patch = np.exp(-(((atlas.u - 0.5) / 0.055) ** 2) - ((atlas.v - 0.300) / 0.028) ** 2)
    return (0.45 * patch * atlas.field(rng, 60)).clip(-1, 1).astype(np.float32)


class WrinkleBank:
    """``variants`` random drawings of every channel: ``maps`` (variants, channels, S * S) int8, 127 = 1."""

    def __init__(self, atlas: Atlas, model: HeadModel, variants: int = 20, seed: int = 1):
        self.atlas = atlas
        rng = np.random.default_rng(seed)
        size = atlas.size
        self.maps = np.zeros((variants, len(CHANNELS), size * size), np.int8)
        for k in range(variants):
            for c, channel in enumerate(CHANNELS):
                name = channel.removesuffix("_L").removesuffix("_R")
                if name == "chin":
                    height = _chin(atlas, rng)
                else:
                    pen = _Pen(atlas)
                    _draw(name, pen, rng)
                    height = pen.height()
                if channel.endswith("_R"):
                    height = height[:, ::-1]
                self.maps[k, c] = np.round(height.reshape(-1) * 127)
        self.drive = self._drive(model)

    @staticmethod
    def _drive(model: HeadModel) -> np.ndarray:
        """(57, channels): coefficients to channel strengths."""
        out = np.zeros((len(model.names), len(CHANNELS)), np.float32)
        for c, channel in enumerate(CHANNELS):
            name, _, side = channel.partition("_")
            for shape, weight in DRIVERS[name].items():
                if shape in model.index:
                    out[model.index[shape], c] += weight
                elif side:
                    out[model.index[f"{shape}_{side}"], c] += weight
                else:
                    for s in "LR":
                        out[model.index[f"{shape}_{s}"], c] += weight / 2
        return out

    def height(self, variant: int, coefficients: np.ndarray, gains: np.ndarray, resting: np.ndarray) -> np.ndarray:
        """Height field (S, S), 1 = a full furrow: ``gains`` (channels) of a person, ``resting`` their furrows at rest."""
        active = np.clip(coefficients @ self.drive, 0, 1.3) ** 1.2 * gains + resting
        rows = np.flatnonzero(active > 0.02)
        size = self.atlas.size
        if not len(rows):
            return np.zeros((size, size), np.float32)
        maps = self.maps[variant, rows].astype(np.float32)
        return ((active[rows] / 127).astype(np.float32) @ maps).reshape(size, size)


@lru_cache(maxsize=1)
def channel_index() -> dict[str, int]:
    """Position of each channel."""
    return {name: k for k, name in enumerate(CHANNELS)}
