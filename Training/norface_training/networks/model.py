"""The whole: encoder, normalizer, classifier, and the two graphs that a bundle holds."""

from __future__ import annotations

import copy

import torch
from torch import nn
from torch.nn import functional as F

from .blocks import fold_
from .classifier import Classifier, Prediction
from .config import NetworkConfig
from .encoder import build_encoder
from .normalizer import Normalizer


class Norface(nn.Module):
    """Encoder, normalizer and classifier of one configuration."""

    def __init__(self, config: NetworkConfig):
        super().__init__()
        self.config = config
        self.encoder = build_encoder(config)
        self.normalizer = Normalizer(config)
        self.classifier = Classifier(config)

    def set_target(self, neutral: torch.Tensor, mean_face: torch.Tensor) -> None:
        """Encodes the common person's neutral face ``[1, 1, s, s]`` (0-1) for the normalizer's queries."""
        training = self.training
        self.eval()
        with torch.no_grad():
            size = self.config.normalized_size
            neutral = F.interpolate(neutral, size=(size, size), mode="area")
            mean_face = F.interpolate(mean_face, size=(size, size), mode="area")
            self.normalizer.set_target(self.encoder(neutral), mean_face)
        self.train(training)

    def forward(self, face: torch.Tensor, geometry: torch.Tensor) -> tuple[Prediction, torch.Tensor]:
        """The prediction and the normalized face of a batch ``[N, 1, S, S]`` (0-1)."""
        tokens = self.encoder(face)
        normalized = self.normalizer(tokens)
        needed = "normalized" in self.classifier.representations
        normalized_tokens = self.encoder(normalized) if needed else None
        return self.classifier.mix(self.classifier.represent(tokens, normalized_tokens, geometry)), normalized

    def deployed(self) -> Norface:
        """A folded copy in eval mode: plain convolutions, no batch norm, no gains."""
        model = fold_(copy.deepcopy(self).eval())
        model.classifier.input_mixture.fold()
        model.classifier.output_mixture.fold()
        model.normalizer.freeze_questions()
        return model


class NormalizerGraph(nn.Module):
    """``face`` to ``tokens`` and ``normalized``: the bundle's first network."""

    def __init__(self, model: Norface):
        super().__init__()
        self.encoder, self.normalizer = model.encoder, model.normalizer

    def forward(self, face: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        tokens = self.encoder(face)
        return tokens, self.normalizer(tokens)


class ClassifierGraph(nn.Module):
    """``tokens``, ``normalized``, ``geometry`` to ``au``, ``left``, ``right`` (0-5), ``emotion`` (logits), ``gate``."""

    def __init__(self, model: Norface):
        super().__init__()
        self.encoder, self.classifier = model.encoder, model.classifier
        if hasattr(self.encoder, "standardise") and model.config.encoder.kind == "conv":
            self.encoder = copy.deepcopy(self.encoder)
            self.encoder.standardise = type(self.encoder.standardise)(model.config.normalized_size)

    def forward(self, tokens: torch.Tensor, normalized: torch.Tensor, geometry: torch.Tensor):
        representations = self.classifier.represent(tokens, self.encoder(normalized), geometry)
        prediction = self.classifier.mix(representations)
        au, left, right = prediction.intensities()
        return au, left, right, prediction.emotion, prediction.gate
