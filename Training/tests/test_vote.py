"""The vote on which vertex a landmark sits on."""

import numpy as np

from norface_training.heads.correspond import Vote


def test_a_landmark_sits_on_the_nearest_vertex_that_is_seen_often_enough():
    points = np.zeros((468, 3), np.float32)
    points[33, 0], points[133, 0], points[362, 0], points[263, 0] = -30, -10, 10, 30
    place = np.array([[1.0, 0.0, 0.0], [5.0, 0.0, 0.0], [80.0, 0.0, 0.0]], np.float32)
    vote = Vote(3)
    for k in range(5):
        # The nearest vertex faces the camera in one picture of five only.
        vote.add(points, place, np.array([k == 0, True, True]))
    vertices, residual = vote.result()
    assert vertices[0] == 1
    eyes = 40.0
    assert np.isclose(residual[0], 5 / eyes)
