"""Face Mesh alone, without a detector: landmarks in a region of interest that is already known.

The region follows the rule by which a tracker derives it from the frame before: the landmarks' bounding box, turned upright by
the outer eye corners, its longer side times 1.5.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

SIDE = 192
MARGIN = 1.5


def region_of(points: np.ndarray) -> tuple[float, float, float, float]:
    """Centre x, y, side and angle (radians) of the region for landmarks (468, 2 or 3)."""
    eyes = points[263, :2] - points[33, :2]
    angle = float(np.arctan2(eyes[1], eyes[0]))
    low, high = points[:, :2].min(0), points[:, :2].max(0)
    x, y = (low + high) / 2
    return float(x), float(y), float((high - low).max() * MARGIN), angle


class FaceMesh:
    """The plain 468-point network (``face_landmark.tflite`` of the mediapipe package)."""

    def __init__(self, path: Path | str):
        from ai_edge_litert.interpreter import Interpreter

        if not Path(path).is_file():
            raise FileNotFoundError(f"Face Mesh's network not found: {path}")
        self._network = Interpreter(model_path=str(path), num_threads=1)
        self._network.allocate_tensors()
        self._input = self._network.get_input_details()[0]["index"]
        outputs = self._network.get_output_details()
        self._landmarks = next(o["index"] for o in outputs if np.prod(o["shape"]) == 1404)
        self._score = next(o["index"] for o in outputs if np.prod(o["shape"]) == 1)

    def __call__(self, luma: np.ndarray, region: tuple[float, float, float, float]) -> tuple[np.ndarray, float]:
        """Landmarks (468, 3) float32 in the picture's pixels, and the face's probability."""
        x, y, side, angle = region
        step = side / SIDE
        c, s = np.cos(angle) * step, np.sin(angle) * step
        grid = np.arange(SIDE) + 0.5 - SIDE / 2
        px = x + c * grid[None, :] - s * grid[:, None] - 0.5
        py = y + s * grid[None, :] + c * grid[:, None] - 0.5
        height, width = luma.shape
        x0, y0 = np.floor(px).astype(int), np.floor(py).astype(int)
        fx, fy = (px - x0).astype(np.float32), (py - y0).astype(np.float32)
        outside = (px < -0.5) | (py < -0.5) | (px > width - 0.5) | (py > height - 0.5)
        x1, y1 = np.clip(x0 + 1, 0, width - 1), np.clip(y0 + 1, 0, height - 1)
        x0, y0 = np.clip(x0, 0, width - 1), np.clip(y0, 0, height - 1)
        f = luma.astype(np.float32)
        top = f[y0, x0] * (1 - fx) + f[y0, x1] * fx
        low = f[y1, x0] * (1 - fx) + f[y1, x1] * fx
        value = (top * (1 - fy) + low * fy) / 255
        value[outside] = 0
        self._network.set_tensor(self._input, np.repeat(value[None, :, :, None], 3, 3).astype(np.float32))
        self._network.invoke()
        out = self._network.get_tensor(self._landmarks).reshape(468, 3).astype(np.float64)
        logit = float(self._network.get_tensor(self._score).reshape(-1)[0])
        u, v = out[:, 0] - SIDE / 2, out[:, 1] - SIDE / 2
        points = np.stack([x + c * u - s * v, y + s * u + c * v, out[:, 2] * step], 1)
        return points.astype(np.float32), float(1 / (1 + np.exp(-logit)))
