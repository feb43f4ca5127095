"""What a world is drawn from: one YAML file, every key checked."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import yaml


@dataclass(frozen=True)
class WorldConfig:
    """Angles in degrees, shares 0-1, sizes in pixels.

    Attributes:
        name: the set's name in the cache.
        seed: a world of another seed shares no person with this one.
        count, per_person: pictures, and how many of each person. ``shots`` pictures are taken of each drawing, with other things before
            the face and other faults of the camera; ``per_person`` is a multiple of it.
        size: the side of the square that is drawn; the frame is taken from it.
        between: least and largest distance of the eyes' centres when the head is drawn, before the frame loses resolution.
        yaw, pitch: spread (standard deviation) of the head's turn; ``yaw_limit``, ``pitch_limit`` its bounds; ``roll_any`` the share
            of heads at any roll, the others' rolls spread by ``roll``.
        still: the share of heads that look into the camera.
        gaze: spread of the eyes' yaw and pitch in the head's frame; ``gaze_limit`` their bounds.
        occluded, cut, damaged: shares of pictures with something before the face, with a face across the frame's border, and with
            lost parts.
        sunglasses: share of pictures whose person wears opaque glasses.
        coarse: share of frames that lose resolution, down to ``least`` pixels between the eyes.
        redressed: share of pictures in which a person wears other hair or glasses than before.
        skins: share of people with a photograph's skin, where the cache has skins; half of them blends of two people's.
    """

    name: str = "world"
    seed: int = 1
    count: int = 20000
    per_person: int = 8
    shots: int = 2
    size: int = 224
    between: tuple[float, float] = (46.0, 74.0)
    yaw: float = 20.0
    pitch: float = 11.0
    roll: float = 9.0
    yaw_limit: float = 60.0
    pitch_limit: float = 30.0
    roll_any: float = 0.1
    still: float = 0.2
    gaze: tuple[float, float] = (14.0, 10.0)
    gaze_limit: tuple[float, float] = (38.0, 26.0)
    occluded: float = 0.42
    cut: float = 0.06
    damaged: float = 0.03
    sunglasses: float = 0.05
    coarse: float = 0.6
    least: float = 12.0
    redressed: float = 0.3
    skins: float = 0.75

    def __post_init__(self):
        for name in ("roll_any", "still", "occluded", "cut", "damaged", "sunglasses", "coarse", "redressed", "skins"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is a share, not {getattr(self, name)}")
        for name in ("count", "per_person", "size", "seed", "shots"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")
        if self.per_person % self.shots:
            raise ValueError(f"per_person {self.per_person} is no multiple of shots {self.shots}")
        if not 0 < self.least <= self.between[0] <= self.between[1]:
            raise ValueError(f"least {self.least} and between {self.between} are not in order")


def load(path: Path | str) -> WorldConfig:
    """Reads a file. Raises ``ValueError`` naming an unknown key or a value that cannot be."""
    path = Path(path)
    values = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    known = {f.name for f in fields(WorldConfig)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise ValueError(f"{path}: unknown keys {unknown}; known are {sorted(known)}")
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
    try:
        return WorldConfig(**values)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from None
