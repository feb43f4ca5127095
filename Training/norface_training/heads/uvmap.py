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
    for tri in triangles:
        local, inside, (y, x) = rasterise_one(size, uv[tri], values[tri])
        out[y, x][inside] = local[inside]
        mask[y, x] |= inside
    return out, mask


def rasterise_one(size: int, uv: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, tuple[slice, slice]]:
    """One triangle: values over its bounding box (h, w, C), the mask of texels inside, and the box's slices."""
    p = uv * size - 0.5
    low = np.maximum(np.ceil(p.min(0) - 1e-6).astype(int), 0)
    high = np.minimum(np.floor(p.max(0) + 1e-6).astype(int), size - 1)
    box = (slice(low[1], max(high[1], low[1] - 1) + 1), slice(low[0], max(high[0], low[0] - 1) + 1))
    xs, ys = np.meshgrid(np.arange(box[1].start, box[1].stop), np.arange(box[0].start, box[0].stop))
    (ax, ay), (bx, by), (cx, cy) = p
    det = (by - cy) * (ax - cx) + (cx - bx) * (ay - cy)
    if abs(det) < 1e-12:
        return np.zeros((*xs.shape, values.shape[1]), np.float32), np.zeros(xs.shape, bool), box
    wa = ((by - cy) * (xs - cx) + (cx - bx) * (ys - cy)) / det
    wb = ((cy - ay) * (xs - cx) + (ax - cx) * (ys - cy)) / det
    weights = np.stack([wa, wb, 1 - wa - wb], -1)
    return (weights @ values).astype(np.float32), (weights >= -1e-5).all(-1), box


def corners(model: HeadModel, size: int, material: str = "M_Face") -> tuple[np.ndarray, np.ndarray]:
    """For each texel of a material the three vertices of its triangle (S, S, 3) int32 and their weights (S, S, 3) float32.

    Texels that no triangle covers take those of the nearest that is covered.
    """
    from scipy import ndimage

    rows = model.triangles_of(material)
    uv = model.uv - np.floor(model.uv[model.triangle_uv[rows].ravel()].min(0))
    ids = np.full((size, size, 3), -1, np.int32)
    weights = np.zeros((size, size, 3), np.float32)
    eye = np.eye(3, dtype=np.float32)
    for row in rows:
        local, mask, (y, x) = rasterise_one(size, uv[model.triangle_uv[row]], eye)
        ids[y, x][mask] = model.triangles[row]
        weights[y, x][mask] = local[mask]
    nearest = tuple(ndimage.distance_transform_edt(ids[..., 0] < 0, return_distances=False, return_indices=True))
    return ids[nearest], weights[nearest]


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
