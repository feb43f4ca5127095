"""Figures on real clips: who is who across time, and the gaze beside MediaPipe's iris landmarks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from torch import nn

from ..teacher.facemesh import FaceMesh
from . import clips
from .measure import rates, verification
from .pools import pair
from .tasks import embeddings, gaze_answers

#: Middles of the irises, subject's left first, in FaceLandmarker's 478 landmarks, and the corners of each eye.
_IRIS, _CORNERS = (473, 468), ((263, 362), (33, 133))
#: Eyes whose lids are closer than this do not look anywhere.
_OPEN = 0.16


def read_clips(files: list[Path], mesh: Path | str, every: int = 4, most: int = 60) -> list[clips.Clip]:
    """Each file's face."""
    network = FaceMesh(mesh)
    return [clips.read(file, network, every, most) for file in files]


def joins(
    network: nn.Module, found: list[clips.Clip], strangers: np.ndarray | None, threshold: float, seed: int = 4
) -> dict[str, float]:
    """What a track's identity would do at 200 joins of two people and at 200 of one person with itself (frames of one clip half of it apart
    or less): the share whose cosine is above the threshold, from one face on each side, and from the means of three.

    ``strangers`` (N, 96, 96) are crops of other people, one each, that take part in the joins of two.
    """
    rng = np.random.default_rng(seed)
    told = [embeddings(network, clip.crops) for clip in found]
    person = np.concatenate([np.full(len(t), k) for k, t in enumerate(told)])
    same, other = verification(np.concatenate(told), person)
    out = rates(same, other)
    out |= {"least of one person": float(same.min()), "most of two people": float(other.max())}
    alone = [] if strangers is None else list(embeddings(network, strangers)[:, None])
    everybody = told + [np.repeat(a, 3, 0) for a in alone]

    def some(of: np.ndarray, near: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """One embedding, and the mean of three neighbours."""
        k = int(rng.integers(1, max(2, len(of) - 1))) if near is None else near
        few = of[max(0, k - 1) : k + 2].mean(0)
        return of[min(k, len(of) - 1)], few / np.linalg.norm(few)

    kept = {"two": [], "one": []}
    for _ in range(200):
        a, b = rng.choice(len(everybody), 2, replace=False)
        (x, x3), (y, y3) = some(everybody[a]), some(everybody[b])
        kept["two"].append((x @ y, x3 @ y3))
        long = told[int(rng.integers(len(told)))]
        (x, x3), (y, y3) = some(long), some(long)
        kept["one"].append((x @ y, x3 @ y3))
    for name, values in kept.items():
        share = (np.asarray(values) > threshold).mean(0)
        out[f"joins of {name}, kept (one face)"], out[f"joins of {name}, kept (three faces)"] = map(float, share)
    return out


def gaze(network: nn.Module, found: list[clips.Clip], irises: Path) -> dict[str, dict[str, float]]:
    """Correlations of the gaze in the head's frame with where MediaPipe puts the iris between the corners, by clip (``iris.py`` wrote ``irises``)."""
    out = {}
    for clip in found:
        file = irises / f"{clip.name}.npz"
        if not file.is_file():
            continue
        with np.load(file) as data:
            numbers, points = data["frames"], data["landmarks"]
        _, mine, theirs = np.intersect1d(clip.frames, numbers, return_indices=True)
        points = points[theirs]
        told = gaze_answers(network, pair(clip.eyes[mine]), clip.crops[mine], clip.pose[mine][:, :2])
        across, up, open_ = [], [], []
        for k in (0, 1):
            outer, inner = points[:, _CORNERS[k][0], :2], points[:, _CORNERS[k][1], :2]
            width = (outer - inner) if k == 0 else (inner - outer)
            length = np.linalg.norm(width, axis=1, keepdims=True)
            axis = width / length
            offset = (points[:, _IRIS[k], :2] - (outer + inner) / 2) / length
            across.append((offset * axis).sum(1))
            up.append(-(offset[:, 1] * axis[:, 0] - offset[:, 0] * axis[:, 1]))
            open_.append(told[:, k, 5] > _OPEN)
        looks = open_[0] & open_[1]
        if looks.sum() < 8:
            continue
        yaw, pitch = told[looks, :, 2].mean(1), told[looks, :, 3].mean(1)
        row = {
            "frames": int(looks.sum()),
            "yaw and iris, correlation": np.corrcoef(yaw, np.mean(across, 0)[looks])[0, 1],
            "pitch and iris, correlation": np.corrcoef(pitch, np.mean(up, 0)[looks])[0, 1],
            "spread of the yaw (degrees)": yaw.std(),
            "spread of the pitch (degrees)": pitch.std(),
        }
        out[clip.name] = {name: float(value) for name, value in row.items()}
    return out
