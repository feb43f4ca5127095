"""A person: everything about a rendered head that stays while the expression changes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .brows import Brow
from .wrinkles import CHANNELS

#: Bits of the field ``flags``.
GLASSES, OCCLUDER, BEARD, HAT, PHOTO_SKIN, SUNGLASSES, COARSE = 1, 2, 4, 8, 16, 32, 64

#: Where brows are painted, from the model's own brow landmarks, in texture units (0.01 is 0.28 cm). Painted on those landmarks they lie
#: 5 to 6 mm higher above the eye than in photographs of people at rest, and a network learns that a person's resting brows are drawn down.
RESTING_BROW = -0.0195


@dataclass
class Hair:
    """``style``: bald, cropped, full, long, hat. ``line`` is the hairline's height at the middle, in cm of the neutral head."""

    style: str = "cropped"
    line: float = 10.2
    temple: float = 0.0
    thickness: float = 0.5
    albedo: float = 0.05
    grey: float = 0.0
    parting: float = 0.0


@dataclass
class Glasses:
    """Lengths in cm; ``lens`` is the lens's albedo and opacity."""

    width: float = 2.6
    height: float = 2.0
    square: float = 2.5
    rim: float = 0.16
    rim_albedo: float = 0.02
    lens: tuple[float, float] = (0.3, 0.08)
    drop: float = 0.3


@dataclass
class Person:
    """Albedos are linear, 0-1; ``seed`` fixes all that is painted at random. ``skin`` (S, S), relative to ``tone``, replaces the
    painted skin with a photograph's."""

    seed: int = 0
    identity: np.ndarray = field(default_factory=lambda: np.zeros(100, np.float32))
    tone: float = 0.42
    blotches: float = 0.05
    pores: float = 0.04
    freckles: float = 0.0
    lips: float = 0.68
    sockets: float = 0.12
    liner: float = 0.5
    shadow: float = 0.0
    rouge: float = 0.06
    brow: Brow = field(default_factory=Brow)
    beard: float = 0.0
    moustache: float = 0.0
    beard_length: float = 0.0
    hair: Hair = field(default_factory=Hair)
    glasses: Glasses | None = None
    iris: float = 0.08
    sclera: float = 0.55
    pupil: float = 0.17
    variant: int = 0
    gains: np.ndarray = field(default_factory=lambda: np.ones(len(CHANNELS), np.float32))
    resting: np.ndarray = field(default_factory=lambda: np.zeros(len(CHANNELS), np.float32))
    depth: float = 0.10
    dirt: float = 0.5
    shine: float = 0.05
    skin: np.ndarray | None = None

    @property
    def flags(self) -> int:
        """Bits for the set's ``flags``."""
        out = BEARD if max(self.beard, self.moustache) > 0.3 else 0
        out |= PHOTO_SKIN if self.skin is not None else 0
        out |= HAT if self.hair.style == "hat" else 0
        if self.glasses is not None:
            out |= GLASSES | (SUNGLASSES if self.glasses.lens[1] > 0.5 else 0)
        return out


def common_person() -> Person:
    """The one person everybody is normalized to: the mean head, even skin, short hair, clear wrinkles."""
    person = Person(seed=1, variant=0, depth=0.11, dirt=0.9)
    person.gains = np.full(len(CHANNELS), 1.0, np.float32)
    person.hair = Hair("cropped", line=10.4, thickness=0.35, albedo=0.06)
    person.brow = Brow(darkness=0.8)
    person.pores = 0.0
    person.blotches = 0.0
    return person


