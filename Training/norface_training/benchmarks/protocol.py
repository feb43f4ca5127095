"""Protocols: faces found and aligned as the daemon does it, folds by subject, a classifier fitted on the other folds, the field's measures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from .. import alignment, metrics
from ..evaluate.ablation import Tokens, _encode, train, variant
from ..export.calibrate import isotonic
from ..labels import AU_INDEX, AUS, EMOTIONS, SIDE_TO_AU, SIDES
from ..networks import Norface
from ..networks.points import GEOMETRY_POINTS, GEOMETRY_SCALE
from ..train.augment import plain
from .sequences import Sequence

Tracker = Callable[[np.ndarray], np.ndarray | None]
"""A luma picture to 468 landmarks in its pixels, or None where there is no face."""


@dataclass
class Faces:
    """Aligned faces with their labels. ``found`` is 0 where there was no face: its row counts as a miss, never as left out."""

    crop: np.ndarray
    geometry: np.ndarray
    found: np.ndarray
    au: np.ndarray
    emotion: np.ndarray
    subject: np.ndarray

    def __len__(self) -> int:
        return len(self.crop)

    def take(self, rows: np.ndarray) -> Faces:
        return Faces(*(getattr(self, name)[rows] for name in ("crop", "geometry", "found", "au", "emotion", "subject")))


def find_faces(sequences: list[Sequence], tracker: Tracker, size: int) -> Faces:
    """Tracks and aligns every frame."""
    crops, geometry, found = [], [], []
    for sequence in sequences:
        for luma in sequence.frames():
            landmarks = tracker(luma)
            found.append(landmarks is not None)
            if landmarks is None:
                crops.append(np.zeros((size, size), np.uint8))
                geometry.append(np.zeros(3 * len(GEOMETRY_POINTS), np.float32))
            else:
                crops.append(alignment.align(luma, landmarks, size))
                geometry.append(alignment.geometry_vector(landmarks, np.array(GEOMETRY_POINTS), GEOMETRY_SCALE))
    return Faces(
        np.array(crops), np.array(geometry, np.float32), np.array(found), np.concatenate([s.au for s in sequences]),
        np.concatenate([s.emotion for s in sequences]), np.concatenate([[s.subject] * len(s) for s in sequences]),
    )  # fmt: skip


@torch.no_grad()
def tokens_of(model: Norface, faces: Faces, occurrence: bool) -> Tokens:
    """Tokens and labels for fitting a classifier. Occurrences 0 / 1 are taught as intensities 0 / 3."""
    model.eval()
    crops = torch.from_numpy(faces.crop)
    encoded = [_encode(model, plain(crops[i : i + 128], model.config.input_size)) for i in range(0, len(crops), 128)]
    au = torch.from_numpy(np.nan_to_num(faces.au) * (3.0 if occurrence else 1.0)).float()
    known = torch.from_numpy(~np.isnan(faces.au) & faces.found[:, None]).float()
    emotion = torch.nn.functional.one_hot(torch.from_numpy(faces.emotion).clamp_min(0), len(EMOTIONS)).float()
    labels = {
        "au": au, "au_weight": known, "left": au[:, SIDE_TO_AU], "right": au[:, SIDE_TO_AU],
        "side_weight": torch.zeros(len(faces), len(SIDES)), "emotion": emotion,
        "emotion_weight": torch.from_numpy((faces.emotion >= 0) & faces.found).float(),
    }  # fmt: skip
    return Tokens(torch.cat([e[0] for e in encoded]), torch.cat([e[1] for e in encoded]), torch.from_numpy(faces.geometry), labels)


@torch.no_grad()
def outputs_of(classifier: torch.nn.Module, tokens: Tokens) -> tuple[np.ndarray, np.ndarray]:
    """Intensities ``[N, 20]`` and emotion logits ``[N, 8]``."""
    classifier.eval()
    parts = []
    for start in range(0, len(tokens), 256):
        rows = slice(start, start + 256)
        inputs = (tokens.original[rows].float(), tokens.normalized[rows].float(), tokens.geometry[rows])
        parts.append(classifier.mix(classifier.represent(*inputs)))
    au = torch.cat([p.intensities()[0] for p in parts]).numpy()
    return au, torch.cat([p.emotion for p in parts]).numpy()


def fit(model: Norface, tokens: Tokens, epochs: int, seed: int) -> torch.nn.Module:
    """The shipped classifier trained further on ``tokens``; encoder and normalizer stay."""
    torch.manual_seed(seed)
    classifier = variant(model, {})
    classifier.load_state_dict(model.classifier.state_dict())
    if epochs and len(tokens) >= 2:
        train(classifier, tokens, epochs, seed, batch=min(64, len(tokens)), lr=5e-4)
    return classifier


def best_threshold(truth: np.ndarray, score: np.ndarray) -> float:
    """The score at which F1 is highest on the training folds."""
    candidates = np.unique(np.quantile(score, np.linspace(0.02, 0.99, 60)))
    return float(max(candidates, key=lambda c: metrics.f1(truth, score >= c)))


def cross_validate(
    model: Norface, faces: Faces, folds: tuple[tuple[str, ...], ...], units: tuple[int, ...], present: float, occurrence: bool,
    epochs: int, seed: int = 1,
) -> dict:  # fmt: skip
    """For each fold: fit on the subjects of the others, choose thresholds and calibration there, and score the fold.

    F1 and ROC-AUC are of all test frames of all folds together; ICC(3,1), MAE and MSE too, where the labels are intensities.
    """
    known = set(np.unique(faces.subject))
    absent = [subject for fold in folds for subject in fold if subject not in known]
    truth, said, score = [], [], []
    for number, fold in enumerate(folds):
        inside = np.isin(faces.subject, fold)
        if not inside.any():
            raise ValueError(f"fold {number + 1} has no subject in the data")
        learning, testing = faces.take(np.flatnonzero(~inside)), faces.take(np.flatnonzero(inside))
        tokens = tokens_of(model, learning, occurrence)
        classifier = fit(model, tokens, epochs, seed)
        fitted, (tested, _) = outputs_of(classifier, tokens)[0], outputs_of(classifier, tokens_of(model, testing, occurrence))
        decided, adjusted = np.zeros(tested.shape, bool), tested.copy()
        for unit in units:
            i = AU_INDEX[unit]
            rows = ~np.isnan(learning.au[:, i]) & learning.found
            if rows.any():
                decided[:, i] = tested[:, i] >= best_threshold(learning.au[rows, i] >= present, fitted[rows, i])
                if not occurrence:
                    x, y = isotonic(fitted[rows, i], learning.au[rows, i], np.ones(rows.sum()))
                    adjusted[:, i] = np.interp(tested[:, i], x, y)
        decided[~testing.found], adjusted[~testing.found] = False, 0.0
        truth.append(testing.au)
        said.append(decided)
        score.append(adjusted)
    truth, said, score = np.concatenate(truth), np.concatenate(said), np.concatenate(score)
    return {"units": _units(truth, said, score, units, present, occurrence), "absent_subjects": absent, "frames": len(truth),
            "faces_not_found": int((~faces.found).sum())}  # fmt: skip


def _units(truth, said, score, units, present: float, occurrence: bool) -> dict:
    rows: dict[str, dict[str, float]] = {}
    for unit in units:
        i = AU_INDEX[unit]
        coded = ~np.isnan(truth[:, i])
        if not coded.any():
            continue
        row = {
            "f1": metrics.f1(truth[coded, i] >= present, said[coded, i]),
            "auc": metrics.roc_auc(truth[coded, i] >= present, score[coded, i]),
        }
        if not occurrence:
            row |= {name: getattr(metrics, f)(truth[coded, i], score[coded, i])
                    for name, f in (("icc", "icc_3_1"), ("mae", "mae"), ("mse", "mse"))}  # fmt: skip
        rows[AUS[i]] = row
    measures = next(iter(rows.values())).keys() if rows else ()
    rows["mean"] = {m: float(np.nanmean([r[m] for r in rows.values()])) for m in measures}
    return rows


def classify(model: Norface, learning: Faces | None, testing: Faces, classes: tuple[str, ...], epochs: int, seed: int = 1) -> dict:
    """Accuracy and macro-F1 over ``classes`` after fitting on ``learning`` (None: the model as it is). A face that was not found is a miss."""
    index = [EMOTIONS.index(name) for name in classes]
    keep = np.isin(testing.emotion, index)
    testing = testing.take(np.flatnonzero(keep))
    classifier = model.classifier if learning is None else fit(model, tokens_of(model, learning, False), epochs, seed)
    _, logits = outputs_of(classifier, tokens_of(model, testing, False))
    said = np.array(index)[logits[:, index].argmax(1)]
    said[~testing.found] = -1
    truth = testing.emotion
    each = {name: metrics.f1(truth == i, said == i) for name, i in zip(classes, index, strict=True)}
    return {"accuracy": metrics.accuracy(truth, said), "f1": float(np.mean(list(each.values()))), "by_class": each,
            "images": len(truth), "faces_not_found": int((~testing.found).sum())}  # fmt: skip
