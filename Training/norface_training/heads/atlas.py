"""The face's texture space: positions, tangents and the regions that painting needs, made once and kept on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from .model import HeadModel
from .uvmap import positions

#: Supersampling of painted polygons and strokes.
_OVER = 4


class Atlas:
    """Maps of (size, size) over the face's texture, row 0 at v = 0 (below).

    Attributes:
        position: (S, S, 3) neutral position in cm.
        u, v: texture coordinates of the texel centres; ``du`` = distance from the middle line; ``right`` = True on the
            subject's right (u < 0.5).
        along_u, along_v: tangents divided by their squared length, per texel: they turn a height's texel gradient into
            the surface gradient in the head frame (dimensionless for heights in cm).
        lips: 0-1; ``brow_s`` 0 (inner end) to 1 (outer end) and ``brow_t`` in units of v from the brow's middle line.
        landmarks: (68, 2) texture coordinates of the Multi-PIE landmarks.
    """

    def __init__(self, model: HeadModel, size: int = 256, cache: Path | str | None = None):
        self.size = size
        self.position = self._positions(model, size, cache)
        centres = (np.arange(size, dtype=np.float32) + 0.5) / size
        self.u, self.v = np.meshgrid(centres, centres)
        self.du = np.abs(self.u - 0.5)
        self.right = self.u < 0.5
        rows = model.triangles_of("M_Face")
        uv = np.zeros((len(model.neutral), 2), np.float32)
        uv[model.triangles[rows].ravel()] = model.uv[model.triangle_uv[rows].ravel()]
        self.landmarks = uv[model.landmarks68]
        self._tangents()
        self.lips = self._lips()
        self._brows()

    @staticmethod
    def _positions(model: HeadModel, size: int, cache: Path | str | None) -> np.ndarray:
        file = Path(cache) / f"atlas-{size}.npy" if cache else None
        if file is not None and file.is_file():
            return np.load(file)
        out = positions(model, size)[0]
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            partial = file.with_suffix(".part.npy")
            np.save(partial, out)
            partial.replace(file)
        return out

    def _tangents(self) -> None:
        smooth = ndimage.gaussian_filter(self.position, (1.5, 1.5, 0))
        tv, tu = np.gradient(smooth, axis=(0, 1))
        for name, tangent in (("along_u", tu), ("along_v", tv)):
            square = (tangent**2).sum(-1, keepdims=True)
            setattr(self, name, (tangent / np.maximum(square, 1e-5)).astype(np.float32))
        self.texel = float(np.median(np.sqrt((tu**2).sum(-1))))

    def polygon(self, points: np.ndarray, blur: float = 0.0) -> np.ndarray:
        """Coverage 0-1 of a polygon in texture coordinates, blurred by ``blur`` texels."""
        over = self.size * _OVER
        image = Image.new("L", (over, over), 0)
        ImageDraw.Draw(image).polygon([tuple(p * over) for p in np.asarray(points)], fill=255)
        out = np.asarray(image.resize((self.size, self.size), Image.BOX), np.float32) / 255
        return ndimage.gaussian_filter(out, blur) if blur else out

    def strokes(self, lines: list, widths: list, values: list) -> np.ndarray:
        """Polylines in texture coordinates; widths in texels; values 0-1; the later line covers the earlier."""
        over = self.size * 2
        image = Image.new("L", (over, over), 0)
        draw = ImageDraw.Draw(image)
        for line, width, value in zip(lines, widths, values):
            flat = (np.asarray(line) * over).reshape(-1).tolist()
            draw.line(flat, fill=int(255 * value), width=max(1, round(width * 2)))
        return np.asarray(image.resize((self.size, self.size), Image.BOX), np.float32) / 255

    def _lips(self) -> np.ndarray:
        ring = self.landmarks[48:60].copy()
        centre = ring.mean(0)
        ring = centre + (ring - centre) * [1.0, 1.05]
        return self.polygon(ring, blur=0.8 * self.size / 256)

    def _brows(self) -> None:
        inner_to_outer = self.landmarks[[21, 20, 19, 18, 17]]
        du = 0.5 - inner_to_outer[:, 0]
        self.brow_du, self.brow_v = du, inner_to_outer[:, 1]
        self.brow_s = (self.du - du[0]) / (du[-1] - du[0])
        self.brow_t = self.v - np.interp(self.du, du, self.brow_v)

    def field(self, rng: np.random.Generator, cells: int, octaves: int = 1) -> np.ndarray:
        """Smooth noise, zero mean and about unit deviation, ``cells`` blobs across."""
        out = np.zeros((self.size, self.size), np.float32)
        weight, total = 1.0, 0.0
        for k in range(octaves):
            n = cells * 2**k
            coarse = Image.fromarray(rng.standard_normal((n + 3, n + 3)).astype(np.float32))
            out += weight * np.asarray(coarse.resize((self.size, self.size), Image.BICUBIC))
            total += weight**2
            weight *= 0.6
        return out / np.sqrt(total)
