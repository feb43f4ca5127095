"""Thresholds of presence, and the reach of the curves, for people instead of rendered ones.

Rendered people are drawn hard and move farther than most people do, so thresholds fitted on them are seldom reached by what a coder
would call plainly there, and at other units are passed by faces at rest. Photographs that nearly all voters called one emotion tell where
presence begins: with the thresholds fitted here a unit is present in about as many of them as coders saw it in people who posed the emotion
(``labels.PUBLISHED_SHARES``), and in next to none of the neutral ones. Votes are all that is asked, no teacher and no other network.
"""

from __future__ import annotations

import numpy as np

from ..labels import AUS, EMOTIONS, MAX_INTENSITY, PUBLISHED_SHARES

STRONG, NEUTRAL = 7, 8
"""Votes of ten from which on a picture shows an emotion, or none."""

PLAIN, FARTHEST = 2.0, 1.6
"""The intensity that a plainly shown unit is to have, and the most by which a curve is stretched for it."""

FALSE_ALARMS = 0.02
"""In how many of the neutral photographs a unit may be present at no cost: less than on others is aimed at."""

DEARER, EXCESS = 2.0, 0.4
"""How much dearer a false alarm beyond these is than a unit that is missed. Many a face that voters called neutral has its brows a little up or
down: with no false alarms at all hardly any lowered brow would be told. And how much a share above the published one counts: nearly everybody's
smile is stronger than a pose's."""

WITHOUT = 0.05
"""False alarms of units that belong to no emotion, which have nothing to weigh them against."""

LOWEST, HIGHEST = 0.5, PLAIN
"""The least that is left of a threshold fitted on rendered people, and the highest there is: what is told as plain is present."""

MOST = 0.06
"""False alarms that no threshold is lowered beyond."""

LEFT = ("AU06", "AU25", "AU43")
"""Units whose threshold stays: people called happy laugh where those of the table smiled, and who was called neutral may well have parted the
lips or closed the eyes."""

FEWEST = 40
"""Neutral photographs below which nothing is fitted."""

CLOSED = ("AU17", "AU23", "AU24")
"""Units that show on closed lips only. Who is called angry in photographs mostly shouts, who posed anger for coders pressed the lips: the
published shares of these units are asked of the pictures whose lips are together."""

PARTED = 1.0
"""The output for AU25 from which on lips count as parted."""


def strong(votes: np.ndarray) -> dict[str, np.ndarray]:
    """For each emotion the pictures ``[N]`` that it was nearly everybody's word for."""
    return {e: votes[:, i] >= (NEUTRAL if e == "neutral" else STRONG) for i, e in enumerate(EMOTIONS)}


def asked_of(name: str, groups: dict[str, np.ndarray], au: np.ndarray) -> dict[str, np.ndarray]:
    """The pictures of each emotion that may be asked of a unit, by the outputs ``au [N, 20]``: for some those with closed lips only."""
    if name not in CLOSED:
        return groups
    closed = au[:, AUS.index("AU25")] < PARTED
    return {emotion: mask & closed for emotion, mask in groups.items()}


