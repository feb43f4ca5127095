"""The head renderer. Most of it needs the head model: name its folder in NORFACE_DATA; without it those tests are skipped."""

import os
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from norface_training import alignment
from norface_training.labels import AU_INDEX, AUS, SIDE_INDEX, intensities_of_shapes
from norface_training.world import eyes

ROOT = Path(__file__).resolve().parents[2]
DATA = os.environ.get("NORFACE_DATA", "")
needs_model = pytest.mark.skipif(not (Path(DATA) / "ict_facekit.npz").is_file(), reason="NORFACE_DATA has no ict_facekit.npz")


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    pytest.importorskip("moderngl")
    from norface_training.heads.studio import Studio

    return Studio(DATA, tmp_path_factory.mktemp("maps"), 128, 128)


@pytest.fixture(scope="module")
def sampler(studio):
    from norface_training.heads.expression import ExpressionSampler

    return ExpressionSampler(studio.model)


def camera(**angles):
    from norface_training.heads.gl import Camera

    return Camera(128, 128, 600, 110, (0, 4), **angles)


def photograph(studio, coefficients, person=None, **angles):
    from norface_training.heads.gl import Light
    from norface_training.heads.person import common_person

    person = person or common_person()
    return studio.draw(person, studio.painter.paint(person), coefficients, camera(**angles), Light())


def test_swift_and_python_have_the_same_canonical_head():
    text = (ROOT / "Sources/FaceTracking/CanonicalHead.swift").read_text()
    arrays = [re.findall(r"-?\d+(?:\.\d+)?", body) for body in re.findall(r"= \[\n(.*?)\n    \]", text, re.DOTALL)]
    points, rigid, mirror = arrays
    np.testing.assert_allclose(np.array(points, float).reshape(468, 3), alignment.CANONICAL, atol=1e-6)
    np.testing.assert_array_equal(np.array(rigid, int), alignment.RIGID)
    np.testing.assert_allclose(alignment.CANONICAL[np.array(mirror, int)] * [-1, 1, 1], alignment.CANONICAL, atol=1e-5)


def test_the_alignment_fixture_is_what_alignment_makes():
    import json

    folder = ROOT / "Tests/Fixtures/alignment"
    cases = json.loads((folder / "cases.json").read_text())
    assert len(cases) == 2
    for case in cases:
        raw = (folder / case["image"]).read_bytes()
        header, size, _, pixels = raw.split(b"\n", 3)
        width, height = map(int, size.split())
        assert header == b"P5"
        luma = np.frombuffer(pixels, np.uint8).reshape(height, width)
        landmarks = np.array(case["landmarks"]).reshape(468, 3)
        assert alignment.align(luma, landmarks).tobytes() == (folder / case["crop"]).read_bytes()
        assert eyes.eye_crops(luma, landmarks).tobytes() == (folder / case["eyes"]).read_bytes()
        np.testing.assert_allclose(alignment.pose_of(landmarks), case["pose"], atol=1e-4)
        np.testing.assert_allclose(alignment.geometry(landmarks).ravel(), case["geometry"], atol=1e-5)


def test_blendshapes_become_coefficients_by_floor_and_gain():
    from norface_training.teacher.wear import FLOOR_GAIN, coefficients_of

    model = ["browInnerUp_L", "browInnerUp_R", "eyeSquint_L", "eyeSquint_R", "mouthSmile_L", "mouthSmile_R", "cheekSquint_L",
             "cheekSquint_R", "cheekRaiser_L", "cheekRaiser_R", "noseSneer_L", "noseSneer_R", "mouthDimple_L", "mouthDimple_R",
             "mouthPress_L", "mouthPress_R", "jawOpen", "mouthClose"]  # fmt: skip
    names = ["browInnerUp", "eyeSquintLeft", "jawOpen", "mouthSmileRight"]
    shapes = np.array([[0.5, FLOOR_GAIN["eyeSquint"][0], 1.0, 0.9], [0.0, 0.0, 0.0, 0.0]], np.float32)
    worn = coefficients_of(shapes, names, model)
    at = {name: k for k, name in enumerate(model)}
    floor, gain = FLOOR_GAIN["browInnerUp"]
    assert worn[0, at["browInnerUp_L"]] == worn[0, at["browInnerUp_R"]] == pytest.approx((0.5 - floor) / (1 - floor) * gain)
    assert worn[0, at["eyeSquint_L"]] == 0
    assert worn[0, at["jawOpen"]] == 1
    assert worn[0, at["mouthSmile_R"]] > 0.85 and worn[0, at["mouthSmile_L"]] == 0
    assert worn[0, at["cheekSquint_R"]] > 0.2 > worn[0, at["cheekSquint_L"]]
    assert worn[1].max() == 0
    disgust = np.eye(8, dtype=np.float32)[[5, 5]]
    assert coefficients_of(shapes, names, model, disgust)[1, at["noseSneer_L"]] == pytest.approx(0.6)


