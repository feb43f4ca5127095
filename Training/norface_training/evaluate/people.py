"""What is ``present`` on real faces: in photographs whose emotion nearly everybody saw, in neutral ones, and in frames coded by eye.

No certified coder's word is among the data. Voters' is: of pictures that most of them called by one emotion, a share near the one published
for people who posed it should show a unit (``labels.PUBLISHED_SHARES``), and of pictures that they called neutral next to none should.
"""

from __future__ import annotations

import numpy as np

from .. import metrics
from ..data.shards import ShardedSet
from ..export.people import asked_of, strong
from ..labels import AUS, PUBLISHED_SHARES
from ..networks.points import GEOMETRY_POINTS, GEOMETRY_SCALE
from ..train.pools import Pool
from .bundle import Bundle


def present(bundle: Bundle, au: np.ndarray) -> np.ndarray:
    """Which units ``[N, 20]`` a single picture's calibrated intensities make present."""
    thresholds = bundle.manifest["thresholds"]
    return au >= np.array([thresholds[name]["on"] for name in AUS])


def shares(bundle: Bundle, pool: Pool) -> dict:
    """Shares of present units by emotion (AU17, 23, 24: of the pictures whose lips are together); how well each unit parts its emotions from neutral (ROC-AUC), whatever its threshold."""
    au = bundle.predict(pool.crop.numpy(), pool.geometry.float().numpy())["au"]
    shown, every = present(bundle, au), strong(pool.votes.numpy())
    neutral, told, distance = every["neutral"], {}, []
    for i, name in enumerate(AUS):
        groups = asked_of(name, every, au)
        mine = [e for e, units in PUBLISHED_SHARES.items() if int(name[2:]) in units]
        hers = np.any([groups[e] for e in mine], axis=0) if mine else np.zeros(len(au), bool)
        both = hers | neutral
        told[name] = {"auc": metrics.roc_auc(hers[both], au[both, i]) if hers.any() and neutral.any() else float("nan")}
        groups = groups | {"neutral": neutral}
        told[name] |= {e: float(shown[mask, i].mean()) if mask.any() else float("nan") for e, mask in groups.items()}
        distance += [abs(told[name][e] - PUBLISHED_SHARES[e][int(name[2:])]) for e in mine if groups[e].any()]
    false_alarms = {name: told[name]["neutral"] for name in AUS}
    return {
        "images": {e: int(mask.sum()) for e, mask in every.items()},
        "distance": float(np.mean(distance)) if distance else float("nan"),
        "false_alarms": float(np.mean(list(false_alarms.values()))),
        "worst": max(false_alarms, key=false_alarms.get),
        "worst_false_alarms": max(false_alarms.values()),
        "units": told,
    }


def clips(bundle: Bundle, source: ShardedSet) -> dict:
    """The coded frames, each read by itself, without smoothing or a baseline: units that show and are present, units that do not show and are
    present all the same, by unit; the mean intensity of those that show."""
    found = source["found"] > 0
    geometry = (source["geometry"][:, GEOMETRY_POINTS].reshape(len(found), -1) * GEOMETRY_SCALE).clip(-8, 8)
    au = bundle.predict(source["crop"], geometry)["au"]
    shown = present(bundle, au)
    shows, absent = (source["shows"] > 0) & found[:, None], (source["known"] > 0) & (source["shows"] == 0) & found[:, None]
    units = {}
    for i, name in enumerate(AUS):
        units[name] = {
            "shows": int(shows[:, i].sum()), "hits": int((shown & shows)[:, i].sum()),
            "absent": int(absent[:, i].sum()), "false_alarms": int((shown & absent)[:, i].sum()),
            "intensity": float(au[shows[:, i], i].mean()) if shows[:, i].any() else None,
            "intensity_absent": float(au[absent[:, i], i].mean()) if absent[:, i].any() else None,
        }  # fmt: skip
    known = shows | absent
    return {
        "frames": int(found.sum()),
        "hits": float((shown & shows).sum() / max(1, shows.sum())),
        "false_alarms": float((shown & absent).sum() / max(1, absent.sum())),
        "auc": metrics.roc_auc(shows[known], au[known]),
        "units": units,
    }
