"""What a small network's training is: one YAML file under ``configs/small``, every key checked."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path

import yaml

from ..train.config import AugmentConfig
from .networks import NETWORKS


@dataclass(frozen=True)
class SmallConfig:
    """
    Attributes:
        task: ``identity``, ``visibility`` or ``gaze``.
        worlds: rendered sets that are learned from; ``photographs``: a set of photographs, or none.
        validation: one person in so many is kept to validate on (rendered people), by number.
        steps, batch, lr, final, warmup, ema, seed: the schedule (one cosine from ``lr`` to ``lr * final``), pictures a step, the averaged
            weights' memory.
        each: pictures of a person in a batch (identity). ``photo_share``: the part of a batch that is photographs.
        temperature: of the supervised contrastive loss.
        augment: strengths, see ``train/augment.py``; ``least_scale``: the coarsest resolution, as a share of the crop's.
        minutes: a checkpoint at least this often.
    """

    task: str
    worlds: tuple[str, ...] = ("world",)
    photographs: str | None = "photographs"
    validation: int = 12
    steps: int = 3000
    batch: int = 96
    lr: float = 2e-3
    final: float = 0.02
    warmup: int = 100
    ema: float = 0.995
    seed: int = 1
    each: int = 4
    photo_share: float = 0.5
    temperature: float = 0.1
    weight_decay: float = 0.02
    least_scale: float = 0.25
    minutes: float = 5.0
    augment: AugmentConfig = field(default_factory=AugmentConfig)

    def __post_init__(self):
        if self.task not in NETWORKS:
            raise ValueError(f"task must be one of {sorted(NETWORKS)}, not {self.task!r}")
        for name in ("steps", "batch", "each", "validation"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")
        if not 0 <= self.photo_share <= 1 or not 0 < self.least_scale <= 1:
            raise ValueError("photo_share and least_scale are shares")


def load(path: Path | str) -> SmallConfig:
    """Reads a file. Raises ``ValueError`` naming an unknown key or a value that cannot be."""
    path = Path(path)
    values = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    try:
        _known(values, SmallConfig)
        augment = values.pop("augment", {})
        _known(augment, AugmentConfig)
        if "worlds" in values:
            values["worlds"] = tuple(values["worlds"])
        return SmallConfig(**values, augment=AugmentConfig(**augment))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from None


def _known(values: dict, kind: type) -> None:
    known = {f.name for f in fields(kind)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise ValueError(f"unknown keys {unknown}; known are {sorted(known)}")
