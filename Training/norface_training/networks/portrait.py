"""A larger picture of the common person wearing a face's expression, for video without anybody's face."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from .blocks import convolution
from .model import Norface

SIZE = 144
WIDTHS = (72, 56, 40, 20)


class Painter(nn.Module):
    """Merged tokens ``[N, C, h, w]`` of a normalizer to a picture ``[N, 1, s, s]``: as its own decoder, with a doubling more."""

    def __init__(self, inputs: int, mean_face: torch.Tensor, widths: tuple[int, ...] = WIDTHS):
        """``mean_face`` ``[1, 1, s, s]``, whose difference is drawn."""
        super().__init__()
        self.register_buffer("mean_face", mean_face.clone())
        stages = []
        for outputs in widths:
            stages.append(convolution(inputs, outputs, folded=True))
            inputs = outputs
        self.stages = nn.ModuleList(stages)
        self.paint = nn.Conv2d(inputs, 4, 3, padding=1)
        nn.init.normal_(self.paint.weight, std=0.01)
        nn.init.zeros_(self.paint.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for i, stage in enumerate(self.stages):
            if i:
                x = F.interpolate(x, scale_factor=2.0, mode="nearest")
            x = stage(x)
        face = self.mean_face + F.pixel_shuffle(self.paint(x), 2)
        return face if self.training else face.clamp(0, 1)


class PortraitGraph(nn.Module):
    """``face`` to ``portrait``: encoder and merging of a bundle, and a painter."""

    def __init__(self, model: Norface, painter: Painter):
        super().__init__()
        self.encoder, self.normalizer, self.painter = model.encoder, model.normalizer, painter

    def forward(self, face: torch.Tensor) -> torch.Tensor:
        return self.painter(self.normalizer.merged(self.encoder(face)))
