"""The rendered world: its truths agree with its pictures."""

import os
from pathlib import Path

import numpy as np
import pytest

from norface_training import alignment
from norface_training.heads.gl import TO_CAMERA, Camera
from norface_training.world import capture, eyes, occluders
from norface_training.world.config import WorldConfig, load

DATA = os.environ.get("NORFACE_DATA")
MESH = os.environ.get("NORFACE_MESH") or str(Path(__file__).parents[2] / "Models/front-end/face_landmark.tflite")
needs_model = pytest.mark.skipif(
    not DATA or not (Path(DATA) / "ict_facekit.npz").is_file(), reason="needs NORFACE_DATA with ict_facekit.npz"
)
needs_world = pytest.mark.skipif(
    not DATA or not Path(MESH).is_file(),
    reason="needs NORFACE_DATA, and the front end's face_landmark.tflite (or NORFACE_MESH)",
)


def face(scale=60.0, middle=(112, 112)):
    return alignment.CANONICAL * scale + [*middle, 0]


def test_a_configuration_names_its_unknown_keys(tmp_path):
    file = tmp_path / "world.yaml"
    file.write_text("name: a\nyaws: 3\n")
    with pytest.raises(ValueError, match="yaws"):
        load(file)
    file.write_text("occluded: 1.5\n")
    with pytest.raises(ValueError, match="occluded"):
        load(file)
    file.write_text("name: b\nbetween: [40, 50]\nleast: 10\n")
    assert load(file) == WorldConfig(name="b", between=(40, 50), least=10)


def test_angles_are_the_directions_they_came_from():
    at = np.array([[0, 0], [30, 10], [-45, -20]], float)
    np.testing.assert_allclose(eyes.angles(eyes.direction(at)), at, atol=1e-9)
    np.testing.assert_allclose(eyes.direction([0, 0]), [0, 0, -1], atol=1e-12)
    right, up = eyes.direction([20, 0]), eyes.direction([0, 20])
    assert right[0] > 0 and up[1] < 0


def test_a_view_ray_is_turned_to_the_camera_s_axis():
    ray = np.array([0.3, -0.2, 0.9])
    turned = eyes.towards(ray) @ ray / np.linalg.norm(ray)
    np.testing.assert_allclose(turned, [0, 0, 1], atol=1e-9)


def test_who_looks_into_the_camera_looks_at_zero_whatever_the_roll():
    for yaw, pitch, roll in ((0, 0, 0), (25, 10, 0), (-30, -12, 70)):
        camera = Camera(192, 192, 500, 80, (20, -10), yaw, pitch, roll)
        places = camera.place(np.array([[3.2, 2.5, 8.0], [-3.2, 2.5, 8.0]], np.float32)).astype(float)
        turn = camera.rotation @ TO_CAMERA
        axes = np.stack([turn.T @ (-place / np.linalg.norm(place)) for place in places])
        gaze = eyes.gaze_of(axes, places, camera, roll)
        np.testing.assert_allclose(gaze[:, :2], 0, atol=1e-3)
        straight = eyes.gaze_of(np.tile([0, 0, 1.0], (2, 1)), places, camera, roll)
        np.testing.assert_allclose(straight[:, 2:], 0, atol=1e-6)
        # Eyes straight ahead look where the nose points, but for the view ray's own slant.
        assert np.abs(straight[:, :2] - [yaw, pitch]).max() < 9


def test_an_eye_s_corners_lie_where_the_crop_has_them():
    landmarks = face()
    for side in (0, 1):
        a, b, c, d = eyes.eye_transform(landmarks, side)
        x, y = landmarks[list(eyes.CORNERS[side]), :2].T
        at = np.stack([a * x - b * y + c, b * x + a * y + d], 1)
        np.testing.assert_allclose(at.mean(0), eyes.MIDDLE, atol=1e-6)
        assert 24 < np.linalg.norm(at[0] - at[1]) < 40


def test_the_right_eye_is_the_left_one_s_mirror_image_in_a_mirrored_picture():
    rng = np.random.default_rng(1)
    luma = np.kron(rng.integers(0, 255, (28, 28)), np.ones((8, 8))).astype(np.uint8)
    points = face(middle=(112, 112))
    both = np.concatenate([luma[:, :112], luma[:, :112][:, ::-1]], 1)
    crops = eyes.eye_crops(both, points)
    assert crops.shape == (2, eyes.HEIGHT, eyes.WIDTH)
    assert np.abs(crops[0].astype(int) - crops[1]).mean() < 6


