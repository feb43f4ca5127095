"""The ablation table: classifiers of several make trained on the same tokens, several seeds each.

Encoder and normalizer are those of the checkpoint and stay as they are; their tokens are computed once, on augmented samples, and
every variant trains readers, mixtures and heads of its own from nothing on a short schedule.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace

import numpy as np
import torch

from ..networks import Norface
from ..networks.classifier import Classifier, Prediction
from ..train import muon
from ..train.augment import plain
from ..train.batches import Batches
from ..train.config import AugmentConfig, StageConfig
from ..train.losses import label_losses
from ..train.pools import Pool
from ..train.run import learning_rate
from ..train.validation import emotion_measures, head_measures, teacher_agreement

LABELS = ("au", "au_weight", "left", "right", "side_weight", "emotion", "emotion_weight")

VARIANTS: dict[str, dict] = {
    "full": {},
    "original only": {"representations": ["original", "geometry"]},
    "same image twice": {"representations": ["original", "same", "geometry"]},
    "normalized only": {"representations": ["normalized", "geometry"]},
    "no geometry": {"representations": ["original", "normalized"]},
    "original only, no geometry": {"representations": ["original"]},
    "same image twice, no geometry": {"representations": ["original", "same"]},
    "normalized only, no geometry": {"representations": ["normalized"]},
    "no input mixture": {"experts": 1},
    "no output mixture": {"heads": 1},
}
"""Changes of the classifier's configuration. A mixture of one keeps its width: one expert as wide as all were."""


@dataclass
class Tokens:
    """What the frozen parts make of samples: tokens of both faces (half precision), geometry, and the labels."""

    original: torch.Tensor
    normalized: torch.Tensor
    geometry: torch.Tensor
    labels: dict[str, torch.Tensor]

    def __len__(self) -> int:
        return len(self.original)


