"""MediaPipe on one luma picture: Face Mesh's landmarks and FaceLandmarker's blendshapes.

Two networks answer, on purpose. The daemon runs the plain 468-point Face Mesh, so crops and geometry are made from its
landmarks; the blendshapes come from FaceLandmarker, whose own landmarks are refined by attention. On 120 FER+ faces the two
sets of landmarks differ by 0.034 eye distances in the median, 1.1 pixels of a 96-pixel crop: too much to mix.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

CONFIDENCE = 0.3


@dataclass
class Answer:
    """``landmarks`` (468, 3) float32 in the picture's pixels, or None; ``blendshapes`` (52,) float32 or None."""

    landmarks: np.ndarray | None
    blendshapes: np.ndarray | None


class Teacher:
    """Both networks, one face a picture. Needs the optional dependencies ``teacher``."""

    def __init__(self, task: Path | str, blendshapes: bool = True):
        import mediapipe as mp
        from mediapipe.tasks.python import BaseOptions, vision

        self._mp = mp
        self._mesh = mp.solutions.face_mesh.FaceMesh(
            static_image_mode=True, refine_landmarks=False, max_num_faces=1, min_detection_confidence=CONFIDENCE
        )
        self._task = None
        if blendshapes:
            if not Path(task).is_file():
                raise FileNotFoundError(f"FaceLandmarker's task file not found: {task}")
            self._task = vision.FaceLandmarker.create_from_options(
                vision.FaceLandmarkerOptions(
                    base_options=BaseOptions(model_asset_path=str(task)),
                    output_face_blendshapes=True,
                    num_faces=1,
                    min_face_detection_confidence=CONFIDENCE,
                    min_face_presence_confidence=CONFIDENCE,
                )
            )
        self.names: list[str] = []

    def __call__(self, luma: np.ndarray, side: int = 192, border: float = 0.0) -> Answer:
        """Ask about ``luma`` (H, W) uint8, enlarged to at least ``side`` pixels, edges repeated by ``border`` of its side."""
        import cv2

        pad = round(border * min(luma.shape))
        padded = np.pad(luma, pad, mode="edge") if pad else luma
        factor = max(1.0, side / min(luma.shape))
        if factor > 1:
            padded = cv2.resize(padded, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
        rgb = np.ascontiguousarray(np.repeat(padded[..., None], 3, 2))
        height, width = padded.shape
        landmarks = blendshapes = None
        mesh = self._mesh.process(rgb).multi_face_landmarks
        if mesh:
            points = np.array([(p.x, p.y, p.z) for p in mesh[0].landmark[:468]], np.float32)
            landmarks = points * np.array([width, height, width], np.float32) / factor - np.array([pad, pad, 0], np.float32)
        if self._task is not None:
            answer = self._task.detect(self._mp.Image(self._mp.ImageFormat.SRGB, rgb))
            if answer.face_blendshapes:
                shapes = answer.face_blendshapes[0]
                self.names = self.names or [c.category_name for c in shapes]
                blendshapes = np.array([c.score for c in shapes], np.float32)
        return Answer(landmarks, blendshapes)
