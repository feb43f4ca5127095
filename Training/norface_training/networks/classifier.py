"""The classifier: mixtures of experts on the inputs' representations (IMoE) and on the outputs (OMoE)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from ..labels import AUS, EMOTIONS, MAX_INTENSITY, SIDES, TEACHER_SHAPES
from .blocks import convolution
from .config import NetworkConfig

OUTPUTS = len(AUS) + 2 * len(SIDES) + len(EMOTIONS)
"""Every label the network speaks of: units, their left and right sides, emotions."""


@dataclass
class Prediction:
    """Logits of a batch. Intensities are 5 x sigmoid(logit): ``au [N,20]``, ``left [N,14]``, ``right [N,14]``;
    ``emotion [N,8]`` goes through a softmax. ``gate`` are the weights of the experts, then of each label's heads."""

    au: torch.Tensor
    left: torch.Tensor
    right: torch.Tensor
    emotion: torch.Tensor
    gate: torch.Tensor

    @staticmethod
    def split(outputs: torch.Tensor, gate: torch.Tensor) -> Prediction:
        sizes = [len(AUS), len(SIDES), len(SIDES), len(EMOTIONS)]
        return Prediction(*torch.split(outputs, sizes, dim=1), gate)

    def float(self) -> Prediction:
        """In single precision, for losses."""
        return Prediction(*(x.float() for x in (self.au, self.left, self.right, self.emotion, self.gate)))

    def intensities(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """``au``, ``left``, ``right`` on FACS's scale 0-5."""
        return tuple(MAX_INTENSITY * torch.sigmoid(x) for x in (self.au, self.left, self.right))


class Reader(nn.Module):
    """Tokens ``[N, C, h, w]`` to one representation ``[N, width]``; flattened, not pooled, as places matter on an aligned face."""

    def __init__(self, channels: int, grid: int, config: NetworkConfig):
        super().__init__()
        layers = []
        for width, stride in config.classifier.reader:
            layers.append(convolution(channels, width, stride, config.folded))
            channels, grid = width, (grid - 1) // stride + 1
        self.layers = nn.Sequential(*layers)
        self.flat = channels * grid * grid
        self.project = nn.Linear(self.flat, config.classifier.width)

    def features(self, tokens: torch.Tensor) -> torch.Tensor:
        """What the representation is projected from, ``[N, flat]``."""
        return self.layers(tokens).reshape(-1, self.flat)

    def forward(self, tokens: torch.Tensor, features: torch.Tensor | None = None) -> torch.Tensor:
        return torch.relu(self.project(self.features(tokens) if features is None else features))


class GeometryReader(nn.Module):
    """The pose-free landmarks ``[N, 3 * points]`` to a representation ``[N, width]``."""

    def __init__(self, config: NetworkConfig):
        super().__init__()
        layers, inputs = [], 3 * config.geometry_points
        for width in [*config.classifier.geometry, config.classifier.width]:
            layers += [nn.Linear(inputs, width), nn.ReLU()]
            inputs = width
        self.layers = nn.Sequential(*layers)

    def forward(self, geometry: torch.Tensor) -> torch.Tensor:
        return self.layers(geometry)


class InputMixture(nn.Module):
    """N expert MLPs read all representations side by side; a soft gate reads them too and weighs the experts.

    The experts' second layers are one matrix: sum_n g_n W_n h_n = [W_1 .. W_N] (g * h), exactly. They count N times (``gain``), so that
    even gates, as at the start, make one wide expert of them, which learns as fast as one; else each takes N times smaller steps.
    """

    def __init__(self, inputs: int, experts: int, hidden: int, outputs: int):
        super().__init__()
        self.experts, self.width, self.gain = experts, hidden, experts
        self.gate = nn.Linear(inputs, experts)
        nn.init.normal_(self.gate.weight, std=0.01)
        self.hidden = nn.Linear(inputs, experts * hidden)
        self.out = nn.Linear(experts * hidden, outputs, bias=False)
        self.bias = nn.Linear(experts, outputs, bias=False)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        gate = torch.softmax(self.gate(x), dim=1)
        weight = gate if self.gain == 1 else self.gain * gate
        hidden = torch.relu(self.hidden(x)).reshape(-1, self.experts, self.width) * weight.unsqueeze(2)
        return torch.relu(self.out(hidden.reshape(-1, self.experts * self.width)) + self.bias(gate)), gate

    @torch.no_grad()
    def fold(self) -> None:
        """Puts the gain into the weights, for a deployed graph."""
        self.out.weight.mul_(self.gain)
        self.gain = 1


class OutputMixture(nn.Module):
    """M heads each speak of every label; per label a soft gate weighs the heads. What they add to their bias counts M times (see ``InputMixture``)."""

    def __init__(self, inputs: int, heads: int, hidden: int, labels: int):
        super().__init__()
        self.labels, self.count, self.gain = labels, heads, heads
        self.gate = nn.Linear(inputs, heads * labels)
        nn.init.normal_(self.gate.weight, std=0.01)
        self.heads = nn.ModuleList(
            nn.Sequential(nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, labels)) for _ in range(heads)
        )

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        gate = torch.softmax(self.gate(x).reshape(-1, self.count, self.labels), dim=1)
        spoken = torch.cat([self.speak(head, x) for head in self.heads], dim=1).reshape(-1, self.count, self.labels)
        return (gate * spoken).sum(dim=1), gate.reshape(-1, self.count * self.labels)

    def speak(self, head: nn.Sequential, x: torch.Tensor) -> torch.Tensor:
        first, activate, last = head
        hidden = activate(first(x))
        return last(hidden if self.gain == 1 else self.gain * hidden)

    @torch.no_grad()
    def fold(self) -> None:
        """Puts the gain into the weights, for a deployed graph."""
        for head in self.heads:
            head[2].weight.mul_(self.gain)
        self.gain = 1


