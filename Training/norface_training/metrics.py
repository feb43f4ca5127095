"""Measures. Arrays are NumPy, one row a sample; every function says what it does with a class or column that is empty."""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import pdist
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


def verification_auc(embeddings: np.ndarray, identities: np.ndarray) -> float:
    """How well distances between embeddings ``[N, D]`` tell same-person pairs from others; 0.5 is chance.

    All pairs take part: a drawing of the others moves the figure of five hundred pictures by a hundredth. NaN without a
    same-person pair or without another.
    """
    distance, same, _ = _pairs(embeddings, identities)
    return roc_auc(same, -distance)


def verification_interval(embeddings: np.ndarray, identities: np.ndarray, draws: int = 200, seed: int = 1) -> tuple[float, float]:
    """The range that holds ``verification_auc`` in 95 of 100 drawings of as many people, with all their pictures (a bootstrap).

    NaN where a drawing has no same-person pair or no other. Equal distances count as one of the two, not half.
    """
    distance, same, (first, second) = _pairs(embeddings, identities)
    order = np.argsort(distance, kind="stable")
    same, first, second = same[order], first[order], second[order]
    people = len(np.unique(np.asarray(identities)))
    rng, figures = np.random.default_rng(seed), []
    for _ in range(draws):
        often = np.bincount(rng.integers(0, people, people), minlength=people).astype(np.float64)
        # Who is drawn twice is two people, whose pairs with each other are left out.
        positive = np.where(same, often[first], 0)
        negative = np.where(same, 0, often[first] * often[second])
        beaten = negative.sum() - np.cumsum(negative)
        total = positive.sum() * negative.sum()
        figures.append(float((positive * beaten).sum() / total) if total else float("nan"))
    low, high = np.percentile(figures, [2.5, 97.5])
    return float(low), float(high)


def _pairs(embeddings: np.ndarray, identities: np.ndarray) -> tuple[np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """All pairs: their distances, whether they are of one person, and the two people, numbered from zero."""
    embeddings, people = np.asarray(embeddings, np.float64), np.unique(np.asarray(identities), return_inverse=True)[1]
    if embeddings.ndim != 2 or len(embeddings) != len(people):
        raise ValueError(f"embeddings {embeddings.shape} and identities {np.shape(identities)} do not match")
    distance = pdist(embeddings)
    first, second = np.triu_indices(len(embeddings), 1)
    return distance, people[first] == people[second], (people[first], people[second])


def expected_calibration_error(probability: np.ndarray, truth: np.ndarray, bins: int = 15) -> float:
    """Mean gap between confidence and accuracy of the top class, weighed by bin (C. Guo et al., ICML 2017)."""
    confidence = probability.max(1)
    right = probability.argmax(1) == truth
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [abs(confidence[index == b].mean() - right[index == b].mean()) * (index == b).mean() for b in np.unique(index)]
    return float(np.sum(gaps))
