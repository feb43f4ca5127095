"""Endless batches mixed from several pools, augmented; the same seed gives the same batches."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from ..labels import mirrored_shapes
from .augment import Augmenter, mirror
from .config import AugmentConfig
from .pools import Pool

MIRRORED_SHAPES = mirrored_shapes()


class Batches:
    """Draws ``shares`` of each batch from the pools of those names. Deterministic by ``seed`` and rank.

    ``with_target`` draws only samples whose normalized face is known.
    """

    def __init__(
        self, pools: dict[str, Pool], shares: dict[str, float], augment: AugmentConfig, size: int, batch: int, seed: int,
        with_target: bool = False,
    ):  # fmt: skip
        absent = [name for name, share in shares.items() if share > 0 and name not in pools]
        if absent:
            raise ValueError(f"a stage draws from {absent[0]!r}, of which there is no pool")
        total = sum(shares.values())
        self.counts = {name: round(batch * share / total) for name, share in shares.items() if share > 0}
        self.counts = {name: count for name, count in self.counts.items() if count}
        self.pools = pools
        self.frequency = {
            name: pools[name].frequency * (pools[name].target_weight > 0) if with_target else pools[name].frequency
            for name in self.counts
        }
        empty = [name for name, frequency in self.frequency.items() if not frequency.sum() > 0]
        if empty:
            raise ValueError(f"a stage draws normalized faces, and {empty[0]!r} has no targets")
        self.generator = torch.Generator().manual_seed(seed)
        self.augmenter = Augmenter(augment, size, self.generator)

    def __iter__(self) -> Iterator[dict[str, torch.Tensor]]:
        while True:
            yield self.draw()

    def draw(self) -> dict[str, torch.Tensor]:
        parts = [self.part(self.pools[name], self.frequency[name], count) for name, count in self.counts.items()]
        return {key: torch.cat([part[key] for part in parts]) for key in parts[0]}

    def part(self, pool: Pool, frequency: torch.Tensor, count: int) -> dict[str, torch.Tensor]:
        index = torch.multinomial(frequency, count, replacement=True, generator=self.generator)
        return self.rows(pool, index, self.augmenter.flips(count))

    def rows(self, pool: Pool, index: torch.Tensor, flip: torch.Tensor) -> dict[str, torch.Tensor]:
        """The rows ``index`` of a pool, augmented, those that ``flip`` names mirrored."""
        geometry = self.augmenter.geometry(pool.geometry[index], flip)
        target = pool.target[index] if len(pool.target) == len(pool) else pool.target.expand(len(index), -1, -1)
        target = target.unsqueeze(1).float() / 255
        places = self.augmenter.places(flip)
        return self.labels(pool, index, flip) | {
            "face": self.augmenter.faces(pool.crop[index], flip, places),
            "points": self.augmenter.points(pool.points[index], flip, places),
            "points_weight": pool.points_weight[index],
            "geometry": geometry,
            "mirrored_geometry": mirror(geometry),
            "target": torch.where(flip[:, None, None, None], target.flip(-1), target),
            "target_weight": pool.target_weight[index],
        }

    @staticmethod
    def labels(pool: Pool, index: torch.Tensor, flip: torch.Tensor) -> dict[str, torch.Tensor]:
        """What the rows ``index`` of a pool teach, those that ``flip`` names mirrored, without pictures."""
        left, right = pool.left[index], pool.right[index]
        both = flip[:, None]
        shapes = pool.shapes[index].float()
        return {
            "au": pool.au[index],
            "au_weight": pool.au_weight[index],
            "left": torch.where(both, right, left),
            "right": torch.where(both, left, right),
            "side_weight": pool.side_weight[index],
            "emotion": pool.emotion[index],
            "emotion_weight": pool.emotion_weight[index],
            "shapes": torch.where(both, shapes[:, MIRRORED_SHAPES], shapes),
            "shapes_weight": pool.shapes_weight[index],
        }

    def state(self) -> torch.Tensor:
        return self.generator.get_state()

    def restore(self, state: torch.Tensor) -> None:
        self.generator.set_state(state)