class Classifier(nn.Module):
    """Representations of the original, of the normalized face and of the landmarks to a ``Prediction``.

    ``alone`` holds, for training and for judging, one linear read-out of each representation; ``shapes``, for training, one of
    the teacher's blendshapes (see ``labels.TEACHER_SHAPES``); ``points``, for training, one of where the landmarks truly lie in the
    crop, from the features of the original. None is exported.
    """

    def __init__(self, config: NetworkConfig):
        super().__init__()
        shape, channels = config.classifier, config.encoder.channels
        original, normalized = config.grid(config.input_size), config.grid(config.normalized_size)
        grids = {"original": original, "same": original, "normalized": normalized}
        self.representations = tuple(shape.representations)
        self.readers = nn.ModuleDict({
            name: GeometryReader(config) if name == "geometry" else Reader(channels, grids[name], config)
            for name in self.representations
        })  # fmt: skip
        self.alone = nn.ModuleDict({name: nn.Linear(shape.width, OUTPUTS) for name in self.representations})
        self.shapes = nn.ModuleDict({name: nn.Linear(shape.width, len(TEACHER_SHAPES)) for name in self.representations})
        first = self.readers[self.representations[0]]
        self.points = nn.Linear(first.flat, 2 * config.geometry_points) if isinstance(first, Reader) else None
        self.dropout = nn.Dropout(shape.dropout)
        width = shape.width * len(self.representations)
        self.input_mixture = InputMixture(width, shape.experts, shape.expert_width, shape.width)
        self.output_mixture = OutputMixture(shape.width, shape.heads, shape.head_width, OUTPUTS)
        for layer in [*self.alone.values(), *(head[2] for head in self.output_mixture.heads)]:
            nn.init.constant_(layer.bias[: -len(EMOTIONS)], -2.5)

    def represent(
        self, tokens: torch.Tensor | None, normalized_tokens: torch.Tensor | None, geometry: torch.Tensor | None,
        features: torch.Tensor | None = None,
    ) -> list[torch.Tensor]:  # fmt: skip
        """One ``[N, width]`` per representation, in the configured order; ``features`` of the first, where they are known."""
        inputs = {"original": tokens, "same": tokens, "normalized": normalized_tokens, "geometry": geometry}
        read = [self.readers[name](inputs[name]) for name in self.representations[features is not None :]]
        return read if features is None else [self.readers[self.representations[0]](tokens, features), *read]

    def mix(self, representations: list[torch.Tensor]) -> Prediction:
        mixed, experts = self.input_mixture(self.dropout(torch.cat(representations, dim=1)))
        outputs, heads = self.output_mixture(mixed)
        return Prediction.split(outputs, torch.cat([experts, heads], dim=1))

    def read_alone(self, representations: list[torch.Tensor]) -> dict[str, Prediction]:
        """What each representation says alone."""
        return {
            name: Prediction.split(self.alone[name](self.dropout(r)), r)
            for name, r in zip(self.representations, representations, strict=True)
        }
