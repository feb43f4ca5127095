"""Who is drawn, before which camera, with what expression: samples of a world's people and cameras."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from ..data.sources import SourceError
from ..heads import dress
from ..heads.expression import ExpressionSampler
from ..heads.gl import Camera
from ..heads.person import Person, sample_borrowed, sample_person
from ..heads.render import blended
from ..heads.studio import GAZE, Studio
from .config import WorldConfig

#: Worlds of different seeds have people of numbers this far apart.
_APART = 50_000_000


class Sampler:
    """Draws people, cameras and expressions as a configuration wants them."""

    def __init__(self, config: WorldConfig, studio: Studio, cache: Path | None):
        """Raises ``SourceError`` where the configuration wants photographs' skins that the cache lacks."""
        self.config, self.studio, self.model = config, studio, studio.model
        self.expressions = ExpressionSampler(studio.model)
        self.skins = None
        if config.skins > 0:
            file = None if cache is None else cache / "skins.npz"
            if file is None or not file.is_file():
                raise SourceError(f"{file}: no skins; make them with heads.skins, or set skins to 0")
            with np.load(file) as skins:
                self.skins = {key: skins[key] for key in skins.files}
            some = self.skins["texture"][:: max(1, len(self.skins["tone"]) // 300)]
            self.middle = np.log(some.clip(2).astype(np.float32)).mean(0)

    def person(self, number: int) -> tuple[Person, int]:
        """The person of this number, and the identity's: whoever wears one photograph's skin alone is one person."""
        seed = number + self.config.seed * _APART
        rng = np.random.default_rng([seed, 7021])
        if self.skins is None or rng.uniform() >= self.config.skins:
            return sample_person(seed, self.studio.variants), number
        count = len(self.skins["tone"])
        lent = lambda k: (self.skins["texture"][k], self.skins["identity"][k], self.skins["tone"][k])
        k = int(rng.integers(count))
        skin, identity = lent(k), number
        if rng.uniform() < 0.75:
            skin = blended(skin, lent(int(rng.integers(count))), self.middle, rng)
        else:
            identity = -1 - int(self.skins["person"][k])
        texture, shape, tone = skin
        borrowed = sample_borrowed(seed, self.studio.variants, texture.astype(np.float32) / 128, shape, float(tone))
        return borrowed, identity

    def dressed(self, rng: np.random.Generator, number: int) -> tuple[Person, int]:
        """The person as in this picture: perhaps with other hair, other or no glasses."""
        person, identity = self.person(number)
        if rng.uniform() < self.config.redressed:
            other = sample_person(int(rng.integers(1 << 40)), self.studio.variants)
            person = replace(person, hair=other.hair, glasses=other.glasses if rng.uniform() < 0.6 else None)
        if rng.uniform() < self.config.sunglasses:
            other = sample_person(int(rng.integers(1 << 40)), self.studio.variants)
            style = other.glasses or dress.Glasses(rng.uniform(2.3, 3.1), rng.uniform(1.6, 2.5), rng.uniform(2, 4.5))
            person = replace(person, glasses=replace(style, lens=(rng.uniform(0.005, 0.06), rng.uniform(0.8, 1))))
        return person, identity

    def camera(self, rng: np.random.Generator) -> Camera:
        """A camera before a head that may look anywhere within the configuration's bounds."""
        c, normal = self.config, rng.normal
        distance = float(np.exp(rng.uniform(np.log(38), np.log(250))))
        if rng.uniform() < c.still:
            yaw, pitch = normal(0, 5), normal(0, 4)
        else:
            yaw, pitch = normal(0, c.yaw), normal(-2, c.pitch)
        roll = rng.uniform(-180, 180) if rng.uniform() < c.roll_any else float(np.clip(normal(0, c.roll), -45, 45))
        yaw, pitch = np.clip([yaw, pitch], [-c.yaw_limit, -c.pitch_limit], [c.yaw_limit, c.pitch_limit])
        focal = np.exp(rng.uniform(*np.log(c.between))) * distance / 6.4
        offset = normal(0, 5, 2) + [0, 0.02 * c.size]
        return Camera(c.size, c.size, float(focal), distance, tuple(map(float, offset)), float(yaw), float(pitch), float(roll))

    def expression(self, rng: np.random.Generator) -> np.ndarray:
        """Coefficients with any gaze, the eyes converging on something 25 cm or more away."""
        worn = self.expressions.sample(rng)
        index, (turn_limit, lift_limit) = self.model.index, self.config.gaze_limit
        turn, lift = rng.normal(0, self.config.gaze[0]), rng.normal(-2, self.config.gaze[1])
        if rng.uniform() < 0.2:
            turn, lift = turn * 0.2, lift * 0.2
        turn, lift = np.clip([turn, lift], [-turn_limit, -lift_limit], [turn_limit, lift_limit])
        converge = np.degrees(np.arctan(3.2 / np.exp(rng.uniform(np.log(25), np.log(600)))))
        for side, sign in (("L", 1.0), ("R", -1.0)):
            # The subject's left is the image's right: to converge, the left eye turns to the image's left.
            own = (turn - sign * converge) * sign / GAZE[0]
            worn[index[f"eyeLookOut_{side}"]], worn[index[f"eyeLookIn_{side}"]] = max(own, 0), max(-own, 0)
            worn[index[f"eyeLookUp_{side}"]], worn[index[f"eyeLookDown_{side}"]] = (
                max(lift, 0) / GAZE[1],
                max(-lift, 0) / GAZE[1],
            )
        return worn
