"""One training step of a stage: the forward pass through what the stage needs, and its losses."""

from __future__ import annotations

import contextlib

import torch
from torch import nn

from ..networks import Norface
from ..networks.classifier import Prediction
from .config import PARTS, StageConfig
from .losses import agreement, image_losses, label_losses


class Step(nn.Module):
    """Wraps the model so that one ``forward`` gives all losses (which is also what distributed training needs).

    Parts that do not learn stay in eval mode and take no gradients; with ``freeze_norms`` the learning parts keep
    their batch norms' statistics too.
    """

    def __init__(self, model: Norface, stage: StageConfig, importance: torch.Tensor | None = None):
        super().__init__()
        self.model, self.stage = model, stage
        size = model.config.normalized_size
        self.register_buffer("importance", torch.ones(1, 1, size, size) if importance is None else importance)
        self.prepare()

    def prepare(self) -> None:
        """Sets which parameters learn and the mode of each part."""
        for part in PARTS:
            module, learns = getattr(self.model, part), part in self.stage.train
            module.train(learns)
            for parameter in module.parameters():
                parameter.requires_grad_(learns)
            if learns and self.stage.freeze_norms:
                for norm in (m for m in module.modules() if isinstance(m, nn.BatchNorm2d)):
                    norm.eval()
        if self.stage.read == "original":
            for name, module in self.model.classifier.named_children():
                if name not in ("readers", "alone"):
                    module.requires_grad_(False)
            for name in self.model.classifier.representations:
                if name != "original":
                    self.model.classifier.readers[name].requires_grad_(False)
                    self.model.classifier.alone[name].requires_grad_(False)
        elif "alone" not in self.stage.losses:
            self.model.classifier.alone.requires_grad_(False)

    def encode(self, face: torch.Tensor) -> torch.Tensor:
        with contextlib.nullcontext() if "encoder" in self.stage.train else torch.no_grad():
            return self.model.encoder(face)

    def normalize(self, tokens: torch.Tensor) -> torch.Tensor:
        with contextlib.nullcontext() if "normalizer" in self.stage.train else torch.no_grad():
            return self.model.normalizer(tokens)

    def predict(self, tokens: torch.Tensor, face: torch.Tensor | None, geometry: torch.Tensor):
        """The mixture's prediction and what each representation says alone."""
        classifier = self.model.classifier
        if self.stage.read == "original":
            representation = classifier.dropout(classifier.readers["original"](tokens))
            return Prediction.split(classifier.alone["original"](representation), representation), {}
        normalized = None
        if "normalized" in classifier.representations:
            normalized = self.model.encoder(face)
        representations = classifier.represent(tokens, normalized, geometry)
        return classifier.mix(representations), classifier.read_alone(representations)

    def forward(self, batch: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """The weighed losses of a batch (see ``batches.Batches``), by name; their sum is to be minimised."""
        weights, losses = self.stage.losses, {}
        tokens = self.encode(batch["face"])
        reads_face = self.stage.read == "mixture" and "normalized" in self.model.classifier.representations
        draws = any(k in weights for k in ("image", "gradient", "perceptual"))
        face = self.normalize(tokens) if reads_face or draws else None
        if draws:
            losses |= self.image(face, batch)
        if self.stage.read != "nothing":
            losses |= self.labels(tokens, face, batch)
        return losses

    def image(self, face: torch.Tensor, batch: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        weights, losses = self.stage.losses, {}
        pixel, gradient = image_losses(face, batch["target"], batch["target_weight"], self.importance)
        losses["image"] = weights.get("image", 0.0) * pixel
        losses["gradient"] = weights.get("gradient", 0.0) * gradient
        if weights.get("perceptual"):
            seen = self.model.encoder(face)
            with torch.no_grad():
                wanted = self.model.encoder(batch["target"])
            each = ((seen - wanted) ** 2).mean(dim=(1, 2, 3)) / (wanted**2).mean()
            share = (each * batch["target_weight"]).sum() / batch["target_weight"].sum().clamp_min(1)
            losses["perceptual"] = weights["perceptual"] * share
        return losses

    def labels(self, tokens, face, batch: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        weights, losses = self.stage.losses, {}
        prediction, alone = self.predict(tokens, face, batch["geometry"])
        emotion, au = label_losses(prediction, batch)
        losses["emotion"] = weights.get("emotion", 0.0) * emotion
        losses["au"] = weights.get("au", 0.0) * au
        if weights.get("alone") and alone:
            each = [label_losses(p, batch) for p in alone.values()]
            total = sum(weights.get("emotion", 0.0) * e + weights.get("au", 0.0) * a for e, a in each)
            losses["alone"] = weights["alone"] * total / len(each)
        if weights.get("consistency") and {"original", "normalized"} <= set(alone):
            losses["consistency"] = weights["consistency"] * agreement(alone["original"], alone["normalized"])
        if weights.get("flip"):
            losses["flip"] = weights["flip"] * self.flip(prediction, batch)
        return losses

    def flip(self, prediction: Prediction, batch: dict[str, torch.Tensor]) -> torch.Tensor:
        """A quarter of the batch again, mirrored: its left is the other's right."""
        part = slice(0, max(1, len(batch["face"]) // 4))
        tokens = self.encode(batch["face"][part].flip(-1))
        reads_face = self.stage.read == "mixture" and "normalized" in self.model.classifier.representations
        face = self.normalize(tokens) if reads_face else None
        other, _ = self.predict(tokens, face, batch["mirrored_geometry"][part])
        swapped = Prediction(other.au, other.right, other.left, other.emotion, other.gate)
        here = Prediction(*(x[part] for x in (prediction.au, prediction.left, prediction.right)),
                          prediction.emotion[part], prediction.gate[part])  # fmt: skip
        return agreement(here, swapped)
