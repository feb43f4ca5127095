"""From the drawing to a frame: the border, lost resolution, optics, sensor, compression, lost packets."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image
from scipy import ndimage


def window_at(rng: np.random.Generator, size: int, points: np.ndarray) -> tuple[int, int, int, int]:
    """A frame (left, top, right, bottom) of a square drawing whose border cuts through the face."""
    left, top, right, bottom = 0, 0, size, size
    low, high = np.percentile(points[:, :2], [2, 98], axis=0)
    share = rng.uniform(0.1, 0.62)
    side = rng.choice(["left", "right", "top", "bottom"], p=[0.32, 0.32, 0.1, 0.26])
    at = low + share * (high - low)
    back = high - share * (high - low)
    if side == "left":
        left = int(np.clip(at[0], 0, size - 32))
    elif side == "right":
        right = int(np.clip(back[0], 32, size))
    elif side == "top":
        top = int(np.clip(at[1], 0, size - 32))
    else:
        bottom = int(np.clip(back[1], 32, size))
    return left, top, right, bottom


def damage(rng: np.random.Generator, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lost packets: rows of blocks that are grey, smeared or taken from elsewhere. The picture, and where it is lost (H, W) 0-1."""
    out, lost = image.copy(), np.zeros(image.shape, np.float32)
    height, width = image.shape
    block = int(rng.choice([8, 12, 16]))
    kind = rng.choice(["grey", "smear", "moved", "blocks"])
    rows = int(rng.integers(1, max(2, height // block // 2)))
    top = int(rng.integers(0, max(1, height - rows * block)))
    start = int(rng.integers(0, width // 2)) if rng.uniform() < 0.5 else 0
    bottom = min(height, top + rows * block)
    area = (slice(top, bottom), slice(start, width))
    if kind == "grey":
        out[area] = 128 + rng.normal(0, 3)
    elif kind == "smear":
        out[area] = out[max(top - 1, 0), start:][None]
    elif kind == "moved":
        out[area] = np.roll(out, (int(rng.integers(10, 60)), int(rng.integers(15, 80))), (0, 1))[area]
    else:
        coarse = rng.normal(out[area].mean(), 50, ((bottom - top) // 4 + 1, (width - start) // 4 + 1))
        out[area] = np.kron(coarse, np.ones((4, 4)))[: bottom - top, : width - start]
    lost[area] = 1
    return out.clip(0, 255), lost


def capture(rng: np.random.Generator, image: np.ndarray, factor: float) -> np.ndarray:
    """A drawing (H, W) float 0-255 as a camera gives it, its sides times ``factor`` (at most 1), uint8."""
    if rng.uniform() < 0.5:
        image = ndimage.gaussian_filter(image, rng.uniform(0.2, 1.3) / max(factor, 0.35))
    if rng.uniform() < 0.07:
        image = ndimage.uniform_filter1d(image, int(rng.integers(3, 9)), axis=int(rng.integers(2)))
    if factor < 1:
        size = (max(8, round(image.shape[1] * factor)), max(8, round(image.shape[0] * factor)))
        way = Image.BOX if rng.uniform() < 0.7 else Image.BILINEAR
        image = np.asarray(Image.fromarray(image.astype(np.float32)).resize(size, way), np.float32)
    image = 255 * np.clip(image / 255, 0, 1) ** np.exp(rng.normal(0.02, 0.2))
    image = (image - 118) * np.exp(rng.normal(0.22, 0.22)) + 118 + rng.normal(2, 14)
    noise = rng.normal(0, rng.choice([0.6, 2.0, 5.0, 9.0], p=[0.42, 0.35, 0.17, 0.06]), image.shape)
    out = np.clip(image + noise + 0.5, 0, 255).astype(np.uint8)
    if rng.uniform() < 0.6:
        buffer = io.BytesIO()
        Image.fromarray(out).save(buffer, "JPEG", quality=int(rng.uniform(25, 94)))
        out = np.asarray(Image.open(buffer))
    return out
