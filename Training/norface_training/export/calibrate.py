"""Calibration of intensities, thresholds of presence and the emotions' temperature, all on held-out samples."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar

from .. import metrics
from ..labels import AUS, EMOTIONS, MAX_INTENSITY

KNOTS = 12
"""Points of a calibration curve. Their distances grow with the output: most faces lie near zero, where a curve bends most."""

PRESENT = 1.0
"""An action unit is taken as present from this true intensity on (FACS A)."""


def isotonic(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The non-decreasing function nearest to ``y`` in weighted squares: sorted ``x`` and its values there.

    Pool adjacent violators (R. Barlow et al., 1972).
    """
    order = np.argsort(x, kind="stable")
    x, y, weight = x[order], y[order].astype(np.float64), weight[order].astype(np.float64)
    values, weights, counts = [], [], []
    for value, w in zip(y, weight, strict=True):
        values.append(value)
        weights.append(w)
        counts.append(1)
        while len(values) > 1 and values[-2] >= values[-1]:
            total = weights[-2] + weights[-1]
            values[-2] = (values[-2] * weights[-2] + values[-1] * weights[-1]) / total
            weights[-2] = total
            counts[-2] += counts[-1]
            for part in (values, weights, counts):
                part.pop()
    return x, np.repeat(values, counts)


STRETCH = 2.5
"""The most by which ``spread_out`` stretches."""


def spread_out(
    values: np.ndarray, knots: np.ndarray, raw: np.ndarray, truth: np.ndarray, weight: np.ndarray, slope: float
) -> np.ndarray:
    """The curve ``values`` at ``knots`` stretched about the mean until its outputs vary as much as the truth does.

    The nearest function in squares is the truth's mean given the output, which varies less than the truth: a strong unit would
    always be told too weak. With a correlation r it has an ICC(3,1) of 2r^2 / (1 + r^2); with the truth's own spread, r.
    """
    total = weight.sum()
    mean = (weight * truth).sum() / total
    wanted = np.sqrt((weight * (truth - mean) ** 2).sum() / total)
    stretched, low, high = np.maximum(values, slope * knots), 1.0, STRETCH
    for _ in range(20):
        factor = (low + high) / 2
        stretched = np.maximum(mean + factor * (values - mean), slope * knots)
        mapped = np.interp(raw, knots, stretched)
        spread = np.sqrt((weight * (mapped - (weight * mapped).sum() / total) ** 2).sum() / total)
        low, high = (factor, high) if spread < wanted else (low, factor)
    return stretched


def curve(raw: np.ndarray, truth: np.ndarray, weight: np.ndarray, slope: float = 0.05) -> dict[str, list[float]]:
    """A piecewise-linear map from raw output to intensity with ``KNOTS`` points over the range of ``raw``.

    It follows the isotonic fit, smoothed over half the distance of its points, is then stretched by ``spread_out``, and rises everywhere
    by at least ``slope``, so that it never merges two different outputs.
    """
    x, fitted = isotonic(raw, truth, weight)
    low, high = float(np.quantile(x, 0.002)), float(np.quantile(x, 0.998))
    if high - low < 1e-3:
        return {"x": [0.0, MAX_INTENSITY], "y": [0.0, MAX_INTENSITY]}
    knots = low + (high - low) * np.linspace(0, 1, KNOTS) ** 2
    width = np.gradient(knots)[:, None]
    near = np.exp(-0.5 * ((x[None, :] - knots[:, None]) / (width / 2)) ** 2) * weight[np.argsort(raw, kind="stable")][None, :]
    values = (near * fitted[None, :]).sum(1) / np.maximum(near.sum(1), 1e-9)
    steps = np.maximum(np.diff(values), slope * np.diff(knots))
    values = values[0] + np.concatenate([[0.0], np.cumsum(steps)])
    values = spread_out(values, knots, raw, truth, weight, slope)
    if values[-1] > MAX_INTENSITY:
        values *= MAX_INTENSITY / values[-1]
    # Ends: the smallest output means absent, the largest keeps rising to the scale's end.
    xs, ys = [round(float(v), 4) for v in knots], [round(float(v), 4) for v in values]
    if xs[0] > 0:
        xs, ys = [0.0, *xs], [round(max(0.0, ys[0] - slope * xs[0]), 4), *ys]
    if xs[-1] < MAX_INTENSITY:
        xs, ys = [*xs, MAX_INTENSITY], [*ys, round(min(MAX_INTENSITY, ys[-1] + slope * (MAX_INTENSITY - xs[-1])), 4)]
    return {"x": xs, "y": ys}