def wanted(name: str, groups: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The published shares of a unit in the emotions that have any pictures, and for each picture the share of its emotion
    (zero for the other emotions' and where nothing is known)."""
    shares, of_picture = [], np.zeros(len(next(iter(groups.values()))))
    for emotion, units in PUBLISHED_SHARES.items():
        share = units.get(int(name[2:]))
        if share is not None and groups[emotion].any():
            shares.append(share)
            of_picture[groups[emotion]] = share
    return np.array(shares), of_picture


def reach(curves: dict, raw: np.ndarray, votes: np.ndarray) -> dict:
    """``curves`` stretched, by up to ``FARTHEST``, where a unit that plainly shows in photographs would be told weaker than ``PLAIN``.

    Of the pictures of a unit's emotions the share that should show it is taken by its output, and the middle one of these is a plain case.
    """
    groups, result = strong(votes), dict(curves)
    for i, name in enumerate(AUS):
        shares, of_picture = wanted(name, asked_of(name, groups, raw))
        if name not in curves or not len(shares) or (of_picture > 0).sum() < FEWEST:
            continue
        mine = raw[of_picture > 0, i]
        plain = float(np.quantile(mine, 1 - of_picture[of_picture > 0].mean() / 2))
        x, y = np.array(curves[name]["x"]), np.array(curves[name]["y"])
        told = float(np.interp(plain, x, y))
        factor = min(FARTHEST, PLAIN / max(told, 1e-3))
        if factor > 1:
            # Up to the plain case by the factor, beyond it by less and less, so that the scale's end stays where it is.
            high = max(float(y[-1]), told * factor)
            beyond = told * factor + (y - told) * (high - told * factor) / max(float(y[-1]) - told, 1e-6)
            stretched = np.where(y <= told, y * factor, beyond)
            knots = sorted({*x.tolist(), round(plain, 4)})
            values = np.interp(knots, [*x[x < plain], plain, *x[x > plain]], [*stretched[x < plain], told * factor, *stretched[x > plain]])
            result[name] = {"x": knots, "y": [round(min(MAX_INTENSITY, float(v)), 4) for v in np.maximum.accumulate(values)]}
    return result


def thresholds(curves: dict, raw: np.ndarray, votes: np.ndarray, before: dict, fitted: bool = False) -> dict:
    """Thresholds on calibrated intensities. Of a unit that belongs to emotions: where its shares in them are nearest the published ones, false
    alarms on neutral photographs beyond ``FALSE_ALARMS`` counting ``DEARER``; of another: where false alarms are ``WITHOUT``. None is below
    ``LOWEST`` of that ``before`` or above ``HIGHEST``. ``off`` is seven tenths. With ``before`` that were ``fitted`` for people already, units of no emotion
    keep at least theirs, or they would be halved with each version."""
    groups, result = strong(votes), dict(before)
    neutral = groups["neutral"]
    if neutral.sum() < FEWEST:
        return result
    for i, name in enumerate(AUS):
        if name in LEFT:
            continue
        curve = curves.get(name)
        said = np.interp(raw[:, i], curve["x"], curve["y"]) if curve else raw[:, i]
        asked = asked_of(name, groups, raw)
        mine = {e: asked[e] for e, units in PUBLISHED_SHARES.items() if int(name[2:]) in units and asked[e].sum() >= FEWEST / 4}
        former = before.get(name, {"on": 1.0})["on"]
        least = LOWEST * former
        # Higher than it was only for false alarms, and no higher than they need.
        enough = max(former, float(np.quantile(said[neutral], 1 - FALSE_ALARMS)))
        least = max(least, min(former, float(np.quantile(said[neutral], 1 - MOST))))
        candidates = [on for on in np.arange(0.2, min(HIGHEST, enough) + 0.05, 0.05) if on >= least] or [least]  # a former threshold may lie above them all
        if mine:
            costs = [_cost(said, on, name, mine, neutral) for on in candidates]
            on = candidates[int(np.argmin(costs))]
        else:
            on = min(HIGHEST, max(former if fitted else least, float(np.quantile(said[neutral], 1 - WITHOUT))))
        result[name] = {"on": round(float(on), 3), "off": round(0.7 * float(on), 3)}
    return result


def _cost(said: np.ndarray, on: float, name: str, mine: dict[str, np.ndarray], neutral: np.ndarray) -> float:
    """How far a threshold is from what is wanted of a unit."""
    away = [float((said[mask] >= on).mean()) - PUBLISHED_SHARES[e][int(name[2:])] for e, mask in mine.items()]
    return float(np.mean([EXCESS * a if a > 0 else -a for a in away])) + DEARER * max(0.0, float((said[neutral] >= on).mean()) - FALSE_ALARMS)
