"""Predictions over a pool and the measures that choose the best checkpoint."""

from __future__ import annotations

import numpy as np
import torch

from .. import metrics
from ..labels import AUS, EMOTIONS, SIDES, majority_labels, plurality_labels
from ..networks import Norface
from ..networks.classifier import Prediction
from .augment import plain
from .pools import Pool

RENDERED = ("heads", "makehuman")
"""The sets of rendered people, one for each world."""


@torch.no_grad()
def predict(model: Norface, pool: Pool, size: int | None = None, read: str = "mixture", batch: int = 128) -> dict[str, np.ndarray]:
    """All outputs over a pool: ``au``, ``left``, ``right`` (0-5), ``emotion`` (logits), ``gate``; ``read`` as a stage has it,
    or ``alone:NAME`` for what one representation says alone."""
    model.eval()
    device = next(model.parameters()).device
    parts: dict[str, list] = {k: [] for k in ("au", "left", "right", "emotion", "gate")}
    for start in range(0, len(pool), batch):
        rows = slice(start, start + batch)
        face = plain(pool.crop[rows], size or model.config.input_size).to(device)
        prediction = read_batch(model, face, pool.geometry[rows].float().to(device), read)
        for key, value in zip(("au", "left", "right"), prediction.intensities(), strict=True):
            parts[key].append(value.cpu())
        parts["emotion"].append(prediction.emotion.cpu())
        parts["gate"].append(prediction.gate.cpu())
    return {key: torch.cat(value).numpy() for key, value in parts.items()}


def read_batch(model: Norface, face: torch.Tensor, geometry: torch.Tensor, read: str) -> Prediction:
    if read == "mixture":
        return model(face, geometry)[0]
    name = "original" if read == "original" else read.removeprefix("alone:")
    classifier = model.classifier
    if name not in classifier.representations:
        raise ValueError(f"the classifier has no representation {name!r}")
    if name == "geometry":
        return Prediction.split(classifier.alone[name](classifier.readers[name](geometry)), geometry)
    tokens = model.encoder(face)
    if name == "normalized":
        tokens = model.encoder(model.normalizer(tokens))
    representation = classifier.readers[name](tokens)
    return Prediction.split(classifier.alone[name](representation), representation)


def emotion_measures(logits: np.ndarray, votes: np.ndarray) -> dict[str, float]:
    """Accuracy and macro-F1 over eight classes under both rules of FER+."""
    predicted = logits.argmax(1)
    result = {}
    for rule, labels in (("majority", majority_labels(votes)), ("plurality", plurality_labels(votes))):
        known = labels >= 0
        if known.any():
            result[f"accuracy_{rule}"] = metrics.accuracy(labels[known], predicted[known])
            result[f"f1_{rule}"] = metrics.macro_f1(labels[known], predicted[known], len(EMOTIONS))
            result[f"images_{rule}"] = int(known.sum())
    return result


def head_measures(outputs: dict[str, np.ndarray], pool: Pool) -> dict[str, float]:
    """Mean ICC(3,1) and MAE over the units and over both sides of rendered people."""
    au = pool.au.numpy()
    left, right = pool.left.numpy(), pool.right.numpy()
    units = [metrics.icc_3_1(au[:, i], outputs["au"][:, i]) for i in range(len(AUS))]
    sides = [metrics.icc_3_1(t[:, i], outputs[k][:, i]) for k, t in (("left", left), ("right", right)) for i in range(len(SIDES))]
    return {
        "icc": float(np.nanmean(units)),
        "icc_sides": float(np.nanmean(sides)),
        "mae": float(np.abs(au - outputs["au"]).mean()),
    }


def teacher_agreement(outputs: dict[str, np.ndarray], pool: Pool) -> float:
    """The mean correlation with the teacher over its units."""
    known = (pool.au_weight[:, :] > 0).numpy()
    each = [
        metrics.pearson(pool.au[known[:, i], i].numpy(), outputs["au"][known[:, i], i])
        for i in range(len(AUS))
        if known[:, i].sum() > 10
    ]
    return float(np.nanmean(each)) if each else float("nan")


@torch.no_grad()
def image_error(model: Norface, pool: Pool, batch: int = 128) -> float:
    """Mean absolute error of normalized faces against their targets, where there are any."""
    model.eval()
    device = next(model.parameters()).device
    rows = torch.nonzero(pool.target_weight > 0).squeeze(1)
    total = 0.0
    for index in rows.split(batch):
        face = model.normalizer(model.encoder(plain(pool.crop[index], model.config.input_size).to(device)))
        total += float((face.squeeze(1).cpu() - pool.target[index].float() / 255).abs().mean()) * len(index)
    return total / len(rows) if len(rows) else float("nan")


def validate(model: Norface, pools: dict[str, Pool], read: str, size: int | None) -> dict[str, float]:
    """The measures of a stage over held-out pools (``ferplus``, ``photos``, ``heads``, ``makehuman``) and ``score``, higher is better."""
    result: dict[str, float] = {}
    if read == "nothing":
        errors = {f"image_{name}": image_error(model, pool) for name, pool in pools.items()}
        result = {k: v for k, v in errors.items() if not np.isnan(v)}
        return result | {"score": -float(np.mean(list(result.values()))) if result else float("nan")}
    scores = []
    for name, pool in pools.items():
        outputs = predict(model, pool, size, read)
        if name in RENDERED:
            suffix = "" if name == "heads" else f"_{name}"
            result |= {f"{key}{suffix}": value for key, value in head_measures(outputs, pool).items()}
            scores.append(result[f"icc{suffix}"])
        else:
            result[f"teacher_{name}"] = teacher_agreement(outputs, pool)
        if name == "ferplus":
            result |= emotion_measures(outputs["emotion"], pool.votes.numpy())
            scores += [result[k] for k in ("accuracy_majority", "f1_majority") if k in result]
    return result | {"score": float(np.mean(scores)) if scores else result.get("teacher_photos", float("nan"))}
