"""Augmentation of uint8 crops in torch, a whole batch at a time, so that it costs less than the network."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch.nn import functional as F

from ..alignment import CANONICAL, canonical_places
from ..networks.points import GEOMETRY_POINTS
from .config import AugmentConfig

CANONICAL_PLACES = torch.from_numpy(canonical_places(GEOMETRY_POINTS)).float()
"""Where the canonical head's landmarks lie in a crop, 0-1."""


def mirror_order(points: tuple[int, ...] = GEOMETRY_POINTS) -> np.ndarray:
    """For each landmark of ``points`` the position in ``points`` of its mirror image on the (symmetric) canonical head.

    Raises ``ValueError`` for a landmark whose mirror image is not among ``points``.
    """
    here = CANONICAL[list(points)]
    distance = np.linalg.norm(here[:, None] - (here * [-1, 1, 1])[None], axis=2)
    order = distance.argmin(1)
    if distance.min(1).max() > 0.02 or len(set(order.tolist())) != len(points):
        worst = points[int(distance.min(1).argmax())]
        raise ValueError(f"the geometry's landmarks are not symmetric: {worst} has no mirror image")
    return order


MIRROR_ORDER = torch.from_numpy(mirror_order())


def mirror(geometry: torch.Tensor) -> torch.Tensor:
    """Geometry ``[N, 3P]`` of the mirrored faces."""
    shaped = geometry.to(torch.float32).reshape(len(geometry), -1, 3)
    return (shaped[:, MIRROR_ORDER] * torch.tensor([-1.0, 1.0, 1.0])).flatten(1)


