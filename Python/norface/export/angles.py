"""Angles of the records as other programs count them.

Axes: x to the image's right, y down, z away from the camera. Records have R = Rz(roll) Ry(-yaw) Rx(-pitch) with right-handed turns.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def rotation(pitch: Any, yaw: Any, roll: Any) -> Floats:
    """Rotation matrices `[n, 3, 3]` of angles in degrees as records have them."""
    a, b, c = (np.radians(np.asarray(angle, dtype=np.float64)) for angle in (-np.asarray(pitch), -np.asarray(yaw), roll))
    zero, one = np.zeros_like(a), np.ones_like(a)
    about_x = np.array([[one, zero, zero], [zero, np.cos(a), -np.sin(a)], [zero, np.sin(a), np.cos(a)]])
    about_y = np.array([[np.cos(b), zero, np.sin(b)], [zero, one, zero], [-np.sin(b), zero, np.cos(b)]])
    about_z = np.array([[np.cos(c), -np.sin(c), zero], [np.sin(c), np.cos(c), zero], [zero, zero, one]])
    return np.einsum("ijn,jkn,kln->nil", about_z, about_y, about_x)


def openface_angles(pitch: Any, yaw: Any, roll: Any) -> Floats:
    """`pose_Rx`, `pose_Ry`, `pose_Rz` in radians, `[n, 3]`: R = Rx Ry Rz, nose down, nose to the image's left, clockwise."""
    matrix = rotation(pitch, yaw, roll)
    about_x = np.arctan2(-matrix[:, 1, 2], matrix[:, 2, 2])
    about_y = np.arcsin(np.clip(matrix[:, 0, 2], -1, 1))
    about_z = np.arctan2(-matrix[:, 0, 1], matrix[:, 0, 0])
    return np.stack([about_x, about_y, about_z], axis=1)


def gaze_vectors(yaw: Any, pitch: Any, head: Any) -> Floats:
    """Unit vectors `[n, 3]` of gaze in the camera's frame.

    Args:
        yaw, pitch: degrees from the line between the eyes and the camera, as records have them.
        head: `[n, 3]` place of the eyes in the camera's frame, in any unit.
    """
    turn, lift = np.radians(np.asarray(yaw, np.float64)), np.radians(np.asarray(pitch, np.float64))
    seen = np.stack([np.sin(turn) * np.cos(lift), -np.sin(lift), -np.cos(turn) * np.cos(lift)], axis=1)
    ahead = np.asarray(head, np.float64) / np.linalg.norm(head, axis=1, keepdims=True)
    # The frame of the line of sight: its x stays level in the picture.
    right = np.cross(np.array([0.0, 1.0, 0.0]), ahead)
    right /= np.linalg.norm(right, axis=1, keepdims=True)
    down = np.cross(ahead, right)
    return seen[:, :1] * right + seen[:, 1:2] * down + seen[:, 2:] * ahead


def image_angles(vectors: Floats) -> Floats:
    """`[n, 2]` angles of gaze vectors in radians as OpenFace counts them: to the image's right, down."""
    return np.stack([np.arctan2(vectors[:, 0], -vectors[:, 2]), np.arctan2(vectors[:, 1], -vectors[:, 2])], axis=1)
