"""Fits the head model to Face Mesh's landmarks of a photograph: identity, expression and pose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import alignment
from .correspond import mesh_vertices
from .gl import TO_CAMERA
from .model import PIVOT, HeadModel

#: Face Mesh's landmarks around the outline of the face, in order.
OVAL = [10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136,
        172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109]  # fmt: skip

#: What a landmark's place says of the shape, in cm: noise of the fit.
_NOISE = 0.22
_ROUNDS = 4

#: How much lower than the canonical head's the brows of people at rest are, in eye distances, and the height (y down) and spread of the
#: region that goes with them: fitted to the median landmarks of 5,600 photographs called neutral (0.10 at the brows) and of 4,600 FER+
#: faces that eight of ten voters call so (0.08).
BROW_DROP, BROW_HEIGHT, BROW_SPREAD = 0.09, -0.45, 0.22


@dataclass
class Fit:
    """A head fitted to landmarks: image = scale * (rotation @ camera-axes vertex)[:2] + shift."""

    identity: np.ndarray
    coefficients: np.ndarray
    scale: float
    rotation: np.ndarray
    shift: np.ndarray
    residual: float


class Fitter:
    """Fits identity, expression and pose to Face Mesh landmarks by alternating Procrustes and ridge regression."""

    def __init__(self, model: HeadModel):
        self.model = model
        self.vertices = mesh_vertices()
        rows = (self.vertices[:, None] * 3 + np.arange(3)).ravel()
        turn = np.diag(TO_CAMERA)
        self.base = ((model.neutral[self.vertices] - PIVOT) * turn).astype(np.float64)
        self.shapes = [k for k, n in enumerate(model.names) if not n.startswith(("eyeLook", "Pupil", "cheekPuff"))]
        modes = np.concatenate([model.identity[:, rows], model.expression[self.shapes][:, rows]])
        self.modes = (modes.reshape(len(modes), -1, 3) * turn).reshape(len(modes), -1).T.astype(np.float64)
        # Face Mesh sees the mean head a little otherwise than its vertices lie: that difference is no one's identity.
        eye = np.linalg.norm((self.base[362] + self.base[263] - self.base[33] - self.base[133])[:2]) / 2
        seen = alignment.CANONICAL * eye
        self.bias = seen - seen.mean(0) - (self.base - self.base.mean(0))
        # The canonical head was read off painted brows; on people they lie lower, which would be told as lowered brows.
        self.bias[:, 1] += BROW_DROP * eye * np.exp(-(((alignment.CANONICAL[:, 1] - BROW_HEIGHT) / BROW_SPREAD) ** 2))
        weight = np.ones((468, 3)) * [1, 1, 0.35]
        weight[OVAL] *= 0.35
        self.weight = weight.ravel()
        count = len(model.identity)
        self.prior = np.concatenate([np.ones(count), np.full(len(self.shapes), 1 / 0.35**2)])
        weighted = self.modes * self.weight[:, None] / _NOISE
        self.normal = weighted.T @ weighted
        self.count = count

    def __call__(self, landmarks: np.ndarray) -> Fit:
        """Fit landmarks (468, 3) in pixels."""
        solution = np.zeros(self.modes.shape[1])
        target = np.asarray(landmarks, np.float64)
        for _ in range(_ROUNDS):
            points = self.base + self.bias + (self.modes @ solution).reshape(-1, 3)
            pm, qm = points.mean(0), target.mean(0)
            u, d, vt = np.linalg.svd((target - qm).T @ (points - pm))
            sign = np.array([1, 1, np.sign(np.linalg.det(u) * np.linalg.det(vt))])
            rotation = (u * sign) @ vt
            scale = (d * sign).sum() / ((points - pm) ** 2).sum()
            back = (target - qm) @ rotation / scale + pm
            wanted = (back - self.base - self.bias).ravel()
            right = self.modes.T @ (wanted * (self.weight / _NOISE) ** 2)
            solution = np.linalg.solve(self.normal + np.diag(self.prior), right)
            shape = np.clip(solution[self.count :], 0, 1)
            free = slice(0, self.count)
            left = right[free] - self.normal[free, self.count :] @ shape
            solution = np.concatenate([np.linalg.solve(self.normal[free, free] + np.eye(self.count), left), shape])
        error = (wanted - self.modes @ solution).reshape(-1, 3)[:, :2]
        coefficients = np.zeros(len(self.model.names), np.float32)
        coefficients[self.shapes] = solution[self.count :]
        shift = qm - scale * rotation @ pm
        return Fit(
            solution[: self.count].astype(np.float32),
            coefficients,
            float(scale),
            rotation,
            shift[:2],
            float(np.sqrt((error**2).sum(1)).mean()),
        )
