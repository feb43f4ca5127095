"""What each vertex of the mean head sees of the sky: soft shadows without casting any at run time.

For directions spread over the sphere the head is drawn once from there, and a vertex is lit where it lies on the depth
map. A head's own shape differs little enough from the mean's that its nose and brow shadows fall where they should.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .model import HeadModel

DIRECTIONS = 160
_SIZE = 384
_REACH = 24.0

_VERTEX = """
#version 330
in vec3 place;
void main() { gl_Position = vec4(place, 1.0); }
"""
_FRAGMENT = """
#version 330
out float depth;
void main() { depth = gl_FragCoord.z; }
"""


def sphere(count: int) -> np.ndarray:
    """``count`` directions spread evenly over the sphere (Fibonacci lattice), (count, 3)."""
    k = np.arange(count) + 0.5
    z = 1 - 2 * k / count
    angle = np.pi * (1 + 5**0.5) * k
    r = np.sqrt(1 - z * z)
    return np.stack([r * np.cos(angle), r * np.sin(angle), z], 1).astype(np.float32)


def _frame(direction: np.ndarray) -> np.ndarray:
    helper = np.array([0.0, 1.0, 0.0]) if abs(direction[1]) < 0.9 else np.array([1.0, 0.0, 0.0])
    x = np.cross(helper, direction)
    x /= np.linalg.norm(x)
    return np.stack([x, np.cross(direction, x), direction])


def _cast(model: HeadModel) -> np.ndarray:
    """Visibility (V, DIRECTIONS) uint8 0/255 of the mean head."""
    import moderngl

    context = moderngl.create_standalone_context(backend="egl")
    program = context.program(vertex_shader=_VERTEX, fragment_shader=_FRAGMENT)
    faces = model.triangles[model.triangles_of("M_Face", "M_BackHead")]
    buffer = context.buffer(reserve=len(model.neutral) * 12)
    array = context.vertex_array(program, [(buffer, "3f", "place")], context.buffer(faces.astype(np.int32).tobytes()))
    depth = context.texture((_SIZE, _SIZE), 1, dtype="f4")
    target = context.framebuffer([depth], context.depth_renderbuffer((_SIZE, _SIZE)))
    context.enable(moderngl.DEPTH_TEST)
    out = np.zeros((len(model.neutral), DIRECTIONS), np.uint8)
    lifted = model.neutral + 0.12 * model.normals(model.neutral)
    for k, direction in enumerate(sphere(DIRECTIONS)):
        frame = _frame(direction).astype(np.float32)
        place = model.neutral @ frame.T / _REACH
        place[:, 2] *= -1
        buffer.write(np.ascontiguousarray(place, np.float32))
        target.use()
        target.clear(1.0)
        array.render()
        nearest = np.frombuffer(target.read(components=1, dtype="f4"), np.float32).reshape(_SIZE, _SIZE)
        at = lifted @ frame.T / _REACH
        x = np.clip(((at[:, 0] + 1) / 2 * _SIZE).astype(int), 0, _SIZE - 1)
        y = np.clip(((at[:, 1] + 1) / 2 * _SIZE).astype(int), 0, _SIZE - 1)
        out[:, k] = np.where((1 - at[:, 2]) / 2 <= nearest[y, x] + 0.004, 255, 0)
    context.release()
    return out


class Sky:
    """Visibility of directions and the share of the surroundings, per vertex."""

    def __init__(self, model: HeadModel, cache: Path | str | None = None):
        file = Path(cache) / f"sky-{DIRECTIONS}.npy" if cache else None
        if file is not None and file.is_file():
            seen = np.load(file)
        else:
            seen = _cast(model)
            if file is not None:
                file.parent.mkdir(parents=True, exist_ok=True)
                np.save(file.with_suffix(".part.npy"), seen)
                file.with_suffix(".part.npy").replace(file)
        self.directions = sphere(DIRECTIONS)
        self._seen = (seen.T.astype(np.float32) / 255).copy()
        normals = model.normals(model.neutral)
        cosine = np.clip(normals @ self.directions.T, 0, None)
        self.surroundings = (cosine * self._seen.T).sum(1) / np.maximum(cosine.sum(1), 1e-6)

    def visible(self, direction: np.ndarray, softness: float = 0.06) -> np.ndarray:
        """Share of a light of that direction (head frame) and angular softness that each vertex sees, (V,)."""
        d = np.asarray(direction, np.float32)
        d = d / np.linalg.norm(d)
        weight = np.exp((self.directions @ d - 1) / softness)
        weight /= weight.sum()
        rows = np.flatnonzero(weight > 0.01)
        return (weight[rows] / weight[rows].sum()).astype(np.float32) @ self._seen[rows]
