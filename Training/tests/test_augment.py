"""Augmentation, and the batches drawn with it."""

import pytest
import torch

from norface_training.networks.points import GEOMETRY_POINTS
from norface_training.train.augment import CANONICAL_PLACES, Augmenter, mirror_order, plain
from norface_training.train.batches import Batches
from norface_training.train.config import AugmentConfig, DataConfig
from norface_training.train.pools import head_pool, photo_pool


def augmenter(size=96, seed=0, **changes):
    still = {k: 0.0 for k in AugmentConfig.__dataclass_fields__}
    return Augmenter(AugmentConfig(**(still | changes)), size, torch.Generator().manual_seed(seed))


def test_without_strength_nothing_changes():
    crops = torch.randint(0, 256, (3, 96, 96), dtype=torch.uint8)
    torch.testing.assert_close(augmenter().faces(crops, torch.zeros(3, dtype=torch.bool)), plain(crops, 96), atol=2e-3, rtol=0)


def test_a_flip_mirrors_the_picture_and_the_landmarks():
    crops = torch.randint(0, 256, (2, 96, 96), dtype=torch.uint8)
    flipped = augmenter().faces(crops, torch.tensor([True, False]))
    torch.testing.assert_close(flipped[0, 0], plain(crops, 96)[0, 0].flip(-1), atol=2e-3, rtol=0)
    torch.testing.assert_close(flipped[1, 0], plain(crops, 96)[1, 0], atol=2e-3, rtol=0)
    geometry = torch.randn(2, 345)
    once = augmenter().geometry(geometry, torch.tensor([True, False]))
    assert not torch.allclose(once[0], geometry[0]) and torch.allclose(once[1], geometry[1])
    torch.testing.assert_close(augmenter().geometry(once, torch.tensor([True, False])), geometry)


def test_landmarks_stay_on_what_they_mark_when_a_face_is_moved():
    moving = augmenter(rotation=12.0, scale=0.1, shift=0.04, aspect=0.05, seed=4)
    position = {point: i for i, point in enumerate(GEOMETRY_POINTS)}
    mirrored = {33: 263, 61: 291, 1: 1}
    for point, other in mirrored.items():
        at = torch.tensor([0.61, 0.42])
        y, x = torch.meshgrid(torch.arange(96) + 0.5, torch.arange(96) + 0.5, indexing="ij")
        spot = torch.exp(-((x - 96 * at[0]) ** 2 + (y - 96 * at[1]) ** 2) / 18)
        crops = (255 * spot).round().to(torch.uint8).expand(2, -1, -1)
        points = torch.full((2, len(GEOMETRY_POINTS), 2), 0.5)
        points[:, position[point]] = at
        flip = torch.tensor([False, True])
        places = moving.places(flip)
        faces = moving.faces(crops, flip, places)
        told = (moving.points(points, flip, places).reshape(2, -1, 2) + 10 * CANONICAL_PLACES) / 10
        for row, marked in ((0, point), (1, other)):
            light = (faces[row, 0] - 0.01).clamp_min(0)
            seen = torch.stack([(light * x).sum(), (light * y).sum()]) / light.sum() / 96
            torch.testing.assert_close(told[row, position[marked]], seen, atol=0.004, rtol=0)


def test_the_mirror_of_the_right_brow_is_the_left():
    order = mirror_order()
    position = {point: i for i, point in enumerate(GEOMETRY_POINTS)}
    for right, left in ((105, 334), (33, 263), (61, 291), (159, 386), (1, 1)):
        assert GEOMETRY_POINTS[order[position[right]]] == left
    with pytest.raises(ValueError, match="33 has no mirror image"):
        mirror_order((33, 1))


def test_a_batch_swaps_the_sides_of_what_it_flips(cache):
    pool = head_pool(cache, "heads", 72)
    pool.left[:], pool.right[:] = 1.0, 4.0
    batch = Batches({"heads": pool}, {"heads": 1.0}, AugmentConfig(), 96, 16, seed=1).draw()
    assert set(batch["left"][:, 0].tolist()) == {1.0, 4.0}
    assert ((batch["left"] + batch["right"]) == 5).all()
    again = Batches({"heads": pool}, {"heads": 1.0}, AugmentConfig(), 96, 16, seed=1).draw()
    assert torch.equal(batch["face"], again["face"])
    assert batch["face"].min() >= 0 and batch["face"].max() <= 1


def test_a_stage_cannot_draw_from_an_absent_pool(cache):
    with pytest.raises(ValueError, match="'heads'"):
        Batches({}, {"heads": 1.0}, AugmentConfig(), 96, 4, seed=0)


def test_a_stage_of_normalized_faces_draws_only_samples_that_have_one(cache):
    pool = photo_pool(cache, "photos", 72, DataConfig())
    pool.target_weight[5:] = 0
    batch = Batches({"photos": pool}, {"photos": 1.0}, AugmentConfig(), 72, 32, 1, with_target=True).draw()
    assert (batch["target_weight"] > 0).all()
    pool.target_weight[:] = 0
    with pytest.raises(ValueError, match="'photos' has no targets"):
        Batches({"photos": pool}, {"photos": 1.0}, AugmentConfig(), 72, 32, 1, with_target=True)
