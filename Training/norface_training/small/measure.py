"""Figures of the trained networks on people who were never learned from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from torch import nn

from ..metrics import roc_auc
from ..world import occluders
from ..world.regions import REGIONS
from . import pools
from .pools import SEEN
from .tasks import GazeTask, VisibilityTask, answers, crops_of, embeddings, gaze_answers, pairs_of

#: Head turned by at most so many degrees, for the figures that say so.
NEAR_FRONT = 30.0


def verification(embedding: np.ndarray, person: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cosines of all pairs of rows: of one person, and of two."""
    cosine = embedding @ embedding.T
    first, second = np.triu_indices(len(person), 1)
    same = person[first] == person[second]
    values = cosine[first, second]
    return values[same], values[~same]


def rates(same: np.ndarray, other: np.ndarray) -> dict[str, float]:
    """AUC, and the share of one person's pairs accepted where one pair of two people in 100, or in 1000, is."""
    truth = np.concatenate([np.ones(len(same)), np.zeros(len(other))])
    out = {"pairs_same": len(same), "pairs_other": len(other), "auc": roc_auc(truth, np.concatenate([same, other]))}
    for name, share in (("tpr_at_1e-2", 1e-2), ("tpr_at_1e-3", 1e-3)):
        out[name] = float((same > threshold_at(other, share)).mean())
    return out


def threshold_at(other: np.ndarray, share: float) -> float:
    """The value above which that share of ``other`` lies."""
    return float(np.quantile(other, 1 - share))


def identity(network: nn.Module, cache: Path, test: str, photographs: str | None) -> tuple[dict, dict[str, float]]:
    """Figures, and thresholds chosen on the photographs validated on (the rendered people's test set where there are none)."""
    figures: dict[str, dict] = {}
    rendered = pools.worlds(cache, (test,), ("crop", "visible"))
    rendered = rendered.take(np.flatnonzero(rendered["visible"].astype(np.float32).mean(1) > 0.45))
    rows = pairs_of(rendered, 3000)
    same, other = verification(embeddings(network, rendered["crop"][rows]), rendered.person[rows])
    figures["rendered people never seen"] = rates(same, other)
    chosen = other
    if photographs:
        photos = pools.photographs(cache, photographs, ("crop", "plain"))
        photos = photos.take(np.flatnonzero(photos["plain"] == 1))
        _, validation, test_rows = pools.photo_split(photos)
        for name, rows in (("photographs validated on", validation), ("photographs of people never seen", test_rows)):
            part = photos.take(rows)
            part = part.take(pairs_of(part, 1500))
            same, other = verification(embeddings(network, part["crop"]), part.person)
            figures[name] = rates(same, other)
            if name == "photographs validated on":
                chosen = other
    return figures, distances(chosen)


def distances(other: np.ndarray) -> dict[str, float]:
    """What decides who is who, as distances of two embeddings (of cosine c: sqrt(2 - 2 c)).

    ``other`` are cosines of two people's pictures. ``sure``: one pair of strangers in 1000 is nearer; ``alike``: one in 100; ``unlike``: two fifths of
    the way from there to the strangers' middle, beyond what a person's frames of one recording were from their own mean (0.78 at most in four
    clips); ``margin``: a fifth of that way.
    """
    far = lambda cosine: float(np.sqrt(max(0.0, 2 - 2 * cosine)))
    sure, alike, middle = (far(threshold_at(other, share)) for share in (1e-3, 1e-2, 0.5))
    return {"sure": sure, "alike": alike, "unlike": alike + 0.4 * (middle - alike), "margin": (middle - alike) / 5}


