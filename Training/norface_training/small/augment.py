"""Augmentation of crops and eyes in torch, a batch at a time."""

from __future__ import annotations

import math

import torch
from torch.nn import functional as F

from ..train.augment import Augmenter
from .config import SmallConfig
from .networks import CROP

#: Order of the regions in the mirror: left and right trade places.
MIRRORED = (1, 0, 3, 2, 5, 4, 7, 6)


class CropAugmenter(Augmenter):
    """The bundle's augmentation, with a coarser resolution."""

    def __init__(self, config: SmallConfig, generator: torch.Generator):
        super().__init__(config.augment, CROP, generator)
        self.least = config.least_scale

    def blur(self, x: torch.Tensor) -> torch.Tensor:
        """A part of the batch loses resolution, down to ``least`` of it."""
        chosen = torch.rand(len(x), generator=self.generator) < self.config.blur
        steps = torch.linspace(math.log(self.least), math.log(0.9), 6).exp()
        group = torch.randint(0, len(steps), (len(x),), generator=self.generator)
        for k, factor in enumerate(steps.tolist()):
            rows = torch.nonzero(chosen & (group == k)).squeeze(1)
            if len(rows):
                small = F.interpolate(x[rows], size=(max(4, round(factor * x.shape[-1])),) * 2, mode="area")
                x[rows] = F.interpolate(small, size=x.shape[-2:], mode="bilinear", align_corners=False)
        return x

    def __call__(self, crops: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """``[N, 96, 96]`` uint8 to ``[N, 1, 96, 96]`` float, and which were mirrored."""
        flip = self.flips(len(crops))
        return self.faces(crops, flip), flip


class EyeAugmenter:
    """Place, light, resolution and noise of eye crops. Nothing is turned or mirrored: the gaze would change with it."""

    def __init__(self, config: SmallConfig, generator: torch.Generator):
        self.config, self.generator = config, generator

    def _uniform(self, n: int, low: float = -1.0, high: float = 1.0) -> torch.Tensor:
        return torch.rand(n, generator=self.generator) * (high - low) + low

    def __call__(self, eyes: torch.Tensor) -> torch.Tensor:
        """``[N, 32, 48]`` uint8 to ``[N, 1, 32, 48]`` float."""
        c, n = self.config.augment, len(eyes)
        x = eyes.unsqueeze(1).to(torch.float32) / 255
        theta = torch.zeros(n, 2, 3)
        scale = torch.exp(self._uniform(n) * c.scale)
        theta[:, 0, 0], theta[:, 1, 1] = scale, scale
        theta[:, 0, 2], theta[:, 1, 2] = self._uniform(n) * 2 * c.shift, self._uniform(n) * 3 * c.shift
        x = F.grid_sample(
            x, F.affine_grid(theta, list(x.shape), align_corners=False), padding_mode="border", align_corners=False
        )
        gamma = torch.exp(self._uniform(n) * c.gamma)[:, None, None, None]
        x = x.clamp_min(1e-3).pow(gamma)
        coarse = torch.rand(n, generator=self.generator) < c.blur
        group = torch.randint(0, 3, (n,), generator=self.generator)
        for k, factor in enumerate((0.75, 0.5, max(self.config.least_scale, 0.25))):
            rows = torch.nonzero(coarse & (group == k)).squeeze(1)
            if len(rows):
                small = F.interpolate(x[rows], scale_factor=factor, mode="area")
                x[rows] = F.interpolate(small, size=x.shape[-2:], mode="bilinear", align_corners=False)
        strength = self._uniform(n, 0, c.noise)[:, None, None, None]
        return (x + torch.randn(x.shape, generator=self.generator) * strength).clamp(0, 1)
