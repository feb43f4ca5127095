"""The teacher's cache and measures, with a teacher whose answers are known."""

import numpy as np
import pytest

from norface_training import alignment
from norface_training.heads import finish
from norface_training.labels import AU_INDEX, SIDE_INDEX, intensities_of_shapes
from norface_training.teacher.channels import auc, ict_name, table
from norface_training.teacher.facemesh import FaceMesh, region_of
from norface_training.teacher.label import BLENDSHAPES, label
from norface_training.teacher.mediapipe import Answer
from norface_training.teacher.wear import as_read


class Known:
    """Answers with the canonical head in the middle, but not for dark pictures."""

    def __init__(self, blendshapes=True):
        self.blendshapes = blendshapes
        self.asked = []

    def __call__(self, luma, border):
        self.asked.append(border)
        if luma.mean() < 50:
            return Answer(None, None)
        height, width = luma.shape
        points = alignment.CANONICAL * width / 4 + [width / 2, height * 0.4, 0]
        return Answer(points.astype(np.float32), np.full(52, 0.25, np.float32) if self.blendshapes else None)


def test_a_shard_holds_crops_and_zeros_where_nothing_was_found():
    rng = np.random.default_rng(1)
    pictures = [rng.integers(60, 255, (48, 48)).astype(np.uint8), np.zeros((48, 48), np.uint8)]
    teacher = Known()
    arrays = label(teacher, pictures, 0.25, 96)
    assert teacher.asked == [0.25, 0.25]
    assert arrays["found"].tolist() == [1, 0] and arrays["taught"].tolist() == [1, 0]
    np.testing.assert_array_equal(arrays["crop"][0], alignment.align(pictures[0], arrays["landmarks"][0]))
    np.testing.assert_allclose(arrays["geometry"][0], 0, atol=1e-5)
    assert arrays["blendshapes"].shape == (2, 52) and arrays["blendshapes"][0, 3] == 0.25
    assert all(not arrays[name][1].any() for name in ("crop", "landmarks", "geometry", "blendshapes"))
    assert {name: array.dtype.name for name, array in arrays.items()} == {
        "found": "uint8", "taught": "uint8", "landmarks": "float32", "geometry": "float32", "crop": "uint8", "blendshapes": "float32",
    }  # fmt: skip


def test_without_blendshapes_nothing_is_taught():
    arrays = label(Known(blendshapes=False), [np.full((48, 48), 200, np.uint8)], 0.0, 96)
    assert arrays["found"][0] == 1 and arrays["taught"][0] == 0


def test_there_are_52_blendshapes_and_the_head_model_has_a_name_for_all_but_neutral():
    assert len(BLENDSHAPES) == len(set(BLENDSHAPES)) == 52
    assert [name for name in BLENDSHAPES if ict_name(name) is None] == ["_neutral"]
    assert (
        ict_name("mouthSmileLeft") == "mouthSmile_L"
        and ict_name("mouthLeft") == "mouthLeft"
        and ict_name("jawOpen") == "jawOpen"
    )


def test_auc_is_the_share_of_ordered_pairs():
    rng = np.random.default_rng(2)
    score, positive = rng.integers(0, 6, 60).astype(float), rng.uniform(size=60) < 0.4
    pairs = [(a > b) + 0.5 * (a == b) for a in score[positive] for b in score[~positive]]
    assert auc(score, positive) == pytest.approx(np.mean(pairs))
    assert np.isnan(auc(score, np.ones(60, bool)))


