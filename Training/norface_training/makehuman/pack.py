"""MakeHuman's base head, its targets and what it wears, from ``makehuman_facs.npz``.

Lengths are centimetres in the axes of ``heads.model`` (x to the subject's left, y up, z to the camera), and the middle of the eyes lies where
that head's lies, so that cameras, lights, glasses and shadows serve both worlds.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import sparse

from ..data.sources import SourceError

#: Where the middle between the eyeballs' centres lies in the first world's head, cm.
EYES = np.array([0.0, 3.61, 7.89], np.float32)

#: Their distance there, cm: everybody is scaled to about this, as a camera comes nearer to a child.
EYE_DISTANCE = 6.18

#: The file has decimetres.
_CM = 10.0

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def unpacked(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A picture in the pack as linear albedo (H, W), by its luma, and cover (H, W), 0-1, row 0 at v = 0."""
    pixels = np.asarray(Image.open(io.BytesIO(picture.tobytes())).convert("RGBA"), np.float32)[::-1] / 255
    return (pixels[..., :3] @ _LUMA) ** 2.2, np.ascontiguousarray(pixels[..., 3])


@dataclass
class Worn:
    """Something that is worn: each vertex lies at three of the head's, and off them by a length that grows with the head."""

    vertices: np.ndarray
    weights: np.ndarray
    offsets: np.ndarray
    pairs: np.ndarray
    lengths: np.ndarray
    triangles: np.ndarray
    uv: np.ndarray
    triangle_uv: np.ndarray

    def place(self, head: np.ndarray) -> np.ndarray:
        """Where its vertices lie on a head (V, 3)."""
        axes = np.arange(3)
        scale = np.abs(head[self.pairs[:, 0], axes] - head[self.pairs[:, 1], axes]) / self.lengths
        return (head[self.vertices] * self.weights[..., None]).sum(1) + self.offsets * scale

    def blend(self, values: np.ndarray) -> np.ndarray:
        """Values of the head's vertices (V, K) at its own."""
        return (values[self.vertices] * self.weights[..., None]).sum(1)


