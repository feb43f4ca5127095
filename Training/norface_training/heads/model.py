"""The ICT FaceKit morphable head (MIT; USC ICT Vision and Graphics Lab, 2020) as plain arrays.

Model space is the file's: centimetres, x to the image's right of a frontal view (the subject's left), y up,
z towards the camera. Vertices 0-9408 are the face; see ``materials`` for the rest.
"""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path

import numpy as np
from scipy import sparse

#: The vertex that bends least with expression and lies midway between the ears, in cm: rotations turn about it.
PIVOT = np.array([0.0, 1.0, 2.0], dtype=np.float32)


#: How much farther than the file's shapes the head's move, so that coefficient 1 looks as FACS's intensity E does. At coefficient 1 the
#: file's mean head raises its upper lid by 3.1 mm, tightens its lids by 2.2 mm of 8.4, lowers its inner brows by 2.3 mm and raises them by
#: 5.4 mm, draws its mouth corners down by 4.6 mm, narrows its mouth by 9 mm of 51 when it puckers and thins its lips by 1.7 mm of 20 when it
#: presses them. Set by what Face Mesh and FaceLandmarker see of it beside people: between the eyes' lids it saw 0.006 of the eyes' distance
#: more in heads with eyeWide above 0.75 at a reach of 1.4, and 0.017 more in FER+'s surprised faces than in its neutral ones.
REACH = {
    "eyeWide": 2.0, "eyeSquint": 2.4, "browDown": 1.35, "browInnerUp": 1.2, "mouthFrown": 1.25, "mouthPucker": 1.7,
    "mouthPress": 1.7, "mouthStretch": 1.3,
}  # fmt: skip


class HeadModel:
    """Neutral head, modes and topology.

    Attributes:
        neutral: (V, 3) float32, cm.
        identity: (100, V * 3) float32 offsets for one standard deviation of each mode.
        expression: (57, V * 3) float32 offsets for coefficient 1, times ``REACH``.
        names: the 57 expression names.
        triangles: (T, 3) int32; ``material`` (T,) uint8 indexes ``materials``.
        landmarks68: (68,) vertex of each Multi-PIE landmark.
    """

    def __init__(self, path: Path | str):
        path = Path(path)
        if not path.is_file():
            raise FileNotFoundError(f"head model not found: {path}")
        with np.load(path) as data:
            missing = {"neutral", "triangles", "uv", "identity_q", "expression_q", "vertex_indices"} - set(data.files)
            if missing:
                raise ValueError(f"{path}: not an ICT FaceKit file, lacks {sorted(missing)}")
            self.neutral = data["neutral"].astype(np.float32)
            self.triangles = data["triangles"].astype(np.int32)
            self.material = data["triangle_material"]
            self.materials = [str(m) for m in data["materials"]]
            self.uv = data["uv"].astype(np.float32)
            self.triangle_uv = data["triangle_uv"].astype(np.int32)
            self.identity = self._modes(data, "identity")
            self.expression = self._modes(data, "expression")
            self.names = [str(n) for n in data["expression_names"]]
            self.landmarks68 = np.array(json.loads(str(data["vertex_indices"]))["idx_to_landmark_verts"])
        for k, name in enumerate(self.names):
            self.expression[k] *= REACH.get(name.removesuffix("_L").removesuffix("_R"), 1.0)
        self.index = {name: i for i, name in enumerate(self.names)}

    @staticmethod
    def _modes(data, kind: str) -> np.ndarray:
        quantised = data[f"{kind}_q"]
        scale = (data[f"{kind}_scale"].astype(np.float32) / 32767).reshape(-1, 1)
        return quantised.reshape(len(quantised), -1).astype(np.float32) * scale

    def coefficients(self, **values: float) -> np.ndarray:
        """Expression vector from names; a name without ``_L``/``_R`` sets both sides."""
        out = np.zeros(len(self.names), np.float32)
        for name, value in values.items():
            keys = [name] if name in self.index else [f"{name}_L", f"{name}_R"]
            for key in keys:
                if key not in self.index:
                    raise KeyError(f"the head model has no expression named {name}")
                out[self.index[key]] = value
        return out

    def shape(self, identity: np.ndarray | None, expression: np.ndarray | None) -> np.ndarray:
        """Vertices (V, 3) of a person (standard deviations of the modes) wearing an expression."""
        vertices = self.neutral.reshape(-1).copy()
        if identity is not None:
            vertices += identity.astype(np.float32) @ self.identity[: len(identity)]
        if expression is not None:
            active = np.flatnonzero(expression)
            for k in active:
                vertices += self.expression[k] * np.float32(expression[k])
        return vertices.reshape(-1, 3)

    @cached_property
    def _vertex_sum(self) -> sparse.csr_matrix:
        count = len(self.triangles)
        rows = self.triangles.T.reshape(-1)
        columns = np.tile(np.arange(count), 3)
        ones = np.ones(len(rows), np.float32)
        return sparse.csr_matrix((ones, (rows, columns)), shape=(len(self.neutral), count))

    def normals(self, vertices: np.ndarray) -> np.ndarray:
        """Unit vertex normals, area weighted."""
        a, b, c = (vertices[self.triangles[:, k]] for k in range(3))
        u, v = b - a, c - a
        face = np.empty_like(u)
        face[:, 0] = u[:, 1] * v[:, 2] - u[:, 2] * v[:, 1]
        face[:, 1] = u[:, 2] * v[:, 0] - u[:, 0] * v[:, 2]
        face[:, 2] = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
        out = self._vertex_sum @ face
        out /= np.linalg.norm(out, axis=1, keepdims=True) + 1e-12
        return out

    def triangles_of(self, *materials: str) -> np.ndarray:
        """Rows of ``triangles`` with one of these materials."""
        wanted = [self.materials.index(m) for m in materials]
        return np.flatnonzero(np.isin(self.material, wanted))
