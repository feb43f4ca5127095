"""Flicker: how much every output moves while nothing does.

Either frames of a still face are made from held-out photographs (sensor noise, and the crop moved by as much as landmarks jitter), or
the records of the daemon on a still clip are read, which hold raw and smoothed intensities.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch

from ..labels import AUS
from ..train.augment import Augmenter
from ..train.config import AugmentConfig
from ..train.pools import Pool
from .bundle import Bundle

SHIFT = 0.004
"""Standard deviation of the crop's place is about this share of its side: 0.2 pixels of 96, the tracker's own jitter on a still face."""


def photographs(bundle: Bundle, pool: Pool, faces: int = 40, frames: int = 50, seed: int = 1) -> dict:
    """Standard deviation over time of each raw and of each smoothed unit, mean over faces; and of the emotions.

    Smoothing here is an exponential average with a time constant of five frames; the daemon's filter is measured from its records.
    """
    still = {k: 0.0 for k in AugmentConfig.__dataclass_fields__}
    size = pool.crop.shape[-1]
    jitter = AugmentConfig(**(still | {"shift": SHIFT, "rotation": 0.3, "scale": 0.004, "noise": 0.02}))
    augmenter = Augmenter(jitter, size, torch.Generator().manual_seed(seed))
    rng = np.random.default_rng(seed)
    raw, smooth, emotion = [], [], []
    for index in rng.choice(len(pool), min(faces, len(pool)), replace=False):
        crops = augmenter.faces(pool.crop[index].expand(frames, -1, -1), torch.zeros(frames, dtype=torch.bool))
        crops = (crops[:, 0] * 255).round().to(torch.uint8).numpy()
        geometry = pool.geometry[index].float().numpy()[None] + rng.normal(0, 0.02, (frames, pool.geometry.shape[1]))
        outputs = bundle.predict(crops, geometry)
        raw.append(outputs["au"].std(0))
        smooth.append(exponential(outputs["au"], 5.0)[10:].std(0))
        scaled = outputs["emotion"] / bundle.manifest["emotion_temperature"]
        probability = np.exp(scaled - scaled.max(1, keepdims=True))
        emotion.append((probability / probability.sum(1, keepdims=True)).std(0))
    raw, smooth = np.mean(raw, 0), np.mean(smooth, 0)
    return {
        "faces": len(emotion),
        "raw": float(raw.mean()),
        "smoothed": float(smooth.mean()),
        "emotion": float(np.mean(emotion)),
        "units": {name: {"raw": float(a), "smoothed": float(b)} for name, a, b in zip(AUS, raw, smooth, strict=True)},
    }


def exponential(values: np.ndarray, frames: float) -> np.ndarray:
    """First-order exponential smoothing along the first axis with a time constant in frames."""
    share, result = 1 - np.exp(-1 / frames), np.empty_like(values)
    result[0] = values[0]
    for i in range(1, len(values)):
        result[i] = result[i - 1] + share * (values[i] - result[i - 1])
    return result


def records(path: Path) -> dict:
    """The same from the daemon's JSON Lines of a still clip: raw and smoothed, for the track seen most."""
    tracks: dict[int, list[dict]] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            for face in json.loads(line).get("faces", []):
                tracks.setdefault(face["track"], []).append(face)
        except (json.JSONDecodeError, KeyError, AttributeError) as error:
            raise ValueError(f"{path}:{number}: not a frame record: {error}") from error
    if not tracks:
        raise ValueError(f"{path}: no face in any record")
    faces = max(tracks.values(), key=len)
    units = {
        name: {"raw": float(np.std([f["au_raw"][name] for f in faces])), "smoothed": float(np.std([f["au"][name] for f in faces]))}
        for name in AUS
    }
    return {
        "frames": len(faces),
        "raw": float(np.mean([u["raw"] for u in units.values()])),
        "smoothed": float(np.mean([u["smoothed"] for u in units.values()])),
        "units": units,
    }