class Pack:
    """Everything in the file, read when it is asked for.

    Attributes:
        neutral: (V, 3) float32, cm; ``triangles`` (T, 3), ``uv``, ``triangle_uv`` and ``part`` (T,) into ``parts``.
        macros, details, units: names of the displacements.
    """

    def __init__(self, path: Path | str):
        path = Path(path)
        if not path.is_file():
            raise FileNotFoundError(f"MakeHuman's head not found: {path}")
        try:
            self._data = np.load(path)
            missing = {"neutral", "triangles", "macro_q", "detail_q", "au_q", "worn", "skins"} - set(self._data.files)
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            raise SourceError(f"{path}: {error}") from None
        if missing:
            raise SourceError(f"{path}: not MakeHuman's head, lacks {sorted(missing)}")
        data = self._data
        raw = data["neutral"].astype(np.float32) * _CM
        self.triangles = data["triangles"].astype(np.int32)
        self.uv, self.triangle_uv = data["uv"].astype(np.float32), data["triangle_uv"].astype(np.int32)
        self.part, self.parts = data["triangle_part"], [str(n) for n in data["parts"]]
        self.eyes = [self.vertices_of("helper-l-eye"), self.vertices_of("helper-r-eye")]
        self.neutral = raw - self._middle(raw) + EYES
        self.macros, self.details, self.units = ([str(n) for n in data[f"{kind}_names"]] for kind in ("macro", "detail", "au"))
        self.skins = [str(n) for n in data["skins"]]
        self.wardrobe = [str(n) for n in data["worn"]]
        self._worn: dict[str, Worn] = {}
        self._pictures: dict[str, tuple[np.ndarray, np.ndarray]] = {}

    def _middle(self, vertices: np.ndarray) -> np.ndarray:
        balls = [(vertices[rows].min(0) + vertices[rows].max(0)) / 2 for rows in self.eyes]
        return (balls[0] + balls[1]) / 2

    def centred(self, vertices: np.ndarray, distance: float = EYE_DISTANCE) -> np.ndarray:
        """A head moved and scaled so that its eyes lie where all heads' do, ``distance`` from each other."""
        balls = [(vertices[rows].min(0) + vertices[rows].max(0)) / 2 for rows in self.eyes]
        return (vertices - (balls[0] + balls[1]) / 2) * (distance / np.linalg.norm(balls[0] - balls[1])) + EYES

    def triangles_of(self, *parts: str) -> np.ndarray:
        """Rows of ``triangles`` of these parts; the first world's names of the face and the back of the head mean the body here."""
        names = {"body" if name.startswith("M_") else name for name in parts}
        return np.flatnonzero(np.isin(self.part, [self.parts.index(name) for name in names]))

    def vertices_of(self, part: str) -> np.ndarray:
        """The vertices of a part."""
        return np.unique(self.triangles[self.triangles_of(part)])

    def target(self, kind: str, name: str) -> np.ndarray:
        """A displacement (V, 3) in cm: ``kind`` is macro, detail or unit."""
        names = {"macro": self.macros, "detail": self.details, "unit": self.units}[kind]
        if name not in names:
            raise SourceError(f"MakeHuman's head has no {kind} named {name}")
        q, scale = self._quantised[kind]
        k = names.index(name)
        return q[k].astype(np.float32) * (float(scale[k]) * _CM / 32767)

    @cached_property
    def _quantised(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        keys = {"macro": "macro", "detail": "detail", "unit": "au"}
        return {kind: (self._data[f"{key}_q"], self._data[f"{key}_scale"]) for kind, key in keys.items()}

    def worn(self, name: str) -> Worn:
        """What ``wardrobe`` lists by that name: the same object each time, as its buffers are made once."""
        if name not in self._worn:
            self._worn[name] = self._read(name)
        return self._worn[name]

    def _read(self, name: str) -> Worn:
        if name not in self.wardrobe:
            raise SourceError(f"MakeHuman's head wears nothing named {name}")
        part = {key: self._data[f"{name}/{key}"] for key in ("vertices", "weights", "offsets", "scale_pairs", "scale_lengths", "triangles", "uv", "triangle_uv")}
        return Worn(
            part["vertices"], part["weights"], part["offsets"] * _CM, part["scale_pairs"], part["scale_lengths"] * _CM,
            part["triangles"], part["uv"], part["triangle_uv"],
        )  # fmt: skip

    def picture(self, name: str, which: str = "picture") -> tuple[np.ndarray, np.ndarray]:
        """Linear albedo and cover of what is worn."""
        key = f"{name}/{which}"
        if key not in self._pictures:
            self._pictures[key] = unpacked(self._data[key])
        return self._pictures[key]

    def pictures(self, name: str) -> list[str]:
        """The names of a worn thing's pictures."""
        return [key.split("/")[-1] for key in self._data.files if key.startswith(f"{name}/picture")]

    def skin(self, name: str) -> np.ndarray:
        """A skin's linear albedo (H, W), row 0 at v = 0."""
        return unpacked(self._data[f"skin/{name}"])[0]

    @cached_property
    def _vertex_sum(self) -> sparse.csr_matrix:
        count = len(self.triangles)
        ones = np.ones(3 * count, np.float32)
        return sparse.csr_matrix((ones, (self.triangles.T.reshape(-1), np.tile(np.arange(count), 3))), shape=(len(self.neutral), count))

    def normals(self, vertices: np.ndarray) -> np.ndarray:
        """Unit vertex normals, area weighted."""
        return vertex_normals(vertices, self.triangles, self._vertex_sum)


def vertex_normals(vertices: np.ndarray, triangles: np.ndarray, gather: sparse.csr_matrix | None = None) -> np.ndarray:
    """Unit normals (V, 3) of a mesh, area weighted."""
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    face = np.cross(b - a, c - a)
    if gather is None:
        out = np.zeros_like(vertices)
        for k in range(3):
            np.add.at(out, triangles[:, k], face)
    else:
        out = gather @ face
    return (out / (np.linalg.norm(out, axis=1, keepdims=True) + 1e-12)).astype(np.float32)