def gaze(network: nn.Module, cache: Path, test: str) -> dict[str, float]:
    """Errors on rendered people never seen, degrees in the mean of the distance between two directions' yaws and pitches."""
    faces = pools.worlds(cache, (test,), (*GazeTask.FIELDS, "pose", "distance"))
    rows = pools.gaze_rows(faces)
    told = gaze_answers(network, rows["eyes"], rows["crop"], rows["pose"])
    wrong = told[..., :4] - rows["gaze"]
    error = np.linalg.norm(wrong.reshape(-1, 2, 2, 2), axis=3)
    front = (np.abs(faces["pose"][:, :2]).max(1) <= NEAR_FRONT)[:, None]
    size = faces["distance"][:, None]
    looks, out = rows["looks"], {}
    near = looks & front
    spread = np.linalg.norm((rows["gaze"][near] - rows["gaze"][near].mean(0)).reshape(-1, 2, 2), axis=2).mean(0)
    out["eyes"] = int(near.sum())
    out["view, head turned to 30 (degrees)"], out["head's frame, to 30 (degrees)"] = error[near].mean(0)
    out["view, who always says the mean (degrees)"], out["head's frame, the same (degrees)"] = spread
    out["view, median (degrees)"] = np.median(error[near][:, 0])
    for low, high in ((12, 24), (24, 48), (48, 1000)):
        some = near & (size >= low) & (size < high)
        if some.any():
            out[f"view, {low}-{high if high < 1000 else 'more'} pixels between the eyes (degrees)"] = error[some][:, 0].mean()
    if (looks & ~front).any():
        out["view, head turned farther (degrees)"] = error[looks & ~front][:, 0].mean()
    for k, name in enumerate(("view yaw", "view pitch", "head's yaw", "head's pitch")):
        out[f"{name}, mean error to 30 (degrees)"] = np.abs(wrong[near][:, k]).mean()
        out[f"correlation of {name}, to 30"] = np.corrcoef(told[near][:, k], rows["gaze"][near][:, k])[0, 1]
    sure = told[..., 4] <= np.median(told[near][:, 4])
    out["view, the half it is surest of (degrees)"] = error[near & sure][:, 0].mean()
    both = near.all(1)
    if both.any():
        joint = np.linalg.norm(wrong[both].mean(1).reshape(-1, 2, 2), axis=2)
        out["both eyes' mean: view (degrees)"], out["both eyes' mean: head's frame (degrees)"] = joint.mean(0)
        large = size[both][:, 0] >= 48
        if large.any():
            out["both eyes' mean: view, 48 pixels or more (degrees)"] = joint[large, 0].mean()
    seen = rows["seen"]
    out["aperture, mean error"] = np.abs(told[..., 5] - rows["aperture"])[seen].mean()
    out["aperture, correlation"] = np.corrcoef(told[..., 5][seen], rows["aperture"][seen])[0, 1]
    out["closed (ROC-AUC)"] = roc_auc(rows["closed"][seen], told[..., 6][seen])
    out["seen (ROC-AUC)"] = roc_auc(seen.ravel(), told[..., 7].ravel())
    return {name: value if isinstance(value, int) else float(value) for name, value in out.items()}


def visibility_threshold(network: nn.Module, photos: pools.Faces, share: float = 0.01) -> float:
    """Below which a region counts as hidden, so that in that share of plain photographs some region does."""
    plain = photos.take(np.flatnonzero(photos["plain"] == 1))
    least = np.where(VisibilityTask.known(plain), answers(network, crops_of(plain["crop"])), 1).min(1)
    return float(min(0.5, np.quantile(least, share)))


def visibility(network: nn.Module, cache: Path, test: str, photographs: str | None) -> tuple[dict, float]:
    """Figures, and the threshold chosen on the photographs validated on (0.5 where there are none)."""
    faces = pools.worlds(cache, (test,), ("crop", "visible", "covered", "pose"))
    told = answers(network, crops_of(faces["crop"]))
    hidden = faces["visible"].astype(np.float32) < SEEN
    front = np.abs(faces["pose"][:, 0]) <= NEAR_FRONT
    figures: dict[str, dict] = {"rendered": {}, "rendered, turned to 30": {}}
    for k, name in enumerate(REGIONS):
        figures["rendered"][name] = roc_auc(hidden[:, k], -told[:, k])
        figures["rendered, turned to 30"][name] = roc_auc(hidden[front, k], -told[front, k])
    threshold = 0.5
    if photographs:
        photos = pools.photographs(cache, photographs, ("crop", "visible", "fitted", "plain", "kinds"))
        _, validation, test_rows = pools.photo_split(photos)
        threshold = visibility_threshold(network, photos.take(validation))
        part = photos.take(test_rows)
        told, known = answers(network, crops_of(part["crop"])), VisibilityTask.known(part)
        shown, plain = part["visible"].astype(np.float32), part["plain"] == 1
        alarm = (told < threshold) & known
        lost = (shown < 0.3) & known & ~plain[:, None]
        row = {
            "plain faces": int(plain.sum()),
            "plain faces with an alarm": float(alarm[plain].any(1).mean()),
            "plain regions with an alarm": float(alarm[plain].mean()),
            "hidden regions": int(lost.sum()),
            "hidden regions told": float(alarm[lost].mean()),
            "pictures with a hidden region told of": float(alarm[lost.any(1)].any(1).mean()),
        }
        for kind in occluders.KINDS:
            of = (part["kinds"] & occluders.bit(kind)) > 0
            if (lost & of[:, None]).any():
                row[f"hidden by {kind}: regions told"] = float(alarm[lost & of[:, None]].mean())
        figures["photographs never seen"] = row
    return figures, threshold