def test_the_table_tells_the_living_from_the_dead():
    rng = np.random.default_rng(3)
    names = ["mouthSmile_L", "noseSneer_L"]
    true = rng.uniform(0, 1, (200, 2)) * (rng.uniform(size=(200, 2)) < 0.5)
    told = np.zeros((200, 52))
    told[:, BLENDSHAPES.index("mouthSmileLeft")] = true[:, 0] * 0.9
    told[:, BLENDSHAPES.index("noseSneerLeft")] = 1e-6 * rng.uniform(size=200)
    lines = {
        line.split("|")[1].strip(): line
        for line in table(true, told, names, 250, "a command").splitlines()
        if line.count("|") == 8
    }
    assert lines["mouthSmileLeft"].endswith("alive |") and lines["noseSneerLeft"].endswith("dead |")
    assert "200 of 250" in table(true, told, names, 250, "a command") and "a command" in table(
        true, told, names, 250, "a command"
    )


def test_the_region_is_square_upright_with_the_eyes_and_half_as_large_again():
    turn = alignment.rotation_matrix(0, 0, 30)
    points = alignment.CANONICAL @ turn.T * 50 + [100, 80, 0]
    x, y, side, angle = region_of(points)
    assert np.degrees(angle) == pytest.approx(30, abs=1e-3)
    low, high = points[:, :2].min(0), points[:, :2].max(0)
    assert side == pytest.approx(1.5 * (high - low).max())
    assert (x, y) == pytest.approx(tuple((low + high) / 2))


def test_a_missing_network_is_named(tmp_path):
    pytest.importorskip("ai_edge_litert")
    with pytest.raises(FileNotFoundError, match="absent.tflite"):
        FaceMesh(tmp_path / "absent.tflite")


def test_surroundings_and_camera_faults_are_the_same_for_the_same_seed():
    photo = np.random.default_rng(0).integers(0, 255, (90, 70)).astype(np.uint8)
    for seed in range(12):
        made = []
        for _ in range(2):
            rng = np.random.default_rng(seed)
            wall = finish.background(rng, 64, photo)
            made.append(finish.develop(rng, wall.copy())[0])
            assert wall.shape == (64, 64) and 0 <= wall.min() and wall.max() <= 255.5
        np.testing.assert_array_equal(*made)
        assert made[0].shape == (64, 64) and made[0].dtype == np.uint8


def test_an_occluder_covers_a_part_and_leaves_the_rest():
    points = alignment.CANONICAL * 40 + [96, 80, 0]
    shares = []
    for seed in range(40):
        image = np.full((192, 192), 120, np.float32)
        out = finish.occlude(np.random.default_rng(seed), image, points, 0.4)
        assert out.shape == image.shape and out.min() >= 0 and out.max() <= 255
        shares.append((np.abs(out - image) > 3).mean())
    assert 0.005 < np.median(shares) < 0.5 and max(shares) < 0.9


def test_the_common_person_wears_the_intensities_that_were_read():
    rng = np.random.default_rng(4)
    bases = ("browInnerUp", "browDown", "cheekSquint", "cheekRaiser", "noseSneer", "mouthSmile", "mouthPress", "mouthFunnel")
    names = [f"{base}_{side}" for base in bases for side in "LR"]
    names += ["mouthShrugLower", "mouthShrugUpper", "mouthPucker", "jawOpen", "mouthClose", "mouthLeft"]
    worn = rng.random((50, len(names)), np.float32)
    au, left, right = (rng.uniform(0, 5, (50, n)).astype(np.float32) for n in (20, 14, 14))
    out = as_read(worn, names, au, left, right)
    spoken, spoken_left, spoken_right = intensities_of_shapes(out, names)
    for number in (1, 4, 6, 9, 12, 24):
        column = SIDE_INDEX[number]
        np.testing.assert_allclose(spoken_left[:, column], left[:, column], atol=1e-4)
        np.testing.assert_allclose(spoken_right[:, column], right[:, column], atol=1e-4)
    for number in (17, 18, 26):
        np.testing.assert_allclose(spoken[:, AU_INDEX[number]], au[:, AU_INDEX[number]], atol=1e-4)
    for name in ("mouthFunnel_L", "mouthLeft"):
        np.testing.assert_array_equal(out[:, names.index(name)], worn[:, names.index(name)])
    assert (out[:, names.index("mouthClose")] <= out[:, names.index("jawOpen")]).all()
