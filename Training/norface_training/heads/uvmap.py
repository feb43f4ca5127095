"""Maps in the face's texture space: where each texel lies on the neutral head, and simple painting helpers.

Texture space is (row, column) with row 0 at v = 0 (the chin's side), as OpenGL uploads it.
"""

from __future__ import annotations

import numpy as np

from .model import HeadModel


def rasterise(size: int, uv: np.ndarray, triangles: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Barycentric interpolation of ``values`` (per corner index) over triangles in texture space.

    Returns the (size, size, C) map and the covered mask. Slow and exact; run once and kept.
    """
    out = np.zeros((size, size, values.shape[1]), np.float32)
    mask = np.zeros((size, size), bool)
    corners = uv * size - 0.5
    for tri in triangles:
        p = corners[tri]
        low = np.maximum(np.ceil(p.min(0) - 1e-6).astype(int), 0)
        high = np.minimum(np.floor(p.max(0) + 1e-6).astype(int), size - 1)
        if (high < low).any():
            continue
        xs, ys = np.meshgrid(np.arange(low[0], high[0] + 1), np.arange(low[1], high[1] + 1))
        (ax, ay), (bx, by), (cx, cy) = p
        det = (by - cy) * (ax - cx) + (cx - bx) * (ay - cy)
        if abs(det) < 1e-12:
            continue
        wa = ((by - cy) * (xs - cx) + (cx - bx) * (ys - cy)) / det
        wb = ((cy - ay) * (xs - cx) + (ax - cx) * (ys - cy)) / det
        wc = 1 - wa - wb
        inside = (wa >= -1e-5) & (wb >= -1e-5) & (wc >= -1e-5)
        w = np.stack([wa, wb, wc], -1)[inside]
        out[ys[inside], xs[inside]] = w @ values[tri]
        mask[ys[inside], xs[inside]] = True
    return out, mask


def positions(model: HeadModel, size: int, material: str = "M_Face") -> tuple[np.ndarray, np.ndarray]:
    """Neutral position (cm) of each texel of a material and the covered mask; holes are filled from neighbours."""
    from scipy import ndimage

    rows = model.triangles_of(material)
    pairs = np.stack([model.triangles[rows].ravel(), model.triangle_uv[rows].ravel()], 1)
    unique, inverse = np.unique(pairs, axis=0, return_inverse=True)
    uv = model.uv[unique[:, 1]]
    uv = uv - np.floor(uv.min(0))
    out, mask = rasterise(size, uv, inverse.reshape(-1, 3), model.neutral[unique[:, 0]])
    nearest = ndimage.distance_transform_edt(~mask, return_distances=False, return_indices=True)
    return out[tuple(nearest)], mask
