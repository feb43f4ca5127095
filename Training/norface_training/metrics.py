"""Measures. Arrays are NumPy, one row a sample; every function says what it does with a class or column that is empty."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata


def _same_length(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape or a.ndim != 1 or a.size == 0:
        raise ValueError(f"two equal, one-dimensional, non-empty arrays are needed, not {a.shape} and {b.shape}")
    return a, b


def accuracy(truth: np.ndarray, predicted: np.ndarray) -> float:
    """The share of equal entries."""
    truth, predicted = _same_length(truth, predicted)
    return float((truth == predicted).mean())


def confusion(truth: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Counts ``[classes, classes]``: rows are truth, columns predictions."""
    truth, predicted = _same_length(truth, predicted)
    return np.bincount(truth * classes + predicted, minlength=classes * classes).reshape(classes, classes)


def f1(truth: np.ndarray, predicted: np.ndarray) -> float:
    """F1 of the positive class of two boolean arrays; 0 when neither has a positive."""
    truth, predicted = (x.astype(bool) for x in _same_length(truth, predicted))
    hits = int((truth & predicted).sum())
    total = int(truth.sum() + predicted.sum())
    return 2 * hits / total if total else 0.0


def macro_f1(truth: np.ndarray, predicted: np.ndarray, classes: int) -> float:
    """The mean F1 over classes that occur in the truth or the predictions."""
    table = confusion(truth, predicted, classes)
    total = table.sum(0) + table.sum(1)
    present = total > 0
    return float((2 * np.diag(table)[present] / total[present]).mean())


def roc_auc(truth: np.ndarray, score: np.ndarray) -> float:
    """Area under the ROC curve: the chance that a positive scores above a negative, ties half (Mann and Whitney 1947).

    NaN when one of the classes is empty.
    """
    truth, score = _same_length(truth, score)
    truth = truth.astype(bool)
    positives, negatives = int(truth.sum()), int((~truth).sum())
    if positives == 0 or negatives == 0:
        return float("nan")
    ranks = rankdata(score)
    return float((ranks[truth].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def icc_3_1(truth: np.ndarray, predicted: np.ndarray) -> float:
    """ICC(3,1), two fixed raters, single rating, consistency (P. Shrout, J. Fleiss, "Intraclass correlations", 1979):

    (BMS - EMS) / (BMS + EMS) for two raters, with the mean squares between targets and of the residual. NaN when nothing varies.
    """
    truth, predicted = (x.astype(np.float64) for x in _same_length(truth, predicted))
    n = truth.size
    if n < 2:
        return float("nan")
    ratings = np.stack([truth, predicted], axis=1)
    grand = ratings.mean()
    rows, columns = ratings.mean(1), ratings.mean(0)
    between = 2 * ((rows - grand) ** 2).sum() / (n - 1)
    residual = ((ratings - rows[:, None] - columns[None, :] + grand) ** 2).sum() / (n - 1)
    total = between + residual
    return float((between - residual) / total) if total > 0 else float("nan")


def mae(truth: np.ndarray, predicted: np.ndarray) -> float:
    """Mean absolute error."""
    truth, predicted = _same_length(truth, predicted)
    return float(np.abs(truth.astype(np.float64) - predicted).mean())


def mse(truth: np.ndarray, predicted: np.ndarray) -> float:
    """Mean squared error."""
    truth, predicted = _same_length(truth, predicted)
    return float(((truth.astype(np.float64) - predicted) ** 2).mean())


def pearson(truth: np.ndarray, predicted: np.ndarray) -> float:
    """Correlation; NaN when one side is constant."""
    truth, predicted = (x.astype(np.float64) for x in _same_length(truth, predicted))
    a, b = truth - truth.mean(), predicted - predicted.mean()
    scale = np.sqrt((a * a).sum() * (b * b).sum())
    return float((a * b).sum() / scale) if scale > 0 else float("nan")


def verification_auc(embeddings: np.ndarray, identities: np.ndarray, pairs: int = 20000, seed: int = 0) -> float:
    """How well distances between embeddings ``[N, D]`` tell same-person pairs from others; 0.5 is chance.

    All same-person pairs (at most ``pairs``) against as many random pairs of different people. NaN without a same-person pair.
    """
    embeddings, identities = np.asarray(embeddings, np.float64), np.asarray(identities)
    if embeddings.ndim != 2 or len(embeddings) != len(identities):
        raise ValueError(f"embeddings {embeddings.shape} and identities {identities.shape} do not match")
    rng = np.random.default_rng(seed)
    same = [
        (group[i], group[j])
        for name in np.unique(identities)
        for group in [np.flatnonzero(identities == name)]
        for i in range(len(group))
        for j in range(i + 1, len(group))
    ]
    if not same:
        return float("nan")
    same = np.array(same)
    if len(same) > pairs:
        same = same[rng.choice(len(same), pairs, replace=False)]
    first = rng.integers(0, len(identities), 20 * len(same) + 100)
    second = rng.integers(0, len(identities), first.size)
    different = np.stack([first, second], 1)[identities[first] != identities[second]][: len(same)]
    if not len(different):
        return float("nan")
    both = np.concatenate([same, different])
    distance = np.linalg.norm(embeddings[both[:, 0]] - embeddings[both[:, 1]], axis=1)
    return roc_auc(np.arange(len(both)) < len(same), -distance)


def expected_calibration_error(probability: np.ndarray, truth: np.ndarray, bins: int = 15) -> float:
    """Mean gap between confidence and accuracy of the top class, weighed by bin (C. Guo et al., ICML 2017)."""
    confidence = probability.max(1)
    right = probability.argmax(1) == truth
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [abs(confidence[index == b].mean() - right[index == b].mean()) * (index == b).mean() for b in np.unique(index)]
    return float(np.sum(gaps))
