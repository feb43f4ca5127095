"""Painting a person's skin and scalp into textures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from . import brows
from .atlas import Atlas
from .model import HeadModel
from .person import Person
from .uvmap import positions
from .wrinkles import WrinkleBank


def _smooth(value: np.ndarray, low: float, high: float) -> np.ndarray:
    t = np.clip((value - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def hair_cover(place: np.ndarray, line: float, temple: float, hat: bool, wobble: np.ndarray | float = 0.0) -> np.ndarray:
    """0-1 cover of hair at neutral positions (..., 3) in cm: high at the front, down before the ears, low behind.

    The hairline's height runs over the azimuth about the vertical through the head's middle (0 = front).
    """
    x, y, z = place[..., 0], place[..., 1], place[..., 2]
    azimuth = np.degrees(np.arctan2(np.abs(x), z - 1.0))
    if hat:
        height = np.interp(azimuth, [0, 60, 100, 180], [line, line - 0.6, line - 2.0, line - 3.0])
    else:
        height = np.interp(
            azimuth,
            [0, 35, 52, 68, 82, 92, 105, 125, 180],
            [line, line + 0.2 + 0.5 * temple, line - 0.6 + temple, 6.6, 3.0, 2.8, 4.5, -5.0, -8.0],
        )
    return _smooth(y - height + wobble, -0.5, 0.5)


@dataclass
class Painted:
    """A person's textures before the expression: albedo (S, S), static height in cm, and the scalp's finished texture."""

    albedo: np.ndarray
    height: np.ndarray
    scalp: np.ndarray


class Painter:
    """Paints persons over one atlas; holds what all persons share."""

    def __init__(self, model: HeadModel, atlas: Atlas, bank: WrinkleBank, cache=None):
        self.atlas, self.bank = atlas, bank
        file = None if cache is None else f"{cache}/scalp-128.npy"
        try:
            self.scalp_position = np.load(file) if file else positions(model, 128, "M_BackHead")[0]
        except FileNotFoundError:
            self.scalp_position = positions(model, 128, "M_BackHead")[0]
            np.save(file, self.scalp_position)
        a = atlas
        blob = lambda u, v, su, sv: np.exp(-(((a.du - u) / su) ** 2) - ((a.v - v) / sv) ** 2)
        self.socket = blob(0.135, 0.70, 0.075, 0.045) + 0.4 * blob(0.115, 0.75, 0.05, 0.02)
        self.lid = blob(0.145, 0.738, 0.065, 0.018)
        self.cheek = blob(0.19, 0.585, 0.08, 0.06) + 0.7 * blob(0.0, 0.60, 0.05, 0.05)
        p = a.position
        jaw = _smooth(a.du, 0.10, 0.15) * _smooth(0.50 - a.v, -0.06, 0.03) + _smooth(0.335 - a.v, -0.02, 0.02)
        self.beard = np.clip(jaw, 0, 1) * _smooth(p[..., 2], 1.0, 3.0) * (1 - _smooth(-p[..., 1], 8.5, 11)) * (a.du < 0.40)
        self.moustache = _smooth(a.v, 0.475, 0.50) * _smooth(0.545 - a.v, -0.005, 0.015) * (1 - _smooth(a.du, 0.09, 0.125))
        self.ear = (a.du > 0.385) & (a.v > 0.42) & (a.v < 0.70)
        self._liner()
        self.strands = [self._strands(np.random.default_rng(k), a.size) for k in range(6)]
        self.scalp_strands = [self._strands(np.random.default_rng(50 + k), 128) for k in range(6)]

    def _liner(self) -> None:
        a = self.atlas
        upper, lower = [], []
        for ring in (a.landmarks[36:42], a.landmarks[42:48]):
            ring = ring if ring[0, 0] < 0.5 else ring[[3, 2, 1, 0, 5, 4]]
            upper.append(ring[:4])
            lower.append(ring[[0, 5, 4, 3]])
        self.upper_lid = ndimage.gaussian_filter(a.strokes(upper, [2.2] * 2, [1, 1]), 0.6)
        self.lower_lid = ndimage.gaussian_filter(a.strokes(lower, [1.4] * 2, [1, 1]), 0.6)
        crease = [line + [0, 0.016] for line in upper]
        self.crease = ndimage.gaussian_filter(a.strokes(crease, [1.6] * 2, [1, 1]), 1.0)

    @staticmethod
    def _strands(rng, size: int) -> np.ndarray:
        """Noise drawn out along v, as combed hair; zero mean."""
        noise = rng.standard_normal((size, size)).astype(np.float32)
        out = ndimage.gaussian_filter(noise, (size / 24, 0.6)) * 6 + ndimage.gaussian_filter(noise[::-1], (size / 10, 2.5)) * 14
        return out.clip(-2, 2)

    def paint(self, person: Person) -> Painted:
        """The person's own maps."""
        a = self.atlas
        rng = np.random.default_rng([person.seed, 7002])
        albedo = np.full((a.size, a.size), person.tone, np.float32)
        factor = 1 + person.blotches * a.field(rng, 7, 3)
        factor += person.pores * a.field(rng, 90)
        factor -= person.sockets * self.socket + person.shadow * self.lid + person.rouge * self.cheek
        if person.freckles:
            spots = np.clip(a.field(rng, 70) - 1.6, 0, 1) * np.clip(self.cheek + 0.3, 0, 1)
            factor -= person.freckles * spots
        factor *= 1 - (1 - person.lips) * a.lips
        factor *= 1 - person.liner * self.upper_lid
        factor *= 1 - 0.5 * person.liner * self.lower_lid
        factor *= 1 - 0.25 * self.crease
        height = 0.008 * a.field(rng, 60) * (person.pores / 0.04) - 0.06 * self.crease
        if person.beard or person.moustache:
            grain = np.clip(1 + 0.5 * a.field(rng, 110), 0.2, 1.6)
            cover = np.maximum(person.beard * self.beard, person.moustache * self.moustache) * (1 - a.lips)
            factor *= 1 - np.clip(cover * grain, 0, 1) * (1 - min(person.hair.albedo, person.tone) / person.tone * 0.8)
            height += 0.05 * cover * a.field(rng, 90)
        if person.skin is not None:
            albedo *= person.skin
            height = 0.008 * a.field(rng, 60) * (person.pores / 0.04)
        else:
            albedo *= factor.clip(0.05, 1.8)
            hairs = brows.paint(a, person.brow, rng)
            brow_albedo = person.tone * (1 - person.brow.darkness)
            albedo = albedo * (1 - hairs) + brow_albedo * 0.6 * hairs
            height += 0.03 * hairs
        neck = -12.4 + 1.2 * np.sin(person.seed)
        cloth = 0.02 + 0.5 * rng.uniform() ** 2
        albedo = np.where(self._collar(a.position, neck), cloth, albedo)
        albedo, scalp = self._hair(person, albedo, rng, np.where(self._collar(self.scalp_position, neck), cloth, person.tone))
        return Painted(albedo.clip(0.004, 0.95), height.astype(np.float32), scalp)

    @staticmethod
    def _collar(place: np.ndarray, neck: float) -> np.ndarray:
        """Where clothes cover the body: below a neckline that is lower in front."""
        return place[..., 1] - 0.1 * np.abs(place[..., 0]) + 0.12 * place[..., 2] < neck

    def _hair(self, person: Person, albedo: np.ndarray, rng, body: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        a, hair = self.atlas, person.hair
        k = int(rng.integers(len(self.strands)))
        scalp_albedo = body.astype(np.float32)
        bump = np.zeros((128, 128), np.float32)
        if hair.style != "bald":
            hat = hair.style == "hat"
            wobble = (0.05 if hat else 0.3) * a.field(rng, 30, 2) + (0 if hat else 0.25) * self.strands[k]
            cover = hair_cover(a.position, hair.line, hair.temple, hat, wobble) * ~self.ear
            back = hair_cover(self.scalp_position, hair.line, hair.temple, hat)
            cover = cover * min(1.0, 0.75 + hair.thickness)
            texture = (0.1 if hat else 0.35 + 0.3 * hair.grey) * self.strands[k]
            colour = hair.albedo * np.exp(texture)
            albedo = albedo * (1 - cover) + colour * cover
            own = hair.albedo * np.exp((0.1 if hat else 0.35 + 0.3 * hair.grey) * self.scalp_strands[k])
            scalp_albedo = scalp_albedo * (1 - back) + own * back
            bump = 0.15 * self.scalp_strands[k] * back
        scalp = np.full((128, 128, 4), 128, np.uint8)
        scalp[..., 0] = (128 + 60 * bump).clip(0, 255)
        scalp[..., 3] = np.sqrt(scalp_albedo.clip(0.004, 1)) * 255
        return albedo, scalp

    def finish(self, person: Person, painted: Painted, coefficients: np.ndarray) -> np.ndarray:
        """The skin's texture (S, S, 4) uint8 with the expression's wrinkles in bump and shade."""
        a = self.atlas
        folds = self.bank.height(person.variant, coefficients, person.gains, person.resting)
        height = painted.height + person.depth * folds
        gv, gu = np.gradient(height)
        offset = -(gu[..., None] * a.along_u + gv[..., None] * a.along_v)
        albedo = painted.albedo * np.exp(person.dirt * np.clip(folds, -1.6, 0.15))
        out = np.empty((a.size, a.size, 4), np.uint8)
        out[..., :3] = (128 + 63.5 * offset).clip(0, 255)
        out[..., 3] = np.sqrt(albedo) * 255
        return out
