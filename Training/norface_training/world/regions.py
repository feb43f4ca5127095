"""The eight regions whose visibility is told, as points on the head model's face, and what of them a picture shows."""

from __future__ import annotations

import itertools

import numpy as np

from ..heads.correspond import mesh_vertices
from ..heads.gl import TO_CAMERA, Camera
from ..heads.model import HeadModel

#: Order of ``visible``: part of the face, then the subject's own side.
REGIONS = (
    "brow_left", "brow_right", "eye_left", "eye_right", "cheek_left", "cheek_right", "mouth_left", "mouth_right",
)  # fmt: skip

#: The eye's own region reaches so far beyond the lids' ring, cm.
_LIDS = 0.3
#: Brows lie so much lower than the model's brow landmarks (``heads/person.py``, RESTING_BROW), and are so thick, cm.
_BROW_DROP, _BROW_THICK = 0.5, 0.55
#: Points of each region.
POINTS = 48


def _near(points: np.ndarray, line: np.ndarray) -> np.ndarray:
    """Distance of ``points`` (N, 2) to a polyline (M, 2)."""
    out = np.full(len(points), np.inf)
    for a, b in itertools.pairwise(line):
        t = np.clip(((points - a) @ (b - a)) / max(((b - a) ** 2).sum(), 1e-9), 0, 1)
        out = np.minimum(out, np.linalg.norm(points - a - t[:, None] * (b - a), axis=1))
    return out


def _inside(points: np.ndarray, ring: np.ndarray) -> np.ndarray:
    """Even-odd rule."""
    x, y = points.T
    out = np.zeros(len(points), bool)
    for (x0, y0), (x1, y1) in zip(ring, np.roll(ring, -1, 0)):
        crosses = (y0 > y) != (y1 > y)
        with np.errstate(divide="ignore", invalid="ignore"):
            out ^= crosses & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return out


class Regions:
    """``vertices`` (8, POINTS) of the head model, spread evenly over each region of the neutral face; ``landmarks`` of Face Mesh in each.

    Brows and eyes are what lies about their lines; cheeks reach from the lower lids to the base of the nose and hold half of the nose;
    mouth and chin are what lies below it, as far as the chin.
    """

    def __init__(self, model: HeadModel):
        place = model.neutral[:9409]
        flat, marks = place[:, :2], model.neutral[model.landmarks68][:, :2]
        normal = model.normals(model.neutral)[:9409]
        front = normal[:, 2] > 0.15
        base, chin = marks[33, 1], marks[8, 1]
        side = {"left": place[:, 0] > 0, "right": place[:, 0] < 0}
        rows, on_mesh = [], []
        mesh = mesh_vertices()
        for name in REGIONS:
            part, of = name.split("_")
            subject_left = of == "left"
            brow = marks[22:27] if subject_left else marks[17:22]
            ring = marks[42:48] if subject_left else marks[36:42]
            lids = _inside(flat, ring) | (_near(flat, np.concatenate([ring, ring[:1]])) < _LIDS)
            if part == "brow":
                chosen = _near(flat, brow - [0, _BROW_DROP]) < _BROW_THICK
            elif part == "eye":
                chosen = lids
            elif part == "cheek":
                outer = np.abs(ring[:, 0]).max() + 0.6
                chosen = (flat[:, 1] < ring[:, 1].min() - _LIDS) & (flat[:, 1] > base) & (np.abs(flat[:, 0]) < outer)
                nose = (np.abs(flat[:, 0]) < 1.1) & (flat[:, 1] < ring[:, 1].mean()) & (flat[:, 1] > base)
                chosen |= nose
            else:
                half = np.abs(marks[[48, 54], 0]).max() + 0.9
                chosen = (flat[:, 1] < base) & (flat[:, 1] > chin + 0.3) & (np.abs(flat[:, 0]) < half)
            chosen &= side[of] & front
            rows.append(_spread(place, np.flatnonzero(chosen)))
            on_mesh.append(np.flatnonzero(chosen[mesh]))
        self.vertices, self.landmarks = np.asarray(rows), on_mesh

    def shown(self, points: np.ndarray, cover: np.ndarray) -> np.ndarray:
        """The share of each region that is not under ``cover`` (H, W) and inside the picture, from landmarks (468, 2 or 3), (8,)."""
        height, width = cover.shape
        out = []
        for rows in self.landmarks:
            column, row = np.floor(points[rows, :2]).astype(int).T
            inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
            out.append((inside & (cover[row.clip(0, height - 1), column.clip(0, width - 1)] < 0.5)).mean())
        return np.asarray(out)

    def seen(
        self,
        vertices: np.ndarray,
        normals: np.ndarray,
        camera: Camera,
        depth: np.ndarray,
        cover: np.ndarray,
        lenses: np.ndarray,
        window: tuple[int, int, int, int],
    ) -> tuple[np.ndarray, np.ndarray]:
        """Visible and covered shares (8,) each.

        Args:
            depth: (H, W) distance along the camera's axis of what was drawn, cm.
            cover: (H, W) opacity 0-1 of what was laid over the drawing.
            lenses: (H, W) bool, where a clear lens was drawn, through which the face is seen.
            window: left, top, right, bottom of the frame in the drawing.
        """
        rows = self.vertices.ravel()
        place = camera.place(vertices[rows])
        at = camera.project(vertices[rows])[:, :2]
        turn = camera.rotation @ TO_CAMERA
        ray = place / np.linalg.norm(place, axis=1, keepdims=True)
        facing = -((normals[rows] @ turn.T) * ray).sum(1) > 0.1
        height, width = depth.shape
        column, row = np.floor(at[:, 0]).astype(int), np.floor(at[:, 1]).astype(int)
        left, top, right, bottom = window
        inside = (column >= left) & (column < right) & (row >= top) & (row < bottom)
        column, row = column.clip(0, width - 1), row.clip(0, height - 1)
        # Nearer than the point by more than the skin's own unevenness: hair, rims, or another part of the face.
        hidden = (place[:, 2] > depth[row, column] + 0.8) & ~lenses[row, column]
        lost = hidden | (cover[row, column] > 0.5) | ~inside
        share = lambda mask: mask.reshape(len(REGIONS), -1).mean(1)
        return share(facing & ~lost), share(facing & lost) / np.maximum(share(facing), 1 / POINTS)


def _spread(place: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """``POINTS`` of the rows, each the farthest from those before it (repeated where there are fewer)."""
    chosen = [int(rows[0])]
    distance = np.linalg.norm(place[rows] - place[rows[0]], axis=1)
    while len(chosen) < POINTS:
        k = int(distance.argmax())
        chosen.append(int(rows[k]))
        distance = np.minimum(distance, np.linalg.norm(place[rows] - place[rows[k]], axis=1))
    return np.asarray(chosen)