@pytest.mark.parametrize("kind", occluders._DRAWN)
def test_things_cover_what_they_are_drawn_over(kind):
    rng = np.random.default_rng(2)
    scene = occluders.Scene((224, 224), face(), 150.0, np.array([0.5, 0.5]))
    some = 0.0
    for _ in range(6):
        name, cover, value = occluders.draw(rng, scene, kind)
        assert name == kind and cover.shape == value.shape == (224, 224)
        assert cover.min() >= 0 and cover.max() <= 1.001 and np.isfinite(value).all()
        plain = np.full((224, 224), 90, np.float32)
        laid = occluders.lay(plain, cover, value, np.random.default_rng(3), np.array([0.5, 0.5]))
        np.testing.assert_allclose(laid[cover > 0.999], value[cover > 0.999], atol=0.5)
        some = max(some, cover.mean())
    assert some > 0.01


def test_a_border_cuts_the_face():
    points = face()
    for k in range(20):
        left, top, right, bottom = capture.window_at(np.random.default_rng(k), 224, points)
        inside = (points[:, 0] >= left) & (points[:, 0] < right) & (points[:, 1] >= top) & (points[:, 1] < bottom)
        assert 0.05 < (~inside).mean() < 0.95
        assert min(right - left, bottom - top) >= 32


def test_a_frame_has_the_size_and_type_that_were_asked_for():
    image = np.random.default_rng(4).uniform(0, 255, (120, 160)).astype(np.float32)
    for factor in (1.0, 0.5, 0.2):
        frame = capture.capture(np.random.default_rng(5), image, factor)
        assert frame.dtype == np.uint8 and frame.shape == (round(120 * factor), round(160 * factor))
    broken, lost = capture.damage(np.random.default_rng(6), image)
    np.testing.assert_array_equal(broken[lost == 0], image[lost == 0])
    assert lost.any()


@needs_model
def test_regions_have_points_on_their_own_side_and_height():
    from norface_training.heads.model import HeadModel
    from norface_training.world.regions import POINTS, REGIONS, Regions

    model = HeadModel(Path(DATA) / "ict_facekit.npz")
    regions = Regions(model)
    assert regions.vertices.shape == (8, POINTS)
    place = model.neutral[regions.vertices]
    assert (place[0::2, :, 0] > 0).all() and (place[1::2, :, 0] < 0).all()
    height = place[..., 1].mean(1)
    assert height[0] > height[2] > height[4] > height[6]
    assert all(len(rows) >= 5 for rows in regions.landmarks), dict(zip(REGIONS, map(len, regions.landmarks)))
    points = face()
    cover = np.zeros((224, 224), np.float32)
    assert (regions.shown(points, cover) == 1).all()
    cover[:, :112] = 1
    shown = regions.shown(points, cover)
    # The picture's left half is the subject's right.
    assert (shown[1::2] == 0).all() and (shown[0::2] == 1).all()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    pytest.importorskip("moderngl")
    pytest.importorskip("ai_edge_litert")
    from norface_training.world.scene import World

    config = WorldConfig(name="test", seed=5, per_person=2, shots=1, skins=0.0, size=192, between=(44.0, 56.0))
    return World(config, Path(DATA), tmp_path_factory.mktemp("maps"), MESH)


@needs_world
def test_a_picture_is_the_same_for_the_same_number(world):
    one, other = world.picture(3), world.picture(3)
    for name, value in one.items():
        np.testing.assert_array_equal(value, other[name], err_msg=name)
    assert world.picture(2)["identity"] == one["identity"] != world.picture(4)["identity"]


@needs_world
def test_what_is_drawn_before_a_face_is_told(world):
    import dataclasses

    was = world.config

    def wear(config):
        world.config = world.sampler.config = config
        world._drawn = None

    try:
        plain = dataclasses.replace(
            was, occluded=0.0, cut=0.0, damaged=0.0, sunglasses=0.0, yaw=4.0, pitch=3.0, still=0.0, roll_any=0.0
        )
        wear(plain)
        shown = np.mean([world.picture(k)["visible"] for k in range(12)], 0)
        assert (shown > 0.8).all(), shown
        wear(dataclasses.replace(plain, sunglasses=1.0))
        dark = np.mean([world.picture(k)["visible"] for k in range(12)], 0)
        assert (dark[2:4] < 0.35).all(), dark
        assert (dark[6:] > 0.8).all(), dark
        wear(dataclasses.replace(plain, cut=1.0))
        cut = np.array([world.picture(k)["visible"] for k in range(8)])
        assert (cut.min(1) < 0.5).mean() > 0.6
    finally:
        wear(was)


@needs_world
def test_truths_have_their_shapes_and_ranges(world):
    from norface_training.world.render import collate

    rows = collate([world.picture(k) for k in range(10)])
    assert rows["crop"].shape == (10, 96, 96) and rows["eyes"].shape == (10, 2, 32, 48)
    assert rows["visible"].shape == rows["covered"].shape == (10, 8)
    assert ((rows["visible"] >= 0) & (rows["visible"] <= 1)).all()
    assert (np.abs(rows["gaze"][..., 2:]) < 60).all()
    closed, opened = rows["blink"] > 0.9, rows["blink"] < 0.1
    if closed.any() and opened.any():
        assert rows["aperture"][closed].max() < rows["aperture"][opened].mean()
