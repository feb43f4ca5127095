"""How far what a network told of photographs is to be stretched before another learns from it: ``floor`` and ``gain`` of ``data.trust``.

    python -m norface_training.train.stretch --cache CACHE ferplus_train

A network that learned from a noisy teacher says the mean of what may be: a little of every unit in faces at rest, too little where one plainly
shows. Of each unit that belongs to an emotion, ``floor`` is what three in four of the pictures stay below that nearly all voters called neutral, and
with ``gain`` the middle one of the pictures that should show the unit (by ``labels.PUBLISHED_SHARES``) has the intensity ``PLAIN``.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np

from ..data.shards import ShardedSet, ShardError
from ..data.sources import SourceError, folder
from ..export.people import FEWEST, asked_of, strong, wanted
from ..labels import AUS

REST, PLAIN, FARTHEST = 0.75, 2.5, 3.0


def floor_and_gain(au: np.ndarray, votes: np.ndarray) -> dict[str, tuple[float, float]]:
    """Floor and gain of each unit for which there are pictures, from told intensities ``[N, 20]`` and votes ``[N, 10]``."""
    groups, result = strong(votes), {}
    neutral = groups["neutral"]
    for i, name in enumerate(AUS):
        shares, of_picture = wanted(name, asked_of(name, groups, au))
        if not len(shares) or (of_picture > 0).sum() < FEWEST or neutral.sum() < FEWEST:
            continue
        floor = float(np.quantile(au[neutral, i], REST))
        plain = float(np.quantile(au[of_picture > 0, i], 1 - of_picture[of_picture > 0].mean() / 2))
        result[name] = floor, float(np.clip(PLAIN / max(plain - floor, 1e-3), 1, FARTHEST))
    return result


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("set", help="a set with votes of which was told (see tell)")
    parser.add_argument("--as", dest="name", default="told", help="what was written after the set's name (told)")
    parser.add_argument("--cache", help="folder of the sets (or NORFACE_CACHE)")
    options = parser.parse_args(arguments)
    try:
        cache = folder(options.cache, "NORFACE_CACHE")
        source, told = ShardedSet(cache / options.set), ShardedSet(cache / f"{options.set}_{options.name}")
        found = np.flatnonzero(source["found"][: len(told)] > 0)
        for name, (floor, gain) in floor_and_gain(told["au"][found], source["votes"][found]).items():
            print(f"{name}: {{floor: {floor:.2f}, gain: {gain:.2f}}}")
    except (ShardError, SourceError, KeyError) as error:
        sys.exit(f"stretch: {error}")


if __name__ == "__main__":
    main()