class Augmenter:
    """Random light, place, sharpness and occlusion; flips swap the subject's left and right.

    The affine jitter, the flip and the change of size are one resampling. Random numbers come from ``generator`` alone.
    """

    def __init__(self, config: AugmentConfig, size: int, generator: torch.Generator):
        self.config, self.size, self.generator = config, size, generator

    def uniform(self, n: int, low: float = -1.0, high: float = 1.0) -> torch.Tensor:
        return torch.rand(n, generator=self.generator) * (high - low) + low

    def flips(self, n: int) -> torch.Tensor:
        """Which samples of a batch are to be mirrored."""
        return torch.rand(n, generator=self.generator) < 0.5

    def places(self, flip: torch.Tensor) -> torch.Tensor:
        """Draws where the faces come to lie: ``[N, 2, 3]``, from the augmented crop's coordinates (-1 to 1) to the crop's own."""
        c, n = self.config, len(flip)
        angle = self.uniform(n) * math.radians(c.rotation)
        scale = torch.exp(self.uniform(n) * c.scale)
        stretch = torch.exp(self.uniform(n) * c.aspect)
        sign = torch.where(flip, -1.0, 1.0)
        theta = torch.zeros(n, 2, 3)
        theta[:, 0, 0] = sign * scale * stretch * torch.cos(angle)
        theta[:, 0, 1] = -scale * torch.sin(angle)
        theta[:, 1, 0] = sign * scale * torch.sin(angle)
        theta[:, 1, 1] = scale / stretch * torch.cos(angle)
        theta[:, :, 2] = torch.stack([self.uniform(n), self.uniform(n)], 1) * 2 * c.shift
        return theta

    def faces(self, crops: torch.Tensor, flip: torch.Tensor, places: torch.Tensor | None = None) -> torch.Tensor:
        """``[N, S, S]`` uint8 to ``[N, 1, size, size]`` float 0-1, at ``places`` (drawn when absent)."""
        x = crops.unsqueeze(1).to(torch.float32) / 255
        theta = self.places(flip) if places is None else places
        axis = (2 * torch.arange(self.size, dtype=torch.float32) + 1) / self.size - 1
        # What affine_grid gives, which spends three times as long on a product of matrices.
        row = theta[:, None, :, 0] * axis[None, :, None] + theta[:, None, :, 2]
        grid = row[:, None] + (theta[:, None, :, 1] * axis[None, :, None])[:, :, None]
        x = F.grid_sample(x, grid, padding_mode="border", align_corners=False)
        return self.occlude(self.disturb(self.blur(self.light(x))))

    @staticmethod
    def points(points: torch.Tensor, flip: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
        """Landmarks ``[N, P, 2]`` (0-1 across the crop) of faces at ``places``, from the canonical places, in tenths of the
        crop ``[N, 2P]``. A mirrored face's landmarks trade places."""
        at = 2 * points.to(torch.float32) - 1 - places[:, None, :, 2]
        at = torch.linalg.solve(places[:, :, :2], at.transpose(1, 2)).transpose(1, 2)
        at = torch.where(flip[:, None, None], at[:, MIRROR_ORDER], at)
        return (5 * (at + 1) - 10 * CANONICAL_PLACES).reshape(len(points), -1)

    def light(self, x: torch.Tensor) -> torch.Tensor:
        """A gamma, and a gradient of light across the face."""
        n, size = len(x), x.shape[-1]
        gamma = torch.exp(self.uniform(n) * self.config.gamma)[:, None, None, None]
        x = x.clamp_min(1e-3).pow(gamma)
        axis = torch.linspace(-1, 1, size)
        direction = self.uniform(n) * math.pi
        strength = self.uniform(n, 0, self.config.gradient) * (torch.rand(n, generator=self.generator) < 0.5)
        ramp = axis[None, None, :] * torch.cos(direction)[:, None, None] + axis[None, :, None] * torch.sin(direction)[:, None, None]
        return (x * (1 + strength[:, None, None] * ramp).unsqueeze(1).clamp_min(0.2)).clamp(0, 1)

    def blur(self, x: torch.Tensor) -> torch.Tensor:
        """A part of the batch loses resolution, as faces far from the camera do."""
        chosen = torch.rand(len(x), generator=self.generator) < self.config.blur
        groups = torch.randint(0, 3, (len(x),), generator=self.generator)
        for group, factor in enumerate((0.75, 0.5, 0.35)):
            index = torch.nonzero(chosen & (groups == group)).squeeze(1)
            if len(index):
                small = F.interpolate(x[index], scale_factor=factor, mode="area")
                x[index] = F.interpolate(small, size=x.shape[-2:], mode="bilinear", align_corners=False)
        return x

    def disturb(self, x: torch.Tensor) -> torch.Tensor:
        """Sensor noise of random strength."""
        strength = self.uniform(len(x), 0, self.config.noise)[:, None, None, None]
        return (x + torch.randn(x.shape, generator=self.generator) * strength).clamp(0, 1)

    def occlude(self, x: torch.Tensor) -> torch.Tensor:
        """A rectangle of even grey over a part of the batch."""
        n, size = len(x), x.shape[-1]
        chosen = torch.rand(n, generator=self.generator) < self.config.cutout
        centre, half = self.uniform(2 * n, 0, size).view(2, n), self.uniform(2 * n, 0.06, 0.18).view(2, n) * size
        axis = torch.arange(size, dtype=torch.float32) + 0.5
        inside_x = (axis[None] - centre[0][:, None]).abs() < half[0][:, None]
        inside_y = (axis[None] - centre[1][:, None]).abs() < half[1][:, None]
        mask = (inside_y[:, :, None] & inside_x[:, None, :] & chosen[:, None, None]).unsqueeze(1)
        return torch.where(mask, self.uniform(n, 0, 1)[:, None, None, None], x)

    def geometry(self, geometry: torch.Tensor, flip: torch.Tensor) -> torch.Tensor:
        """Mirrors ``[N, 3P]`` where ``flip`` says so, adds noise, and leaves some samples without geometry (all zero)."""
        n = len(geometry)
        shaped = torch.where(flip[:, None], mirror(geometry), geometry.to(torch.float32)).reshape(n, -1, 3)
        shaped = shaped + torch.randn(shaped.shape, generator=self.generator) * self.config.geometry_noise
        kept = torch.rand(n, generator=self.generator) >= self.config.geometry_drop
        return (shaped * kept[:, None, None]).reshape(n, -1)


def plain(crops: torch.Tensor, size: int) -> torch.Tensor:
    """Crops as the daemon feeds them: ``[N, S, S]`` uint8 to ``[N, 1, size, size]`` float 0-1."""
    x = crops.unsqueeze(1).to(torch.float32) / 255
    return x if x.shape[-1] == size else F.interpolate(x, size=(size, size), mode="bilinear", antialias=True)