def sample_person(seed: int, variants: int) -> Person:
    """A random person, the same for the same seed."""
    rng = np.random.default_rng([seed, 7001])
    u, n = rng.uniform, rng.normal
    person = Person(seed=seed)
    spread = np.float32(u(0.6, 1.15))
    person.identity = (rng.standard_normal(100) * spread).clip(-2.6, 2.6).astype(np.float32)
    person.tone = float(np.exp(u(np.log(0.13), np.log(0.66))))
    female, age = u() < 0.5, u()
    person.blotches = u(0.01, 0.06)
    person.pores = u(0.0, 0.04)
    person.freckles = u(0.1, 0.5) if u() < 0.15 else 0.0
    person.lips = u(0.5, 0.9) if not (female and u() < 0.4) else u(0.25, 0.6)
    person.sockets = u(0.0, 0.3)
    person.liner = u(0.25, 0.6) + (u(0.1, 0.35) if female else 0)
    person.shadow = u(0, 0.3) if female and u() < 0.3 else 0.0
    person.rouge = u(-0.02, 0.14)
    hair_albedo = float(np.exp(u(np.log(0.015), np.log(0.30))))
    hair_albedo = min(hair_albedo, person.tone * 0.8) if u() < 0.85 else hair_albedo
    grey = age > 0.75 and u() < 0.6
    dark = float(np.clip(1 - hair_albedo / person.tone * 0.9, 0.25, 0.93))
    person.brow = Brow(
        thickness=u(0.010, 0.018) if female else u(0.014, 0.027),
        raised=n(0, 0.007) + RESTING_BROW,
        arch=u(-0.004, 0.012),
        density=u(0.7, 1.6) if not female else u(0.5, 1.4),
        darkness=dark * u(0.85, 1),
        gap=u(-0.08, 0.08),
        length=u(0.85, 1.05),
        fuzz=u(0.1, 0.6),
    )
    if not female:
        if u() < 0.45:
            person.beard = u(0.08, 0.4) if u() < 0.6 else u(0.4, 0.9)
        person.moustache = float(np.clip(person.beard + u(-0.2, 0.3), 0, 0.9)) if u() < 0.5 else 0.0
        person.beard_length = u(0, 0.5) if person.beard > 0.5 else 0.0
    style = rng.choice(
        ["bald", "cropped", "full", "long", "hat"],
        p=[0.03, 0.12, 0.25, 0.52, 0.08] if female else [0.16, 0.40, 0.30, 0.05, 0.09],
    )
    person.hair = Hair(
        str(style),
        line=float(np.clip(n(9.9, 0.8) + (0.8 * age if not female else 0), 7.6, 12.2)),
        temple=u(-1, 1.5),
        thickness={"bald": 0.0, "cropped": u(0.1, 0.5), "full": u(0.5, 1.8), "long": u(0.4, 1.5), "hat": u(0.5, 1.2)}[
            str(style)
        ],
        albedo=u(0.2, 0.5) if grey else hair_albedo,
        grey=u(0.3, 1) if grey else 0.0,
        parting=u(-4, 4),
    )
    if style == "hat":
        person.hair.albedo = float(np.exp(u(np.log(0.02), np.log(0.7))))
        person.hair.line = u(7.3, 10.0)
    elif style in ("full", "long") and u() < 0.25:
        person.hair.line = u(6.8, 8.6)
    if u() < 0.2:
        sun = u() < 0.15
        person.glasses = Glasses(
            width=u(2.2, 3.1),
            height=u(1.4, 2.6),
            square=u(2, 4.5),
            rim=u(0.05, 0.28),
            rim_albedo=float(np.exp(u(np.log(0.01), np.log(0.5)))),
            lens=(u(0.01, 0.05), u(0.75, 1)) if sun else (u(0.1, 0.9), u(0.0, 0.18)),
            drop=u(-0.1, 0.8),
        )
    person.iris = float(np.exp(u(np.log(0.015), np.log(0.22))))
    person.sclera = u(0.38, 0.72)
    person.pupil = u(0.12, 0.24)
    person.variant = int(rng.integers(variants))
    strength = 0.25 + 0.95 * age * u(0.6, 1.2) + u(0, 0.3)
    person.gains = (strength * np.exp(n(0, 0.35, len(CHANNELS)))).astype(np.float32)
    person.resting = ((max(0.0, age - 0.45) * 0.9) * rng.beta(1.2, 4, len(CHANNELS)) * 1.2).astype(np.float32)
    person.resting[[k for k, name in enumerate(CHANNELS) if name in ("lips", "purse", "chin", "crease")]] *= 0.4
    half = len([c for c in CHANNELS if "_" in c])
    for k in range(0, half, 2):
        both = person.resting[k : k + 2].mean()
        person.resting[k : k + 2] = 0.75 * both + 0.25 * person.resting[k : k + 2]
        person.gains[k : k + 2] = 0.8 * person.gains[k : k + 2].mean() + 0.2 * person.gains[k : k + 2]
    person.depth = u(0.06, 0.14)
    person.dirt = u(0.4, 1.0)
    person.shine = u(0.0, 0.12)
    return person


def sample_borrowed(seed: int, variants: int, skin: np.ndarray, identity: np.ndarray, tone: float) -> Person:
    """A person with a photograph's skin and shape; hair, glasses, wrinkles and eyes are sampled."""
    person = sample_person(seed, variants)
    rng = np.random.default_rng([seed, 7005])
    person.skin = skin
    person.identity = (identity + rng.normal(0, 0.15, len(identity))).clip(-3, 3).astype(np.float32)
    person.tone = float(np.clip(tone * np.exp(rng.normal(0, 0.15)), 0.08, 0.7))
    person.hair.line = float(rng.uniform(9.4, 11.2))
    person.beard = person.moustache = 0.0
    if person.hair.style != "hat":
        person.hair.albedo = float(min(person.hair.albedo, 0.45 * person.tone))
    if person.hair.style == "hat":
        person.hair.line = float(rng.uniform(8.0, 10.0))
    person.resting *= 0.4
    if person.glasses is not None and rng.uniform() < 0.4:
        person.glasses = None
    return person
