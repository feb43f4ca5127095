"""The signs of angles, by where the nose and the eyes' gaze come to point."""

from __future__ import annotations

import numpy as np
import pytest

from norface.export.angles import gaze_vectors, image_angles, openface_angles, rotation

NOSE = np.array([0.0, 0.0, -1.0])
EYES = np.array([1.0, 0.0, 0.0])


def openface_matrix(angles: np.ndarray) -> np.ndarray:
    """R = Rx Ry Rz, as OpenFace makes a matrix of its angles."""
    (sx, sy, sz), (cx, cy, cz) = np.sin(angles), np.cos(angles)
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return about_x @ about_y @ about_z


@pytest.mark.parametrize(
    ("pitch", "yaw", "roll", "nose", "eyes"),
    [
        (30, 0, 0, (0, -0.5, -np.sqrt(0.75)), (1, 0, 0)),  # nose up: y is down
        (0, 30, 0, (0.5, 0, -np.sqrt(0.75)), (np.sqrt(0.75), 0, 0.5)),  # nose to the image's right
        (0, 0, 30, (0, 0, -1), (np.sqrt(0.75), 0.5, 0)),  # clockwise in the image
    ],
)
def test_turns_are_those_of_the_records(pitch: float, yaw: float, roll: float, nose: tuple[float], eyes: tuple[float]) -> None:
    ours = rotation([pitch], [yaw], [roll])[0]
    assert ours @ NOSE == pytest.approx(nose, abs=1e-12) and ours @ EYES == pytest.approx(eyes, abs=1e-12)


def test_openface_turns_the_head_alike() -> None:
    random = np.random.default_rng(1)
    pitch, yaw, roll = (random.uniform(-60, 60, 200) for _ in range(3))
    theirs = openface_angles(pitch, yaw, roll)
    for index in range(200):
        assert openface_matrix(theirs[index]) == pytest.approx(rotation(pitch, yaw, roll)[index], abs=1e-9)
    single = openface_angles([10, 0, 0], [0, 10, 0], [0, 0, 10])
    assert np.degrees(single) == pytest.approx(np.diag([-10, -10, 10]), abs=1e-9)


def test_who_looks_into_the_camera_looks_along_the_line_to_it() -> None:
    head = np.array([[200.0, -100.0, 600.0]])
    vector = gaze_vectors([0], [0], head)
    assert vector[0] == pytest.approx(-head[0] / np.linalg.norm(head), abs=1e-12)
    assert gaze_vectors([0, 20, 0], [0, 0, 20], np.array([[0.0, 0.0, 600.0]] * 3)) == pytest.approx(
        np.array(
            [
                [0, 0, -1],
                [np.sin(np.radians(20)), 0, -np.cos(np.radians(20))],
                [0, -np.sin(np.radians(20)), -np.cos(np.radians(20))],
            ]
        )
    )
    # Right is positive and so is down.
    assert np.degrees(image_angles(gaze_vectors([5], [3], np.array([[0.0, 0.0, 1.0]]))))[0] == pytest.approx([5, -3], abs=0.02)


def test_what_is_not_known_stays_so() -> None:
    assert np.isnan(openface_angles([np.nan], [1], [1])).any() and np.isnan(gaze_vectors([np.nan], [1], np.ones((1, 3)))).all()
