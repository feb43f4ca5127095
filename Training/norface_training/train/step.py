"""One training step of a stage: the forward pass through what the stage needs, and its losses."""

from __future__ import annotations

import contextlib

import torch
from torch import nn

from ..networks import Norface
from ..networks.classifier import Prediction
from .config import PARTS, StageConfig
from .losses import agreement, image_losses, label_losses, points_loss, shapes_loss


class Step(nn.Module):
    """Wraps the model so that one ``forward`` gives all losses (which is also what distributed training needs).

    Parts that do not learn stay in eval mode and take no gradients; with ``freeze_norms`` the learning parts keep
    their batch norms' statistics too.
    """

    def __init__(
        self, model: Norface, stage: StageConfig, importance: torch.Tensor | None = None, bfloat16: bool = False, compiled: bool = False
    ):
        super().__init__()
        self.model, self.stage, self.bfloat16 = model, stage, bfloat16
        # A bound method, no module of its own: the weights keep their names, and validation its plain encoder.
        encode = model.encoder.forward
        self.encoder = torch.compile(encode) if compiled and "encoder" in stage.train else encode
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
                if name not in ("readers", "alone", "shapes", "points"):
                    module.requires_grad_(False)
            for name in self.model.classifier.representations:
                if name != "original":
                    self.model.classifier.readers[name].requires_grad_(False)
                    self.model.classifier.alone[name].requires_grad_(False)
                    self.model.classifier.shapes[name].requires_grad_(False)
        elif "alone" not in self.stage.losses:
            self.model.classifier.alone.requires_grad_(False)
        for name in self.stage.hold:
            getattr(self.model.classifier, name).requires_grad_(False).eval()
        if not self.stage.losses.get("shapes"):
            self.model.classifier.shapes.requires_grad_(False)
        if not self.stage.losses.get("points") and self.model.classifier.points is not None:
            self.model.classifier.points.requires_grad_(False)

    def autocast(self) -> torch.autocast:
        return torch.autocast(self.importance.device.type, torch.bfloat16, enabled=self.bfloat16)

    def encode(self, face: torch.Tensor) -> torch.Tensor:
        with contextlib.nullcontext() if "encoder" in self.stage.train else torch.no_grad(), self.autocast():
            return self.encoder(face)

    def normalize(self, tokens: torch.Tensor) -> torch.Tensor:
        with contextlib.nullcontext() if "normalizer" in self.stage.train else torch.no_grad(), self.autocast():
            return self.model.normalizer(tokens).float()

    def predict(
        self, tokens: torch.Tensor, face: torch.Tensor | None, geometry: torch.Tensor, features: torch.Tensor | None = None,
        normalized: torch.Tensor | None = None,
    ) -> tuple[Prediction, dict[str, Prediction], dict[str, torch.Tensor]]:
        """The mixture's prediction, what each representation says alone, and the representations; ``normalized`` are the normalized face's
        tokens where they are known."""
        classifier = self.model.classifier
        with self.autocast():
            if self.stage.read == "original":
                representation = classifier.dropout(classifier.readers["original"](tokens, features))
                outputs = classifier.alone["original"](representation).float()
                return Prediction.split(outputs, representation), {}, {"original": representation}
            if normalized is None and "normalized" in classifier.representations:
                normalized = self.encoder(face)
            representations = classifier.represent(tokens, normalized, geometry, features)
            mixed, alone = classifier.mix(representations), classifier.read_alone(representations)
        named = dict(zip(classifier.representations, representations, strict=True))
        return mixed.float(), {name: each.float() for name, each in alone.items()}, named

    def shapes(self, representations: dict[str, torch.Tensor], batch: dict[str, torch.Tensor]) -> torch.Tensor:
        """How far each representation knows the teacher's blendshapes."""
        with self.autocast():
            spoken = [self.model.classifier.shapes[name](r).float() for name, r in representations.items()]
        return sum(shapes_loss(s, batch["shapes"], batch["shapes_weight"]) for s in spoken) / len(spoken)

    def forward(self, batch: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """The weighed losses of a batch (see ``batches.Batches``), by name; their sum is to be minimised."""
        weights, losses = self.stage.losses, {}
        if "representations" in batch:
            return self.spoken(self.model.classifier.mix([batch["representations"]]).float(), batch)
        if "tokens" in batch:
            return self.labels(batch["tokens"], None, batch)
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
            with self.autocast():
                seen = self.model.encoder(face).float()
            with torch.no_grad(), self.autocast():
                wanted = self.model.encoder(batch["target"]).float()
            each = ((seen - wanted) ** 2).mean(dim=(1, 2, 3)) / (wanted**2).mean()
            share = (each * batch["target_weight"]).sum() / batch["target_weight"].sum().clamp_min(1)
            losses["perceptual"] = weights["perceptual"] * share
        return losses

    def labels(self, tokens, face, batch: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        weights, losses = self.stage.losses, {}
        features = None
        if weights.get("points"):
            classifier = self.model.classifier
            with self.autocast():
                features = classifier.readers[classifier.representations[0]].features(tokens)
                spoken = classifier.points(features).float()
            losses["points"] = weights["points"] * points_loss(spoken, batch["points"], batch["points_weight"])
        prediction, alone, representations = self.predict(
            tokens, face, batch["geometry"], features, batch.get("normalized_tokens")
        )
        losses |= self.spoken(prediction, batch)
        if weights.get("shapes"):
            losses["shapes"] = weights["shapes"] * self.shapes(representations, batch)
        if weights.get("alone") and alone:
            each = [label_losses(p, batch) for p in alone.values()]
            total = sum(weights.get("emotion", 0.0) * e + weights.get("au", 0.0) * a for e, a in each)
            losses["alone"] = weights["alone"] * total / len(each)
        if weights.get("consistency") and {"original", "normalized"} <= set(alone):
            losses["consistency"] = weights["consistency"] * agreement(alone["original"], alone["normalized"])
        if weights.get("flip"):
            losses["flip"] = weights["flip"] * self.flip(prediction, batch)
        return losses

    def spoken(self, prediction: Prediction, batch: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """The losses of what the mixture says."""
        emotion, au = label_losses(prediction, batch)
        return {"emotion": self.stage.losses.get("emotion", 0.0) * emotion, "au": self.stage.losses.get("au", 0.0) * au}

    def flip(self, prediction: Prediction, batch: dict[str, torch.Tensor]) -> torch.Tensor:
        """A quarter of the batch again, mirrored: its left is the other's right."""
        part = slice(0, max(1, len(batch["face"]) // 4))
        tokens = self.encode(batch["face"][part].flip(-1))
        reads_face = self.stage.read == "mixture" and "normalized" in self.model.classifier.representations
        face = self.normalize(tokens) if reads_face else None
        other, _, _ = self.predict(tokens, face, batch["mirrored_geometry"][part])
        swapped = Prediction(other.au, other.right, other.left, other.emotion, other.gate)
        here = Prediction(*(x[part] for x in (prediction.au, prediction.left, prediction.right)),
                          prediction.emotion[part], prediction.gate[part])  # fmt: skip
        return agreement(here, swapped)
