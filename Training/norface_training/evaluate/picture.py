"""A picture for the model card: originals over their normalized faces."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from ..train.pools import Pool
from .bundle import Bundle
from .identity import enlarge


def grid(bundle: Bundle, pools: dict[str, Pool], path: Path, columns: int = 12, seed: int = 1, truth: bool = True) -> None:
    """For each pool a row of originals, below it the normalized faces and, for rendered people, what they should be.

    Faces are chosen over the range of expression: sorted by total intensity, evenly spaced, then shuffled.
    """
    rng, rows = np.random.default_rng(seed), []
    for name, pool in pools.items():
        order = np.argsort(pool.au.sum(1).numpy(), kind="stable")
        chosen = rng.permutation(order[np.linspace(len(order) // 10, len(order) - 1, columns).astype(int)])
        crops = pool.crop.numpy()[chosen]
        outputs = bundle.predict(crops, pool.geometry.float().numpy()[chosen])
        side = crops.shape[-1]
        rows += [crops, enlarge(outputs["normalized"], side)]
        if name == "heads" and truth:
            rows.append(enlarge(pool.target.numpy()[chosen].astype(np.float32) / 255, side))
    picture = np.concatenate([np.concatenate(list(row), axis=1) for row in rows], axis=0)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path)