def test_a_smile_takes_its_narrowing_from_a_blink_but_opens_no_closed_eye():
    from norface_training.teacher.wear import coefficients_of

    model = [f"{base}_{side}" for base in ("eyeBlink", "eyeSquint", "mouthSmile", "cheekSquint", "cheekRaiser", "noseSneer", "mouthDimple",
                                           "mouthPress") for side in "LR"] + ["jawOpen", "mouthClose"]  # fmt: skip
    names = ["eyeBlinkLeft", "mouthSmileLeft", "eyeBlinkRight"]
    worn = coefficients_of(np.array([[0.4, 0.9, 0.4], [0.85, 0.9, 0.85], [0.1, 0.9, 0.1]], np.float32), names, model)
    left, right = worn[:, model.index("eyeBlink_L")], worn[:, model.index("eyeBlink_R")]
    assert left[0] < 0.1 and right[0] > 0.3
    assert left[1] == right[1] > 0.9
    assert left[2] == 0


def test_skies_are_spread_evenly():
    from norface_training.heads.shadow import sphere

    directions = sphere(400)
    np.testing.assert_allclose(np.linalg.norm(directions, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(directions.mean(0), 0, atol=0.01)
    np.testing.assert_allclose(directions.T @ directions / 400, np.eye(3) / 3, atol=0.01)


@needs_model
def test_a_person_is_the_same_for_the_same_number(studio):
    from norface_training.heads.person import sample_person

    pictures = [photograph(studio, np.zeros(57, np.float32), sample_person(4, studio.variants)).pixels.copy() for _ in range(2)]
    np.testing.assert_array_equal(*pictures)
    other = photograph(studio, np.zeros(57, np.float32), sample_person(5, studio.variants)).pixels
    assert (other != pictures[0]).mean() > 0.05


@needs_model
def test_resting_brows_are_painted_where_people_have_them(studio):
    from norface_training.heads import brows
    from norface_training.heads.person import sample_person

    heights = []
    for number in range(24):
        drawn = brows.paint(studio.atlas, sample_person(number, studio.variants).brow, np.random.default_rng(number))
        heights.append((drawn * studio.atlas.brow_t).sum() / drawn.sum() * 28)
    # In cm from the model's brow landmarks: people's brows are about 0.5 lower, and no two alike.
    assert -0.65 < np.mean(heights) < -0.35
    assert 0.1 < np.std(heights) < 0.35


@needs_model
def test_the_nose_goes_where_the_angles_say(studio):
    from norface_training.heads.correspond import mesh_vertices

    vertices = studio.model.shape(None, None)[mesh_vertices()]
    for angles in ((0, 0, 0), (25, 0, 0), (0, 15, 0), (0, 0, 20), (-30, 10, -12)):
        points = camera(**dict(zip(("yaw", "pitch", "roll"), angles))).project(vertices)
        # Face Mesh's canonical head and the model's vertices differ by a few degrees of pitch.
        np.testing.assert_allclose(alignment.pose_of(points), angles, atol=5)


@needs_model
@pytest.mark.parametrize("shape, channel", [("browDown", "furrow"), ("noseSneer", "bunny"), ("mouthSmile", "fold")])
def test_wrinkles_appear_on_the_side_that_moves(studio, shape, channel):
    from norface_training.heads.wrinkles import CHANNELS

    bank = studio.bank
    ones, zeros = np.ones(len(CHANNELS), np.float32), np.zeros(len(CHANNELS), np.float32)
    left = studio.model.coefficients(**{f"{shape}_L": 1.0})
    height = bank.height(0, left, ones, zeros)
    on_left = np.abs(height[~studio.atlas.right]).sum()
    assert on_left > 3 * np.abs(height[studio.atlas.right]).sum()
    assert np.abs(bank.height(0, 0 * left, ones, zeros)).max() == 0
    assert f"{channel}_L" in CHANNELS


@needs_model
def test_wearing_units_gives_their_labels_back(studio, sampler):
    units = {4: (0.8, 0.8), 12: (0.6, 0.2), 43: (0.0, 1.0)}
    au, left, right = intensities_of_shapes(sampler.wear(units)[None], studio.model.names)
    assert au[0, AU_INDEX[4]] == pytest.approx(4.0, abs=0.01)
    assert left[0, SIDE_INDEX[12]] == pytest.approx(3.0, abs=0.01)
    assert right[0, SIDE_INDEX[12]] == pytest.approx(1.0, abs=0.01)
    assert (left[0, SIDE_INDEX[43]], right[0, SIDE_INDEX[43]]) == (0, pytest.approx(5.0, abs=0.01))


@needs_model
def test_posed_expressions_raise_chins_with_pressed_lips_that_are_not_sucked_in(studio):
    from norface_training.heads.expression import ExpressionSampler

    posed = ExpressionSampler(studio.model, posed=1.0)
    au, left, right = intensities_of_shapes(np.array([posed.sample(np.random.default_rng(k)) for k in range(1200)]), studio.model.names)
    chin, press, suck, lids = (au[:, AU_INDEX[n]] for n in (17, 24, 28, 43))
    both = (chin > 2) & (press > 2)
    assert both.mean() > 0.08 and (suck[chin > 2] > 1).mean() < 0.05
    assert ((au[:, AU_INDEX[15]] > 2) & (chin < 1)).mean() > 0.03
    winks = (np.abs(left[:, SIDE_INDEX[43]] - right[:, SIDE_INDEX[43]]) > 2).mean()
    assert 0.02 < winks < 0.15 and lids.max() > 4



@needs_model
def test_sampled_expressions_cover_every_unit_on_both_sides(studio, sampler):
    worn = np.array([sampler.sample(np.random.default_rng(k)) for k in range(1500)])
    assert worn.min() >= 0 and worn.max() <= 1.06
    au, left, right = intensities_of_shapes(worn, studio.model.names)
    strong = (au > 2).mean(0)
    assert (strong > 0.005).all(), dict(zip(AUS, strong.round(3)))
    assert ((left - right > 1).mean(0) > 0.003).all() and ((right - left > 1).mean(0) > 0.003).all()
    assert np.median((au > 1).sum(1)) <= 4


@needs_model
def test_closed_lids_cover_the_eyes(studio):
    from norface_training.heads.correspond import mesh_vertices

    def whites(**worn):
        picture = photograph(studio, studio.model.coefficients(**worn))
        at = camera().project(picture.vertices[mesh_vertices()])[[33, 133], :2]
        x0, x1 = np.sort(at[:, 0]).astype(int)
        y = int(at[:, 1].mean())
        return picture.pixels[y - 4 : y + 4, x0:x1, 0].astype(float)

    assert whites().std() > 1.5 * whites(eyeBlink=1.0).std()


@needs_model
def test_a_fit_finds_the_shape_that_made_the_landmarks():
    from norface_training.heads.correspond import mesh_vertices
    from norface_training.heads.fit import Fitter
    from norface_training.heads.gl import Camera
    from norface_training.heads.model import HeadModel

    model = HeadModel(Path(DATA) / "ict_facekit.npz")
    fitter = Fitter(model)
    identity = np.random.default_rng(4).normal(0, 0.8, 100).astype(np.float32)
    far = Camera(128, 128, 2400, 440, yaw=8, pitch=-5)
    points = far.project(model.shape(identity, None)[mesh_vertices()])
    points += fitter.bias * far.focal / far.distance @ far.rotation.T
    fit = fitter(points)
    assert fit.residual < 0.05 and fit.coefficients.max() < 0.15

    def distance(vertices):
        a, b = (v[:9409] - v[:9409].mean(0) for v in (vertices, model.shape(identity, None)))
        return np.sqrt((((a * b).sum() / (a * a).sum() * a - b) ** 2).sum(1).mean())

    assert distance(model.shape(fit.identity, None)) < 0.6 * distance(model.neutral)


@needs_model
def test_people_whose_brows_lie_where_peoples_do_are_not_taken_to_lower_them():
    from norface_training.heads.fit import Fitter
    from norface_training.heads.model import HeadModel

    fitter = Fitter(HeadModel(Path(DATA) / "ict_facekit.npz"))
    # What is measured on people at rest, beside the canonical head: 0.09 eye distances at the brows, less above and below.
    rest = alignment.CANONICAL * 100
    rest[:, 1] += 9 * np.exp(-(((alignment.CANONICAL[:, 1] + 0.45) / 0.22) ** 2))
    fit = fitter(rest)
    assert fit.coefficients[fitter.model.index["browDown_L"]] < 0.02
    assert np.abs(fit.identity).max() < 0.1


def test_skins_with_something_before_the_face_are_left_out():
    from norface_training.heads.skins import ordinary

    rng = np.random.default_rng(3)
    skins = np.clip(128 + rng.normal(0, 12, (9, 256, 256)), 0, 255).astype(np.uint8)
    skins[2, 60:110, 50:125] = 8
    skins[5, 130:170, 60:200] = 5
    assert np.flatnonzero(~ordinary(skins)).tolist() == [2, 5]


def test_a_second_photograph_is_the_same_persons():
    from norface_training.heads.skins import first_of_each

    assert first_of_each(["ann", "bo", "ann", "cy", "bo"]).tolist() == [0, 1, 0, 3, 1]


def test_a_blend_of_two_skins_is_as_lively_as_each_and_lies_between_them():
    from norface_training.heads.render import blended

    rng = np.random.default_rng(4)
    shared = np.log(rng.uniform(60, 200, (64, 64)))
    one, other = (np.exp(shared + rng.normal(0, 0.1, (64, 64))) for _ in range(2))
    shapes = rng.normal(size=(2, 100))
    skin, shape, tone = blended((one, shapes[0], 0.2), (other, shapes[1], 0.4), shared, rng)
    assert np.std(np.log(skin) - shared) == pytest.approx(0.1, rel=0.05)
    assert np.std(shape) == pytest.approx(1, rel=0.25)
    assert 0.2 < tone < 0.4
    for parent in (one, other):
        assert 0.3 < np.corrcoef((np.log(skin) - shared).ravel(), (np.log(parent) - shared).ravel())[0, 1] < 0.95


def skinned(first, person, blends=0.5):
    """A renderer that has skins and nothing to draw with, for who wears which."""
    from norface_training.heads.render import HeadRenderer

    renderer, count = HeadRenderer.__new__(HeadRenderer), len(person)
    textures = np.random.default_rng(6).integers(40, 200, (count, 8, 8)).astype(np.uint8)
    renderer.skins = {"tone": np.full(count, 0.3), "person": np.asarray(person), "texture": textures}
    renderer.skins["identity"] = np.zeros((count, 100))
    renderer.skins_from, renderer.blends, renderer.studio = first, blends, SimpleNamespace(variants=1)
    renderer.partners, renderer.middle = np.flatnonzero(np.asarray(person) >= (first or 0)), np.log(textures).mean(0)
    return renderer


def test_every_other_person_borrows_a_skin_and_with_skins_from_everybody_does():
    usual = skinned(None, [0, 1, 2])
    assert [usual._skin(k) for k in range(6)] == [None, 0, None, 1, None, 2]
    assert [usual.identity(k) for k in range(6)] == [0, 1, 2, 3, 4, 5]
    later = skinned(2, [0, 1, 2, 1, 2])
    assert [later._skin(k) for k in range(4)] == [2, 3, 4, 2]
    # The skin 3 is of the person who lent skin 1, the skin 4 of the one who lent skin 2.
    assert [later.identity(k) for k in range(3)] == [5, 3, 5]


def test_the_share_of_blends_decides_who_wears_one():
    alone, both = (skinned(1, [0, 1, 2], blends)._sample(4).skin for blends in (0, 1))
    np.testing.assert_array_equal(alone, skinned(1, [0, 1, 2]).skins["texture"][1].astype(np.float32) / 128)
    assert both.shape == alone.shape and not np.allclose(both, alone)


@pytest.mark.parametrize(("yaw", "slack", "calm_enough"), [(5, 1.0, True), (20, 1.0, False), (20, 1.6, True), (28, 1.6, False)])
def test_slack_lets_a_face_turn_farther(yaw, slack, calm_enough):
    from norface_training.heads.skins import calm

    turn = np.radians(yaw)
    landmarks = alignment.CANONICAL @ np.array([[np.cos(turn), 0, -np.sin(turn)], [0, 1, 0], [np.sin(turn), 0, np.cos(turn)]]) * 40
    model = SimpleNamespace(index={"mouthSmile_L": 0, "mouthSmile_R": 1})
    assert calm(landmarks, np.zeros(2), model, slack) is calm_enough


def test_true_landmarks_lie_in_the_crop_where_it_shows_them():
    from norface_training.heads.render import in_crop

    landmarks = alignment.CANONICAL * 40 + [100, 90, 0]
    expected = np.array([0.50, 0.33]) + 0.34 * alignment.CANONICAL[:, :2]
    np.testing.assert_allclose(in_crop(landmarks, landmarks, 96), expected, atol=1e-6)
    shifted = in_crop(landmarks + [4.0, 0, 0], landmarks, 96)
    np.testing.assert_allclose(shifted - expected, np.broadcast_to([0.34 * 4 / 40, 0], expected.shape), atol=1e-6)
