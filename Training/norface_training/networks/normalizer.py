"""The normalizer: the tokens of a face become the common person's face with the same expression.

Our own design after the idea of Norface (H. Liu et al., ECCV 2024, arXiv 2407.15617): cross-attention blocks whose queries come
from the target face (the common person, neutral) and whose keys and values come from the original, then a convolutional decoder.
The target's tokens are computed once by the same encoder and stored, so that only the original is encoded at run time.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from .blocks import attend, convolution
from .config import NetworkConfig


class MergingBlock(nn.Module):
    """One block of the expression-merging module: the target's tokens ask, the original's tokens answer."""

    def __init__(self, width: int, heads: int, mlp: int, asks: bool = True):
        super().__init__()
        self.heads = heads
        if asks:
            self.norm_target, self.q = nn.LayerNorm(width), nn.Linear(width, width)
        self.norm_mlp = nn.LayerNorm(width)
        self.k, self.v, self.out = (nn.Linear(width, width) for _ in range(3))
        self.mlp = nn.Sequential(nn.Linear(width, mlp * width), nn.ReLU(), nn.Linear(mlp * width, width))

    def ask(self, target: torch.Tensor) -> torch.Tensor:
        return self.q(self.norm_target(target))

    def forward(self, target: torch.Tensor, query: torch.Tensor, original: torch.Tensor) -> torch.Tensor:
        target = target + self.out(attend(query, self.k(original), self.v(original), self.heads))
        return target + self.mlp(self.norm_mlp(target))


class Normalizer(nn.Module):
    """Tokens of the original ``[N, C, h, w]`` to the normalized face ``[N, 1, s, s]``.

    ``target_tokens`` and ``mean_face`` are buffers set by ``set_target``; folded, the target and the first block's queries are
    weights, and ``set_target`` changes nothing. The decoder draws the difference from the mean face. The
    output is clipped to 0-1 in eval mode only: a clipped pixel would not learn.
    """

    def __init__(self, config: NetworkConfig):
        super().__init__()
        shape, width = config.normalizer, config.encoder.channels
        self.grid = config.grid(config.normalized_size)
        originals = config.grid(config.input_size) ** 2
        self.folded = config.folded
        if self.folded:
            self.fixed_target = nn.Parameter(torch.randn(1, self.grid**2, width) * 0.02)
            self.fixed_query = nn.Parameter(torch.randn(1, self.grid**2, width) * 0.02)
        else:
            self.register_buffer("target_tokens", torch.zeros(1, self.grid**2, width))
            self.target_positions = nn.Parameter(torch.randn(1, self.grid**2, width) * 0.02)
        self.register_buffer("mean_face", torch.full((1, 1, config.normalized_size, config.normalized_size), 0.5))
        self.original_positions = nn.Parameter(torch.randn(1, originals, width) * 0.02)
        self.norm_original = nn.LayerNorm(width)
        self.blocks = nn.ModuleList(
            MergingBlock(width, shape.heads, shape.mlp, asks=i > 0 or not self.folded) for i in range(shape.blocks)
        )
        stages, inputs = [], width
        for outputs in shape.decoder:
            stages.append(convolution(inputs, outputs, folded=self.folded))
            inputs = outputs
        self.stages = nn.ModuleList(stages)
        self.paint = nn.Conv2d(inputs, 4, 3, padding=1)
        nn.init.normal_(self.paint.weight, std=0.01)
        nn.init.zeros_(self.paint.bias)

    def set_target(self, tokens: torch.Tensor, mean_face: torch.Tensor) -> None:
        """Stores the common person's tokens ``[1, C, h, w]`` and the mean normalized face ``[1, 1, s, s]``."""
        if self.folded:
            return
        self.target_tokens.copy_(tokens.flatten(2).transpose(1, 2))
        self.mean_face.copy_(mean_face)

    def questions(self) -> tuple[torch.Tensor, torch.Tensor]:
        """The target's tokens and the first block's queries: constants once trained."""
        if self.folded:
            return self.fixed_target, self.fixed_query
        target = self.target_tokens + self.target_positions
        return target, self.blocks[0].ask(target)

    def freeze_questions(self) -> None:
        """Stores ``questions`` as buffers, so that a deployed graph does not compute constants."""
        if self.folded:
            return
        with torch.no_grad():
            target, query = self.questions()
        self.register_buffer("fixed_target", target.clone())
        self.register_buffer("fixed_query", query.clone())
        self.questions = lambda: (self.fixed_target, self.fixed_query)

    def merged(self, tokens: torch.Tensor) -> torch.Tensor:
        """The common person's tokens ``[N, C, h, w]`` with the original's expression in them: what the decoder draws."""
        count, width = int(self.original_positions.shape[1]), int(self.original_positions.shape[2])
        original = tokens.reshape(-1, width, count).transpose(1, 2) + self.original_positions
        original = self.norm_original(original)
        target, query = self.questions()
        for i, block in enumerate(self.blocks):
            target = block(target, block.ask(target) if i else query, original)
        return target.transpose(1, 2).reshape(-1, width, self.grid, self.grid)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        x = self.merged(tokens)
        for i, stage in enumerate(self.stages):
            if i:
                x = F.interpolate(x, scale_factor=2.0, mode="nearest")
            x = stage(x)
        face = self.mean_face + F.pixel_shuffle(self.paint(x), 2)
        return face if self.training else face.clamp(0, 1)
