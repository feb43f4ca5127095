"""What one's own pictures teach, and the run that learns it."""

from __future__ import annotations

import numpy as np
import torch

from ..data.shards import ShardedSet
from ..labels import AUS, EMOTIONS, SIDES, TEACHER_SHAPES
from ..networks import Norface
from ..networks.points import GEOMETRY_POINTS
from ..train.pools import Pool, balance, geometry_of
from ..train.tell import tell
from .table import Table

SET = "own"
"""The name of the run's only set."""

KEPT = 0.2
"""How much the bundle's own word counts where the table has none, beside one of the table's labels: enough to keep what it knew."""

WORD = 0.9
"""How likely the table's emotion is in its label; the rest is what the bundle says."""


def uncurved(values: np.ndarray, names: tuple[str, ...], curves: dict) -> np.ndarray:
    """Outputs which a bundle's curves turn into these intensities ``[N, names]``: what its networks must say for its user to read them."""
    result = values.copy()
    for i, name in enumerate(names):
        if name in curves:
            x, y = np.array(curves[name]["x"]), np.array(curves[name]["y"])
            # Flat parts have no inverse: their end stands for them, and the very beginning for what is absent.
            rising = np.concatenate([np.diff(y) > 1e-6, [True]])
            result[:, i] = np.where(values[:, i] <= y[0] + 1e-6, x[0], np.interp(values[:, i], y[rising], x[rising]))
    return result


def own_pool(model: Norface, table: Table, source: ShardedSet, curves: dict) -> tuple[Pool, np.ndarray]:
    """The table's faces that were found and have a label, and which of its rows they are."""
    labelled = np.isfinite(table.au).any(1) | (table.emotion >= 0)
    rows = np.flatnonzero((source["found"] > 0) & labelled)
    n = len(rows)
    crop, geometry = torch.from_numpy(source["crop"][rows]), geometry_of(source, rows)
    told = tell(model, crop, geometry, mirrored=False) if n else {}
    values, weight = {}, {}
    for key, names in (("au", AUS), ("left", SIDES), ("right", SIDES)):
        mine = getattr(table, key)[rows]
        known = np.isfinite(mine)
        said = told[key].numpy() if n else np.zeros((0, len(names)), np.float32)
        values[key] = torch.from_numpy(np.where(known, uncurved(np.nan_to_num(mine), names, curves), said).astype(np.float32))
        weight[key] = np.where(known, 1.0, KEPT).astype(np.float32)
    rare = balance(values["au"]).numpy() if n else np.ones(len(AUS), np.float32)
    word = table.emotion[rows]
    emotion = told["emotion"].numpy().copy() if n else np.zeros((0, len(EMOTIONS)), np.float32)
    spoken = word >= 0
    emotion[spoken] = (1 - WORD) * emotion[spoken] + WORD * np.eye(len(EMOTIONS), dtype=np.float32)[word[spoken]]
    points = len(GEOMETRY_POINTS)
    pool = Pool(
        crop=crop, geometry=geometry, **values,
        au_weight=torch.from_numpy((weight["au"] * rare).astype(np.float32)),
        side_weight=torch.from_numpy(np.minimum(weight["left"], weight["right"])),
        emotion=torch.from_numpy(emotion), emotion_weight=torch.from_numpy(np.where(spoken, 1.0, KEPT).astype(np.float32)),
        target=torch.zeros(1, model.config.normalized_size, model.config.normalized_size, dtype=torch.uint8), target_weight=torch.zeros(n),
        identity=torch.from_numpy(table.people[rows]), frequency=torch.ones(n), votes=torch.zeros(n, 10, dtype=torch.int64),
        shapes=torch.zeros(n, len(TEACHER_SHAPES), dtype=torch.float16), shapes_weight=torch.zeros(n),
        points=torch.zeros(n, points, 2, dtype=torch.float16), points_weight=torch.zeros(n),
    )  # fmt: skip
    return pool, rows


def recipe(network: dict, steps: int) -> dict:
    """The run: the classifier alone, on three views of each picture, annealed to its end."""
    stage = {
        "name": "own", "train": ["classifier"], "steps": steps, "batch": 64, "lr": 0.0004, "muon": True, "warmup": 0.05, "final": 0.01, "ema": 0.99,
        "losses": {"emotion": 1.0, "au": 2.5}, "views": {SET: 3}, "validate_every": max(1, steps), "keep": "last",
    }  # fmt: skip
    augment = {"rotation": 6.0, "scale": 0.06, "shift": 0.02, "aspect": 0.03, "blur": 0.15, "noise": 0.02, "cutout": 0.1, "gamma": 0.2,
               "gradient": 0.25, "geometry_noise": 0.03, "geometry_drop": 0.05}  # fmt: skip
    return {
        "name": "own",
        "seed": 17,
        "network": network,
        "data": {"shares": {SET: 1.0}},
        "augment": augment,
        "stages": [stage],
    }
