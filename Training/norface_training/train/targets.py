"""Targets of photographs without rendering each: the common person's face as a fitted function of the head model's coefficients.

The rendered heads' targets are all of one person under one light and from one side, so they depend on the expression's coefficients
alone. A few principal components of these pictures and a small network from coefficients to them draw new expressions some
thousand times faster than the renderer.

    python -m norface_training.train.targets --cache CACHE ferplus_train ferplus_valid photos

writes ``NAME_fitted`` for each set, which ``pools.photo_pool`` takes where the rendered ``NAME_targets`` is absent. ``heads`` may be
among the sets: the heads drawn without targets then have theirs. With ``--as-read`` the common person wears what a former network
read in the photographs (``NAME_told``, see ``tell``) wherever a unit says it, and the teacher's blendshapes for the rest.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np
import torch
from torch import nn

from ..data.shards import ShardedSet, ShardError, ShardWriter
from ..data.sources import SourceError, folder
from ..labels import vote_distribution
from ..teacher.wear import as_read, coefficients_of

SIZE = 72
COMPONENTS = 160


class TargetModel:
    """Coefficients ``[N, K]`` to pictures ``[N, size, size]`` uint8."""

    def __init__(self, mean: torch.Tensor, basis: torch.Tensor, scale: torch.Tensor, network: nn.Module, size: int):
        self.mean, self.basis, self.scale, self.network, self.size = mean, basis, scale, network, size

    @staticmethod
    def fit(coefficients: np.ndarray, targets: np.ndarray, steps: int = 3000, seed: int = 1) -> TargetModel:
        """Least squares on ``targets [N, size, size]`` uint8, by Adam on batches."""
        torch.manual_seed(seed)
        pictures = torch.from_numpy(targets.reshape(len(targets), -1)).float() / 255
        mean = pictures.mean(0)
        count = min(COMPONENTS, len(targets) - 1)
        _, _, basis = torch.svd_lowrank(pictures - mean, q=count, niter=3)
        scores = (pictures - mean) @ basis
        scale = scores.std(0).clamp_min(1e-6)
        inputs = torch.from_numpy(np.asarray(coefficients, np.float32))
        width = 384
        network = nn.Sequential(
            nn.Linear(inputs.shape[1], width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, count)
        )
        optimiser = torch.optim.AdamW(network.parameters(), lr=2e-3, weight_decay=1e-3)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
        # In the picture's own units: components that vary much count as much as they show.
        weight = scale / scale.max()
        for _ in range(steps):
            index = torch.randint(0, len(inputs), (min(128, len(inputs)),))
            error = (network(inputs[index]) - scores[index] / scale) * weight
            optimiser.zero_grad(set_to_none=True)
            error.square().mean().backward()
            optimiser.step()
            schedule.step()
        return TargetModel(mean, basis, scale, network.eval(), targets.shape[-1])

    @torch.no_grad()
    def draw(self, coefficients: np.ndarray) -> np.ndarray:
        inputs = torch.from_numpy(np.asarray(coefficients, np.float32))
        pictures = [
            (self.network(part) * self.scale) @ self.basis.T + self.mean for part in inputs.split(1024)
        ]
        pixels = (torch.cat(pictures).clamp(0, 1) * 255).round().to(torch.uint8)
        return pixels.reshape(-1, self.size, self.size).numpy()


def _worn(source: ShardedSet, names: list[str]) -> np.ndarray:
    """The head model's coefficients of a set: its own, or what its blendshapes and votes say."""
    if "coefficients" in source.fields:
        return source["coefficients"]
    votes = None
    if "votes" in source.fields:
        votes, usable = vote_distribution(source["votes"])
        votes[~usable] = 0
    return coefficients_of(source["blendshapes"], source.facts["blendshape_names"], names, votes)


def _read(worn: np.ndarray, names: list[str], told: ShardedSet) -> np.ndarray:
    """``worn`` with what a former network read in its place."""
    if len(told) != len(worn) or "au" not in told.fields:
        raise ShardError(f"{told.folder}: intensities of {len(worn)} rows are needed: run norface_training.train.tell on the set")
    return as_read(worn, names, told["au"], told["left"], told["right"])


def main(arguments: list[str] | None = None) -> None:
    from .pools import shrink

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", nargs="+")
    parser.add_argument("--cache", help="folder of the sets (or NORFACE_CACHE)")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--as-read", action="store_true", help="photographs: what a former network read (NAME_told) before the teacher's word")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    try:
        cache = folder(options.cache, "NORFACE_CACHE")
        heads = ShardedSet(cache / "heads")
        names = heads.facts["coefficient_names"]
        pictures = shrink(heads["target"], SIZE).numpy()
        drawn = pictures.any(axis=(1, 2))
        held = drawn & (np.arange(len(heads)) % 20 == 0)
        learnt = drawn & ~held
        model = TargetModel.fit(heads["coefficients"][learnt], pictures[learnt], options.steps)
        error = np.abs(model.draw(heads["coefficients"][held]).astype(float) - pictures[held]).mean() / 255
        plain = np.abs(pictures[learnt].mean(0) - pictures[held]).mean() / 255
        print(f"{int(held.sum())} held-out targets: mean absolute error {error:.4f} (of the mean face {plain:.4f})", flush=True)
        for name in options.sets:
            source = ShardedSet(cache / name)
            worn, facts = _worn(source, names), {"size": SIZE, "source": name}
            if options.as_read and "coefficients" not in source.fields:
                told = ShardedSet(cache / f"{name}_told")
                worn, facts = _read(worn, names, told), facts | {"as_read": told.facts}
            writer = ShardWriter(cache / f"{name}_fitted", facts)
            if writer.count < len(source):
                writer.append(target=model.draw(worn[writer.count :]))
            print(f"{name}_fitted: {writer.count}", flush=True)
    except (ShardError, SourceError, KeyError, OSError) as error:
        sys.exit(f"targets: {error}")


if __name__ == "__main__":
    main()
