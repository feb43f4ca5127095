"""Alignment against independent computations: optimisers, loops and SciPy's rotations."""

import numpy as np
import pytest
from scipy import optimize
from scipy.spatial.transform import Rotation

from norface_training import alignment as al


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def posed(rng, yaw, pitch, roll, scale=60.0, shift=(120.0, 90.0, 5.0)):
    """The canonical head turned by SciPy's rotations, whose axes and signs are its own."""
    turn = Rotation.from_euler("z", roll, degrees=True) * Rotation.from_euler("y", -yaw, degrees=True)
    turn = turn * Rotation.from_euler("x", -pitch, degrees=True)
    return turn.apply(al.CANONICAL) * scale + np.array(shift)


def test_similarity_minimises_the_weighted_squared_distance(rng):
    source, target = rng.normal(size=(8, 2)) * 20, rng.normal(size=(8, 2)) * 30
    weights = rng.uniform(0.2, 2, 8)

    def loss(t):
        x = t[0] * source[:, 0] - t[1] * source[:, 1] + t[2]
        y = t[1] * source[:, 0] + t[0] * source[:, 1] + t[3]
        return (weights * ((x - target[:, 0]) ** 2 + (y - target[:, 1]) ** 2)).sum()

    best = optimize.minimize(loss, [1, 0, 0, 0], tol=1e-12)
    ours = al.similarity(source, target, weights)
    assert loss(ours) <= best.fun + 1e-6
    np.testing.assert_allclose(ours, best.x, atol=1e-3)


def test_similarity_of_one_point_is_an_error():
    with pytest.raises(ValueError, match="coincide"):
        al.similarity(np.ones((8, 2)), al.crop_targets(96), al.ANCHOR_WEIGHTS)


def test_anchors_of_the_canonical_head_land_on_their_targets():
    landmarks = posed(None, 0, 0, 25, scale=41.0)
    a, b, c, d = al.crop_transform(landmarks, 96)
    x = a * landmarks[al.ANCHORS, 0] - b * landmarks[al.ANCHORS, 1] + c
    y = b * landmarks[al.ANCHORS, 0] + a * landmarks[al.ANCHORS, 1] + d
    np.testing.assert_allclose(np.stack([x, y], 1), al.crop_targets(96), atol=1e-9)
    assert np.hypot(a, b) == pytest.approx(96 * 0.34 / 41.0)


@pytest.mark.parametrize("scale", [2.3, 1.0, 0.7, 0.31, 0.05])
def test_sampling_agrees_with_a_plain_loop(rng, scale):
    image = rng.integers(0, 256, (37, 53)).astype(np.uint8)
    angle = 0.3
    a, b = scale * np.cos(angle), scale * np.sin(angle)
    transform = (a, b, 3.3 - a * 20, 2.1 - b * 18)
    size = 12
    matrix = np.array([[a, -b], [b, a]])
    inverse = np.linalg.inv(matrix)
    n = int(min(8, max(1, np.ceil(1 / scale))))
    expected = np.zeros((size, size))
    for j in range(size):
        for i in range(size):
            total = 0.0
            for p in range(n):
                for q in range(n):
                    at = np.array([i + 0.5 + (q + 0.5) / n - 0.5, j + 0.5 + (p + 0.5) / n - 0.5])
                    x, y = inverse @ (at - np.array(transform[2:])) - 0.5
                    x0, y0 = int(np.floor(x)), int(np.floor(y))
                    for yy, wy in ((y0, 1 - (y - y0)), (y0 + 1, y - y0)):
                        for xx, wx in ((x0, 1 - (x - x0)), (x0 + 1, x - x0)):
                            total += wx * wy * image[min(max(yy, 0), 36), min(max(xx, 0), 52)]
            expected[j, i] = total / (n * n)
    ours = al.sample_crop(image, transform, size)
    assert np.abs(ours - np.floor(expected + 0.5)).max() <= (1 if n > 1 else 0)
    assert (ours == np.floor(expected + 0.5)).mean() > 0.99


def test_identity_transform_copies_the_picture(rng):
    image = rng.integers(0, 256, (20, 20)).astype(np.uint8)
    np.testing.assert_array_equal(al.sample_crop(image, (1.0, 0.0, 0.0, 0.0), 20), image)


def test_a_picture_of_another_shape_is_an_error():
    with pytest.raises(ValueError, match="height, width"):
        al.sample_crop(np.zeros((4, 4, 3), np.uint8), (1.0, 0.0, 0.0, 0.0), 4)


def test_limited_range_expands_to_full():
    np.testing.assert_allclose(al.expand_range(np.array([0, 16, 235, 255], np.uint8)), [0, 0, 255, 255])


@pytest.mark.parametrize("angles", [(0, 0, 0), (30, 0, 0), (0, 20, 0), (0, 0, -15), (-35, 12, 9), (44, -29, 19)])
def test_pose_is_recovered_with_the_documented_signs(rng, angles):
    np.testing.assert_allclose(al.pose_of(posed(rng, *angles)), angles, atol=1e-5)
    np.testing.assert_allclose(al.pose_angles(al.rotation_matrix(*angles)), angles, atol=1e-9)


def test_signs_by_where_the_nose_goes():
    nose, brow = al.CANONICAL[1], al.CANONICAL[168]
    assert (al.rotation_matrix(20, 0, 0) @ nose)[0] > nose[0] + 0.1
    assert (al.rotation_matrix(0, 20, 0) @ nose)[1] < nose[1] - 0.1
    assert (al.rotation_matrix(0, 0, 20) @ brow)[0] > brow[0]


def test_rigid_fit_agrees_with_scipy(rng):
    landmarks = posed(rng, 21, -8, 4) + rng.normal(size=(468, 3))
    _, rotation, _ = al.rigid_fit(landmarks)
    p = al.CANONICAL[al.RIGID] - al.CANONICAL[al.RIGID].mean(0)
    q = landmarks[al.RIGID] - landmarks[al.RIGID].mean(0)
    expected = Rotation.align_vectors(q, p)[0].as_matrix()
    np.testing.assert_allclose(rotation, expected, atol=1e-6)


def test_geometry_removes_pose_and_keeps_the_expression(rng):
    moved = np.zeros((468, 3))
    moved[61] = [-0.1, -0.05, 0.02]
    scale, turn, shift = 73.0, al.rotation_matrix(25, 10, -6), np.array([300.0, 200.0, -4.0])
    landmarks = scale * (al.CANONICAL + moved) @ turn.T + shift
    np.testing.assert_allclose(al.geometry(landmarks), moved, atol=1e-5)
    vector = al.geometry_vector(np.stack([landmarks, landmarks]), [61, 0], 10.0)
    assert vector.shape == (2, 6) and vector.dtype == np.float32
    np.testing.assert_allclose(vector[0], [-1, -0.5, 0.2, 0, 0, 0], atol=1e-4)


def test_the_canonical_head_is_symmetric_and_normalised():
    head = al.CANONICAL
    assert head.shape == (468, 3)
    right, left = (head[33] + head[133]) / 2, (head[362] + head[263]) / 2
    np.testing.assert_allclose(left - right, [1, 0, 0], atol=1e-5)
    np.testing.assert_allclose(left + right, 0, atol=1e-5)
    from scipy.spatial import cKDTree

    distance, other = cKDTree(head).query(head * [-1, 1, 1])
    assert distance.max() < 1e-5
    np.testing.assert_array_equal(other[other], np.arange(468))
    assert set(other[al.RIGID]) == set(al.RIGID)
