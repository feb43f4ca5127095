"""Each measure against an implementation that shares no code with it."""

import numpy as np
import pytest
from scipy import stats

from norface_training import metrics

sklearn = pytest.importorskip("sklearn.metrics")


@pytest.fixture(params=range(5))
def rng(request):
    return np.random.default_rng(request.param)


def test_accuracy_and_f1_agree_with_scikit_learn(rng):
    truth, predicted = rng.integers(0, 8, 300), rng.integers(0, 8, 300)
    predicted[:150] = truth[:150]
    assert metrics.accuracy(truth, predicted) == pytest.approx(sklearn.accuracy_score(truth, predicted))
    assert metrics.macro_f1(truth, predicted, 8) == pytest.approx(sklearn.f1_score(truth, predicted, average="macro"))
    assert (metrics.confusion(truth, predicted, 8) == sklearn.confusion_matrix(truth, predicted)).all()
    assert metrics.f1(truth == 1, predicted == 1) == pytest.approx(sklearn.f1_score(truth == 1, predicted == 1))


def test_macro_f1_leaves_absent_classes_out():
    assert metrics.macro_f1(np.array([0, 0, 2]), np.array([0, 0, 2]), 8) == 1.0


def test_roc_auc_counts_pairs(rng):
    truth, score = rng.random(80) < 0.3, rng.integers(0, 10, 80) / 10
    pairs = [(a > b) + 0.5 * (a == b) for a in score[truth] for b in score[~truth]]
    assert metrics.roc_auc(truth, score) == pytest.approx(np.mean(pairs))
    assert metrics.roc_auc(truth, score) == pytest.approx(sklearn.roc_auc_score(truth, score))


def test_roc_auc_of_one_class_is_not_a_number():
    assert np.isnan(metrics.roc_auc(np.ones(4), np.arange(4.0)))


def test_icc_agrees_with_a_written_out_analysis_of_variance(rng):
    truth = rng.random(60) * 5
    predicted = 0.7 * truth + rng.normal(0, 0.6, 60) + 0.4
    # Two-way layout without replication, sums of squares the long way round.
    n, k = 60, 2
    cells = [(i, j, value) for i, row in enumerate(zip(truth, predicted, strict=True)) for j, value in enumerate(row)]
    correction = sum(v for *_, v in cells) ** 2 / (n * k)
    total = sum(v * v for *_, v in cells) - correction
    rows = sum(sum(v for i, _, v in cells if i == r) ** 2 for r in range(n)) / k - correction
    columns = sum(sum(v for _, j, v in cells if j == c) ** 2 for c in range(k)) / n - correction
    bms, ems = rows / (n - 1), (total - rows - columns) / ((n - 1) * (k - 1))
    assert metrics.icc_3_1(truth, predicted) == pytest.approx((bms - ems) / (bms + (k - 1) * ems))


def test_icc_forgives_a_shift_but_not_a_stretch():
    x = np.arange(10.0)
    assert metrics.icc_3_1(x, x + 3) == pytest.approx(1)
    assert metrics.icc_3_1(x, 3 * x) < 0.7
    assert metrics.icc_3_1(x, -x) == pytest.approx(-1)
    assert np.isnan(metrics.icc_3_1(np.ones(5), np.ones(5)))


def test_errors_and_correlation_agree_with_scipy_and_scikit_learn(rng):
    a, b = rng.normal(size=50), rng.normal(size=50)
    assert metrics.mae(a, b) == pytest.approx(sklearn.mean_absolute_error(a, b))
    assert metrics.mse(a, b) == pytest.approx(sklearn.mean_squared_error(a, b))
    assert metrics.pearson(a, b) == pytest.approx(stats.pearsonr(a, b)[0])


def test_verification_tells_clusters_from_noise(rng):
    identities = np.repeat(np.arange(20), 3)
    centres = rng.normal(size=(20, 8))
    close = centres[identities] + rng.normal(size=(60, 8)) * 0.01
    assert metrics.verification_auc(close, identities) > 0.99
    # Only same-person pairs at distance 0 against one other: by hand, two of two pairs won.
    assert metrics.verification_auc(np.array([[0.0], [0.0], [1.0]]), np.array([1, 1, 2])) == 1.0
    assert abs(metrics.verification_auc(rng.normal(size=(60, 8)), identities) - 0.5) < 0.2
    assert np.isnan(metrics.verification_auc(close[:3], np.arange(3)))


def test_verification_takes_every_pair(rng):
    identities = rng.integers(0, 12, 40)
    vectors = rng.normal(size=(12, 4))[identities] + rng.normal(size=(40, 4))
    pairs = [(i, j) for i in range(40) for j in range(i)]
    same = [identities[i] == identities[j] for i, j in pairs]
    nearness = [-np.linalg.norm(vectors[i] - vectors[j]) for i, j in pairs]
    auc = metrics.verification_auc(vectors, identities)
    assert auc == pytest.approx(sklearn.roc_auc_score(same, nearness))
    low, high = metrics.verification_interval(vectors, identities, draws=400)
    assert low < auc < high
    assert metrics.verification_interval(vectors, identities, draws=400) == (low, high)


def test_the_interval_narrows_with_more_people(rng):
    def width(people):
        identities = np.repeat(np.arange(people), 3)
        low, high = metrics.verification_interval(rng.normal(size=(people, 4))[identities] + rng.normal(size=(3 * people, 4)), identities)
        return high - low

    assert width(120) < width(15)


def test_calibration_error_by_hand():
    probability = np.array([[0.9, 0.1], [0.9, 0.1], [0.6, 0.4], [0.4, 0.6]])
    truth = np.array([0, 1, 0, 1])
    # 0.9 twice, right once: gap 0.4; 0.6 twice, right twice: gap 0.4.
    assert metrics.expected_calibration_error(probability, truth) == pytest.approx(0.4)


def test_unequal_lengths_are_refused():
    with pytest.raises(ValueError, match=r"\(3,\) and \(2,\)"):
        metrics.mae(np.zeros(3), np.zeros(2))
