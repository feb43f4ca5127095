"""Encoders: an image ``[N, 1, S, S]`` (0-1) to tokens ``[N, C, h, w]``."""

from __future__ import annotations

import torch
from torch import nn

from .blocks import Standardise, attend, convolution
from .config import NetworkConfig


class ConvEncoder(nn.Module):
    """A plain chain of 3x3 convolutions behind the standardised light."""

    def __init__(self, config: NetworkConfig):
        super().__init__()
        self.standardise = Standardise(config.input_size)
        layers, inputs = [], 1
        for width, stride in config.encoder.layers:
            layers.append(convolution(inputs, width, stride, config.folded))
            inputs = width
        self.layers = nn.Sequential(*layers)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers(self.standardise(x))


class TransformerBlock(nn.Module):
    """A pre-norm transformer block (A. Dosovitskiy et al., "An image is worth 16x16 words", ICLR 2021)."""

    def __init__(self, width: int, heads: int, mlp: int = 4):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.q, self.k, self.v, self.out = (nn.Linear(width, width) for _ in range(4))
        self.mlp = nn.Sequential(nn.Linear(width, mlp * width), nn.GELU(), nn.Linear(mlp * width, width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.norm1(x)
        x = x + self.out(attend(self.q(y), self.k(y), self.v(y), self.heads))
        return x + self.mlp(self.norm2(x))


class VisionTransformer(nn.Module):
    """ViT with learned positions and no class token; the tokens keep their grid."""

    def __init__(self, config: NetworkConfig):
        super().__init__()
        shape = config.encoder
        self.grid = config.grid(config.input_size)
        self.standardise = Standardise(config.input_size)
        self.embed = nn.Conv2d(1, shape.width, shape.patch, shape.patch)
        self.positions = nn.Parameter(torch.randn(1, self.grid**2, shape.width) * 0.02)
        self.blocks = nn.Sequential(*(TransformerBlock(shape.width, shape.heads) for _ in range(shape.depth)))
        self.norm = nn.LayerNorm(shape.width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.embed(self.standardise(x))
        channels, grid = int(x.shape[1]), int(x.shape[2])
        if grid != self.grid:
            raise ValueError(f"a vision transformer built for a grid of {self.grid} was given {grid}")
        x = self.norm(self.blocks(x.reshape(-1, channels, grid * grid).transpose(1, 2) + self.positions))
        return x.transpose(1, 2).reshape(-1, channels, grid, grid)


def build_encoder(config: NetworkConfig) -> nn.Module:
    return VisionTransformer(config) if config.encoder.kind == "vit" else ConvEncoder(config)
