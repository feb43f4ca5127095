"""Emotions and action units: FER+, rendered people, the teacher's live channels, and what the gates do."""

from __future__ import annotations

import numpy as np

from .. import metrics
from ..labels import AUS, EMOTIONS, SIDES, TEACHER_AUS, majority_labels, plurality_labels
from ..train.pools import Pool
from ..train.validation import emotion_measures
from .bundle import Bundle


def _outputs(bundle: Bundle, pool: Pool) -> dict[str, np.ndarray]:
    return bundle.predict(pool.crop.numpy(), pool.geometry.float().numpy())


def ferplus(bundle: Bundle, pool: Pool) -> dict:
    """FER+: accuracy, macro-F1 and F1 by class under both rules, ROC-AUC by class, calibration error."""
    outputs, votes = _outputs(bundle, pool), pool.votes.numpy()
    result: dict = emotion_measures(outputs["emotion"], votes)
    scaled = outputs["emotion"] / bundle.manifest["emotion_temperature"]
    probability = np.exp(scaled - scaled.max(1, keepdims=True))
    probability /= probability.sum(1, keepdims=True)
    for rule, labels in (("majority", majority_labels(votes)), ("plurality", plurality_labels(votes))):
        known = labels >= 0
        said = outputs["emotion"][known].argmax(1)
        result[f"f1_by_class_{rule}"] = {
            e: metrics.f1(labels[known] == i, said == i) for i, e in enumerate(EMOTIONS)
        }
        result[f"auc_by_class_{rule}"] = {
            e: metrics.roc_auc(labels[known] == i, probability[known, i]) for i, e in enumerate(EMOTIONS)
        }
        result[f"calibration_error_{rule}"] = metrics.expected_calibration_error(probability[known], labels[known])
    return result


def heads(bundle: Bundle, pool: Pool) -> dict:
    """Rendered people never trained on: ICC(3,1), MAE and ROC-AUC (intensity 1 or more) by unit; ICC by side."""
    outputs = _outputs(bundle, pool)
    truth = pool.au.numpy()
    units = {
        name: {
            "icc": metrics.icc_3_1(truth[:, i], outputs["au"][:, i]),
            "mae": metrics.mae(truth[:, i], outputs["au"][:, i]),
            "auc": metrics.roc_auc(truth[:, i] >= 1, outputs["au"][:, i]),
        }
        for i, name in enumerate(AUS)
    }
    sides = {
        name: {
            side: metrics.icc_3_1(pool_side[:, i].numpy(), outputs[side][:, i])
            for side, pool_side in (("left", pool.left), ("right", pool.right))
        }
        for i, name in enumerate(SIDES)
    }
    return {
        "images": len(pool),
        "people": len(set(pool.identity.tolist())),
        "icc": float(np.nanmean([u["icc"] for u in units.values()])),
        "mae": float(np.nanmean([u["mae"] for u in units.values()])),
        "auc": float(np.nanmean([u["auc"] for u in units.values()])),
        "icc_sides": float(np.nanmean([v for s in sides.values() for v in s.values()])),
        "units": units,
        "sides": sides,
    }


def teacher(bundle: Bundle, pool: Pool) -> dict:
    """Agreement with the teacher on its live channels: correlation and ICC(3,1) by unit on held-out photographs."""
    outputs = _outputs(bundle, pool)
    units = {}
    for i, name in enumerate(AUS):
        known = (pool.au_weight[:, i] > 0).numpy()
        if int(name[2:]) in TEACHER_AUS and known.sum() > 10:
            said, taught = outputs["au"][known, i], pool.au[:, i].numpy()[known]
            units[name] = {"correlation": metrics.pearson(taught, said), "icc": metrics.icc_3_1(taught, said)}
    if not units:
        raise ValueError("the held-out photographs have nothing that the teacher speaks of")
    return {
        "images": len(pool),
        "correlation": float(np.nanmean([u["correlation"] for u in units.values()])),
        "icc": float(np.nanmean([u["icc"] for u in units.values()])),
        "units": units,
    }


def groups(bundle: Bundle, pool: Pool, values: dict[str, np.ndarray]) -> dict:
    """Rendered people by group (the names and masks of ``values``): mean ICC(3,1) and MAE in each."""
    outputs, truth = _outputs(bundle, pool), pool.au.numpy()
    result = {}
    for name, mask in values.items():
        if mask.sum() >= 30:
            each = [metrics.icc_3_1(truth[mask, i], outputs["au"][mask, i]) for i in range(len(AUS))]
            result[name] = {
                "images": int(mask.sum()),
                "icc": float(np.nanmean(each)),
                "mae": float(np.abs(truth[mask] - outputs["au"][mask]).mean()),
            }
    return result


def gates(bundle: Bundle, pools: dict[str, Pool], experts: int) -> dict:
    """How the gates are used: mean weight of each expert and the effective number of experts and heads (exp of entropy)."""
    result = {}
    for name, pool in pools.items():
        gate = _outputs(bundle, pool)["gate"]
        inputs, heads = gate[:, :experts], gate[:, experts:]
        labels = len(AUS) + 2 * len(SIDES) + len(EMOTIONS)
        heads = heads.reshape(len(gate), -1, labels)
        result[name] = {
            "experts": [float(v) for v in inputs.mean(0)],
            "effective_experts": float(np.exp(-(inputs * np.log(inputs + 1e-9)).sum(1)).mean()),
            "experts_used_over_all": float(np.exp(-(inputs.mean(0) * np.log(inputs.mean(0) + 1e-9)).sum())),
            "effective_heads": float(np.exp(-(heads * np.log(heads + 1e-9)).sum(1)).mean()),
        }
    return result
