"""Shared fixtures: a tiny cache of sets with random pictures."""

import numpy as np
import pytest
import torch

from norface_training.data.shards import ShardWriter
from norface_training.labels import AUS, SIDES, TEACHER_SHAPES

torch.set_num_threads(1)

SHAPES = list(TEACHER_SHAPES)


def photo_rows(rng, n, votes):
    rows = {
        "crop": rng.integers(0, 256, (n, 96, 96), dtype=np.uint8),
        "geometry": rng.normal(0, 0.05, (n, 468, 3)).astype(np.float32),
        "landmarks": rng.normal(0, 1, (n, 468, 3)).astype(np.float32),
        "found": (np.arange(n) % 10 != 3).astype(np.uint8),
        "taught": np.ones(n, np.uint8),
        "blendshapes": rng.random((n, len(SHAPES)), np.float32),
        "identity": (np.arange(n) // 3).astype(np.int32) if not votes else np.full(n, -1, np.int32),
        "index": np.arange(n, dtype=np.int32),
    }
    if votes:
        chosen = np.zeros((n, 10), np.uint8)
        chosen[np.arange(n), rng.integers(0, 8, n)] = 9
        chosen[:, 8] = 1
        rows["votes"] = chosen
    else:
        rows["emotion"] = rng.integers(-1, 8, n).astype(np.int8)
    return rows


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    """Sets ``ferplus_train``, ``ferplus_valid``, ``photos`` and ``heads`` of a few random rows."""
    folder, rng = tmp_path_factory.mktemp("cache"), np.random.default_rng(5)
    facts = {"blendshape_names": SHAPES, "size": 96}
    for name, votes in (("ferplus_train", True), ("ferplus_valid", True), ("photos", False)):
        writer = ShardWriter(folder / name, facts)
        writer.append(**photo_rows(rng, 30, votes))
        writer.append(**photo_rows(rng, 12 if votes else 120, votes))
    target = rng.integers(0, 256, (6, 96, 96), dtype=np.uint8)
    ShardWriter(folder / "photos_targets", {}).append(target=np.repeat(target, 25, axis=0))
    n = 300
    ShardWriter(folder / "heads", {"size": 96}).append(
        crop=rng.integers(0, 256, (n, 96, 96), dtype=np.uint8),
        target=np.repeat(target, 50, axis=0),
        geometry=rng.normal(0, 0.05, (n, 468, 3)).astype(np.float32),
        au=rng.uniform(0, 5, (n, len(AUS))).astype(np.float32),
        left=rng.uniform(0, 5, (n, len(SIDES))).astype(np.float32),
        right=rng.uniform(0, 5, (n, len(SIDES))).astype(np.float32),
        identity=(np.arange(n) // 4).astype(np.int32),
        points=rng.uniform(0, 1, (n, 468, 2)).astype(np.float16),
    )
    return folder