def threshold(calibrated: np.ndarray, truth: np.ndarray, weight: np.ndarray) -> dict[str, float]:
    """The intensity at which presence has the best F1, between 0.5 and 2.5; ``off`` is seven tenths of it."""
    present = truth >= PRESENT
    best, chosen = -1.0, PRESENT
    for candidate in np.arange(0.5, 2.51, 0.05):
        said = calibrated >= candidate
        hits = weight[said & present].sum()
        total = weight[said].sum() + weight[present].sum()
        score = 2 * hits / total if total > 0 else 0.0
        if score > best + 1e-9:
            best, chosen = score, float(candidate)
    return {"on": round(chosen, 3), "off": round(0.7 * chosen, 3)}


def calibrate(raw: np.ndarray, truth: np.ndarray, weight: np.ndarray) -> tuple[dict, dict]:
    """Curves and thresholds of all units from outputs, true intensities and trust, ``[N, 20]`` each."""
    curves, thresholds = {}, {}
    for i, name in enumerate(AUS):
        known = weight[:, i] > 0
        if known.sum() < 50:
            continue
        curves[name] = curve(raw[known, i], truth[known, i], weight[known, i])
        mapped = np.interp(raw[known, i], curves[name]["x"], curves[name]["y"])
        thresholds[name] = threshold(mapped, truth[known, i], weight[known, i])
    return curves, thresholds


def temperature(logits: np.ndarray, distribution: np.ndarray) -> float:
    """The temperature under which the softmax is nearest to the votes (C. Guo et al., ICML 2017)."""

    def cost(log_temperature: float) -> float:
        scaled = logits / np.exp(log_temperature)
        scaled = scaled - scaled.max(1, keepdims=True)
        return float(-(distribution * (scaled - np.log(np.exp(scaled).sum(1, keepdims=True)))).sum(1).mean())

    return float(np.exp(minimize_scalar(cost, bounds=(-2, 2), method="bounded").x))


ACCURACY_WEIGHT = 2.0
"""How much accuracy counts beside macro-F1 in ``emotion_offsets``."""


def emotion_offsets(logits: np.ndarray, labels: np.ndarray, reach: float = 2.5, step: float = 0.1) -> np.ndarray:
    """Offsets ``[8]`` of the emotions' logits under which macro-F1 plus twice the accuracy is greatest, by coordinate ascent.

    A network that learns the voters' distributions seldom says the words that few voters choose, even where they are the
    likeliest to be meant (A. Menon et al., "Long-tail learning via logit adjustment", ICLR 2021). The offsets have mean zero.
    ``labels`` below zero are passed over. To be fitted on samples that no figure is told of.
    """
    logits, labels = logits[labels >= 0], labels[labels >= 0]

    def score(offsets: np.ndarray) -> float:
        said = (logits + offsets).argmax(1)
        return metrics.macro_f1(labels, said, len(EMOTIONS)) + ACCURACY_WEIGHT * metrics.accuracy(labels, said)

    offsets = np.zeros(len(EMOTIONS))
    best = score(offsets)
    for _ in range(4):
        before = best
        for emotion in range(len(EMOTIONS)):
            for value in np.arange(-reach, reach + step / 2, step):
                tried = offsets.copy()
                tried[emotion] = value
                reached = score(tried)
                if reached > best + 1e-9:
                    best, offsets = reached, tried
        if best - before < 1e-6:
            break
    return offsets - offsets.mean()