@torch.no_grad()
def _encode(model: Norface, face: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    tokens = model.encoder(face)
    return tokens.half(), model.encoder(model.normalizer(tokens)).half()


def training_tokens(
    model: Norface, pools: dict[str, Pool], shares: dict[str, float], augment: AugmentConfig, count: int, seed: int
) -> Tokens:
    """Tokens of ``count`` augmented samples."""
    model.eval()
    batches = Batches(pools, shares, augment, model.config.input_size, 64, seed)
    drawn, encoded = [], []
    while sum(len(b["au"]) for b in drawn) < count:
        batch = batches.draw()
        encoded.append(_encode(model, batch["face"]))
        drawn.append({k: batch[k] for k in (*LABELS, "geometry")})
    labels = {k: torch.cat([b[k] for b in drawn]) for k in LABELS}
    geometry = torch.cat([b["geometry"] for b in drawn])
    return Tokens(torch.cat([e[0] for e in encoded]), torch.cat([e[1] for e in encoded]), geometry, labels)


def held_tokens(model: Norface, pool: Pool) -> Tokens:
    """Tokens of a held-out pool as it is."""
    model.eval()
    encoded = [
        _encode(model, plain(pool.crop[start : start + 128], model.config.input_size)) for start in range(0, len(pool), 128)
    ]
    return Tokens(torch.cat([e[0] for e in encoded]), torch.cat([e[1] for e in encoded]), pool.geometry.float(), {})


def variant(model: Norface, change: dict) -> Classifier:
    """A fresh classifier with a changed configuration."""
    config = copy.deepcopy(model.config)
    shape = config.classifier
    if "experts" in change:
        change = change | {"expert_width": shape.experts * shape.expert_width // change["experts"]}
    if "heads" in change:
        change = change | {"head_width": shape.heads * shape.head_width // change["heads"]}
    config.classifier = replace(shape, **change)
    return Classifier(config)


def train(
    classifier: Classifier, tokens: Tokens, epochs: int, seed: int, batch: int = 64, lr: float = 2e-3, bfloat16: bool = False
) -> None:
    """A short one-cycle schedule over the tokens, with the optimiser of the last stages: Muon for kernels, AdamW for the rest."""
    generator = torch.Generator().manual_seed(seed)
    steps = epochs * (len(tokens) // batch)
    schedule = StageConfig(steps=steps, warmup=0.15)
    kernels, rest = muon.split(list(classifier.parameters()))
    optimiser = muon.Muon([{"params": kernels, "muon": True}, {"params": rest}], lr=lr, weight_decay=0.02)
    classifier.train()
    order = torch.randperm(len(tokens), generator=generator)
    for step in range(steps):
        place = step * batch % (len(tokens) // batch * batch)
        if place == 0:
            order = torch.randperm(len(tokens), generator=generator)
        index = order[place : place + batch]
        for group in optimiser.param_groups:
            group["lr"] = lr * learning_rate(step, schedule)
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            representations = classifier.represent(
                tokens.original[index].float(), tokens.normalized[index].float(), tokens.geometry[index]
            )
            prediction = classifier.mix(representations).float()
        emotion, au = label_losses(prediction, {k: v[index] for k, v in tokens.labels.items()})
        optimiser.zero_grad(set_to_none=True)
        (emotion + 0.6 * au).backward()
        optimiser.step()


@torch.no_grad()
def judge(classifier: Classifier, held: dict[str, Tokens], pools: dict[str, Pool]) -> dict[str, float]:
    """FER+ under both rules, ICC of rendered people and agreement with the teacher."""
    classifier.eval()
    result: dict[str, float] = {}
    for name, tokens in held.items():
        parts: list[Prediction] = []
        for start in range(0, len(tokens), 256):
            rows = slice(start, start + 256)
            representations = classifier.represent(
                tokens.original[rows].float(), tokens.normalized[rows].float(), tokens.geometry[rows]
            )
            parts.append(classifier.mix(representations))
        values = [torch.cat([p.intensities()[i] for p in parts]).numpy() for i in range(3)]
        outputs = dict(zip(("au", "left", "right"), values, strict=True))
        if name == "heads":
            result |= head_measures(outputs, pools[name])
        else:
            result[f"teacher_{name}"] = teacher_agreement(outputs, pools[name])
        if name == "ferplus":
            result |= emotion_measures(torch.cat([p.emotion for p in parts]).numpy(), pools[name].votes.numpy())
    return result


def table(
    model: Norface, train_pools: dict[str, Pool], held_pools: dict[str, Pool], shares: dict[str, float],
    augment: AugmentConfig, count: int, epochs: int, seeds: int, names: list[str] | None = None, say=print,
    bfloat16: bool = False,
) -> dict[str, dict[str, dict[str, float]]]:  # fmt: skip
    """Mean and standard deviation over seeds of every measure, by variant. A seed draws its own samples and weights."""
    held = {name: held_tokens(model, pool) for name, pool in held_pools.items()}
    rows: dict[str, list[dict[str, float]]] = {name: [] for name in names or VARIANTS}
    for seed in range(1, seeds + 1):
        tokens = training_tokens(model, train_pools, shares, augment, count, seed)
        for name, results in rows.items():
            torch.manual_seed(seed)
            classifier = variant(model, VARIANTS[name])
            train(classifier, tokens, epochs, seed, bfloat16=bfloat16)
            results.append(judge(classifier, held, held_pools))
            say(f"seed {seed}, {name}: " + ", ".join(f"{k} {v:.4f}" for k, v in results[-1].items()))
    return {name: summary(results) for name, results in rows.items()}


def summary(results: list[dict[str, float]]) -> dict[str, dict[str, float]]:
    """Mean and sample standard deviation by measure."""
    return {
        key: {
            "mean": float(np.mean([r[key] for r in results])),
            "sd": float(np.std([r[key] for r in results], ddof=1)) if len(results) > 1 else 0.0,
        }
        for key in results[0]
    }
