"""Expressions as faces make them: few units at once, the emotions' prototypes, one-sided ones, speech, and mostly little.

Blinks and gaze come on top, independent of the rest.
"""

from __future__ import annotations

import numpy as np

from ..labels import AU_INDEX, AU_NUMBERS, EMOTION_TO_AU, MAX_INTENSITY, SIDE_NUMBERS
from .model import HeadModel

#: How an action unit (at intensity 1 = FACS E) is worn by the head: coefficient names without side, and weights. The labels
#: are read back from the coefficients through labels.SHAPE_TO_AU, so this table need only be plausible.
AU_TO_SHAPES = {
    1: {"browInnerUp": 1.0}, 2: {"browOuterUp": 1.0}, 4: {"browDown": 1.0}, 5: {"eyeWide": 1.0},
    6: {"cheekSquint": 0.72, "cheekRaiser": 0.72}, 7: {"eyeSquint": 1.0}, 9: {"noseSneer": 1.0}, 10: {"mouthUpperUp": 0.95},
    12: {"mouthSmile": 1.0}, 14: {"mouthDimple": 1.0}, 15: {"mouthFrown": 1.0},
    17: {"mouthShrugLower": 1.0, "mouthShrugUpper": 0.55}, 18: {"mouthPucker": 1.0}, 20: {"mouthStretch": 1.0},
    23: {"mouthPress": 0.7, "mouthRollLower": 0.3, "mouthRollUpper": 0.3}, 24: {"mouthPress": 1.0},
    25: {"jawOpen": 0.18, "mouthLowerDown": 0.5, "mouthUpperUp": 0.12}, 26: {"jawOpen": 0.75},
    28: {"mouthRollLower": 0.95, "mouthRollUpper": 0.9}, 43: {"eyeBlink": 1.0},
}  # fmt: skip

#: Units seldom seen together: raising one lowers the other.
_EXCLUDE = [
    (12, 15),
    (12, 18),
    (20, 18),
    (25, 24),
    (25, 23),
    (25, 28),
    (26, 24),
    (26, 28),
    (5, 43),
    (5, 7),
    (17, 26),
    (28, 24),
    (26, 23),
]

_EMOTION_ODDS = {
    "happiness": 0.22,
    "surprise": 0.13,
    "sadness": 0.15,
    "anger": 0.16,
    "disgust": 0.12,
    "fear": 0.11,
    "contempt": 0.11,
}

#: Expressions that people often make and that drawing units one by one seldom gives: of each unit the chance that it takes part and its
#: range.
POSES: dict[str, tuple[float, dict[int, tuple[float, float, float]]]] = {
    "chin": (0.20, {17: (1.0, 0.3, 1.0), 15: (0.3, 0.1, 0.5), 4: (0.15, 0.1, 0.6), 1: (0.15, 0.1, 0.6)}),
    "chin with pressed lips": (0.17, {17: (1.0, 0.3, 1.0), 24: (1.0, 0.2, 1.0), 15: (0.3, 0.1, 0.6), 4: (0.35, 0.2, 0.9), 7: (0.2, 0.1, 0.6)}),
    "lowered corners": (0.15, {15: (1.0, 0.25, 1.0), 17: (0.6, 0.15, 0.9), 1: (0.35, 0.15, 0.8), 4: (0.3, 0.1, 0.7), 25: (0.15, 0.1, 0.5)}),
    "pressed lips": (0.08, {24: (1.0, 0.2, 1.0), 14: (0.2, 0.1, 0.6), 12: (0.15, 0.1, 0.4), 4: (0.2, 0.1, 0.6)}),
    "tight lips": (0.06, {23: (1.0, 0.2, 1.0), 4: (0.4, 0.2, 0.9), 7: (0.3, 0.1, 0.7)}),
    "pucker": (0.08, {18: (1.0, 0.25, 1.0), 17: (0.25, 0.1, 0.6), 2: (0.15, 0.2, 0.8)}),
    "brows": (0.14, {1: (0.75, 0.2, 1.0), 2: (0.85, 0.2, 1.0), 5: (0.35, 0.1, 0.8), 25: (0.3, 0.1, 0.6), 12: (0.15, 0.1, 0.6)}),
    "wink": (0.05, {43: (1.0, 0.6, 1.0), 6: (0.4, 0.1, 0.7), 12: (0.4, 0.1, 0.7)}),
    "bared teeth": (0.07, {25: (1.0, 0.3, 1.0), 20: (0.6, 0.2, 1.0), 10: (0.5, 0.2, 1.0), 9: (0.3, 0.2, 0.9), 4: (0.4, 0.2, 0.9)}),
}

#: How often a pose is one-sided, as far as its units have sides.
_ONE_SIDED = {"brows": 0.35, "wink": 1.0}

_FREQUENT = np.array([1.3, 1.1, 1.5, 0.8, 1.2, 1.2, 1.0, 1.1, 1.5, 1.1, 1.1, 1.1, 0.8, 0.8, 0.9, 1.1, 1.2, 0.9, 0.6, 0.5])


class ExpressionSampler:
    """Draws coefficient vectors of the head model."""

    def __init__(self, model: HeadModel, posed: float = 0.0):
        """``posed`` is the share of expressions that are one of ``POSES``."""
        self.model, self.posed = model, posed

    def wear(self, intensity: dict[int, tuple[float, float]]) -> np.ndarray:
        """Coefficients (57,) for units with (left, right) intensities 0-1; units without sides use the left's."""
        index = self.model.index
        out = np.zeros(len(index), np.float32)
        for number, (left, right) in intensity.items():
            for shape, weight in AU_TO_SHAPES[number].items():
                if shape in index:
                    out[index[shape]] += weight * max(left, right)
                else:
                    out[index[f"{shape}_L"]] += weight * left
                    out[index[f"{shape}_R"]] += weight * right
        return np.clip(out, 0, 1.05)

    def sample(self, rng: np.random.Generator) -> np.ndarray:
        """One expression with blink, gaze and a trace of everything."""
        if self.posed and rng.uniform() < self.posed:
            return self._posed(rng)
        kind = rng.choice(["calm", "few", "emotion", "speech", "many"], p=[0.16, 0.37, 0.30, 0.09, 0.08])
        units: dict[int, tuple[float, float]] = {}
        if kind == "few":
            self._add(units, rng, rng.choice([1, 2, 3], p=[0.4, 0.4, 0.2]), 0.15, 1.0)
        elif kind == "many":
            self._add(units, rng, rng.integers(4, 7), 0.1, 0.8)
        elif kind == "emotion":
            self._emotion(units, rng)
        elif kind == "calm":
            self._add(units, rng, rng.integers(0, 3), 0.02, 0.25)
        out = self.wear(units)
        if kind == "speech" or (kind in ("few", "emotion") and rng.uniform() < 0.1):
            self._speech(out, rng)
        self._eyes(out, rng)
        return self._trace(out, rng)

    def _posed(self, rng: np.random.Generator) -> np.ndarray:
        """One of ``POSES`` with blink, gaze and a trace of everything; raised brows go with speech at times."""
        names = list(POSES)
        odds = np.array([POSES[name][0] for name in names])
        name = str(rng.choice(names, p=odds / odds.sum()))
        one_sided, flip = rng.uniform() < _ONE_SIDED.get(name, 0.06), rng.uniform() < 0.5
        units: dict[int, tuple[float, float]] = {}
        for number, (chance, low, high) in POSES[name][1].items():
            if rng.uniform() < chance:
                value = rng.uniform(low, high)
                other = value * (rng.uniform(0, 0.35) if one_sided and number in SIDE_NUMBERS else np.exp(0.06 * rng.normal()))
                pair = (value, float(np.clip(other, 0, 1)))
                units[number] = pair[::-1] if flip else pair
        out = self.wear(units)
        if 17 in units and rng.uniform() < 0.6:  # the lower lip that the chin pushes up turns in, which labels do not count as AU28
            out[self.model.index["mouthRollLower"]] += rng.uniform(0, 0.6) * units[17][0]
            out[self.model.index["mouthShrugUpper"]] *= rng.uniform(0.3, 1.6)
        if name == "pucker" and rng.uniform() < 0.35:
            out[self.model.index[str(rng.choice(["mouthLeft", "mouthRight"]))]] = rng.uniform(0.2, 0.8)
        if name == "brows" and rng.uniform() < 0.3:
            self._speech(out, rng)
        lids = {side: out[self.model.index[f"eyeBlink_{side}"]] for side in "LR"}
        self._eyes(out, rng)
        if name == "wink":  # the other eye stays open, as its blink would make two closed eyes of it
            for side, value in lids.items():
                out[self.model.index[f"eyeBlink_{side}"]] = value
        return self._trace(out, rng)

    def _sides(self, rng, number: int, value: float) -> tuple[float, float]:
        if number not in SIDE_NUMBERS or rng.uniform() < 0.62:
            other = value * (1 + 0.06 * rng.normal())
        elif rng.uniform() < 0.5:
            other = 0.0
        else:
            other = value * rng.uniform(0.1, 0.9)
        pair = (value, float(np.clip(other, 0, 1)))
        return pair if rng.uniform() < 0.5 else pair[::-1]

    def _add(self, units: dict, rng, count: int, low: float, high: float) -> None:
        odds = _FREQUENT / _FREQUENT.sum()
        for number in rng.choice(AU_NUMBERS, size=count, replace=False, p=odds):
            number = int(number)
            if any((number in pair) and (set(pair) - {number}) & set(units) for pair in _EXCLUDE) and rng.uniform() < 0.9:
                continue
            units[number] = self._sides(rng, number, rng.uniform(low, high))
        if 1 in units and 2 not in units and rng.uniform() < 0.25:
            units[2] = units[1]
        if 12 in units and 6 not in units and rng.uniform() < 0.4:
            scale = rng.uniform(0.2, 1)
            units[6] = tuple(v * scale for v in units[12])

    def _emotion(self, units: dict, rng) -> None:
        names = list(_EMOTION_ODDS)
        name = str(rng.choice(names, p=list(_EMOTION_ODDS.values())))
        strength = rng.uniform(0.3, 1.45)
        lopsided = rng.uniform() < (0.8 if name == "contempt" else 0.12)
        weak = rng.uniform(0, 0.6)
        flip = rng.uniform() < 0.5
        for number, intensity in EMOTION_TO_AU[name].items():
            if rng.uniform() < 0.12:
                continue
            value = float(np.clip(intensity / MAX_INTENSITY * strength * np.exp(0.25 * rng.normal()), 0, 1))
            pair = (
                (value, value * weak)
                if lopsided and number in SIDE_NUMBERS
                else (value, float(np.clip(value * (1 + 0.05 * rng.normal()), 0, 1)))
            )
            units[number] = pair[::-1] if flip else pair
        if rng.uniform() < 0.25:
            self._add(units, rng, 1, 0.1, 0.6)

    def _speech(self, out: np.ndarray, rng) -> None:
        index = self.model.index
        opened = rng.beta(1.2, 3) * 0.6
        out[index["jawOpen"]] = max(out[index["jawOpen"]], opened)
        if rng.uniform() < 0.4:
            out[index["mouthClose"]] = rng.uniform(0, 0.9) * out[index["jawOpen"]]
        for name, high in (
            ("mouthFunnel", 0.7),
            ("mouthPucker", 0.5),
            ("mouthLowerDown", 0.7),
            ("mouthUpperUp", 0.4),
            ("mouthShrugUpper", 0.3),
        ):
            if rng.uniform() < 0.35:
                value = rng.uniform(0, high)
                for key in (name, f"{name}_L", f"{name}_R"):
                    if key in index:
                        out[index[key]] = max(out[index[key]], value)

    def _eyes(self, out: np.ndarray, rng) -> None:
        index = self.model.index
        roll = rng.uniform()
        if roll < 0.12:
            pair = np.full(2, rng.uniform(0.85, 1.0))
        elif roll < 0.22:
            pair = np.full(2, rng.uniform(0.1, 0.85))
        elif roll < 0.25:
            pair = np.array([rng.uniform(0.6, 1.0), rng.uniform(0, 0.15)])
            rng.shuffle(pair)
        else:
            pair = np.full(2, abs(rng.normal(0, 0.04)))
        for k, side in enumerate("LR"):
            out[index[f"eyeBlink_{side}"]] = np.clip(max(out[index[f"eyeBlink_{side}"]], pair[k]), 0, 1)
            out[index[f"eyeWide_{side}"]] *= 1 - out[index[f"eyeBlink_{side}"]]
        turn, lift = rng.normal(0, 0.35), rng.normal(0, 0.3)
        if rng.uniform() < 0.4:
            turn, lift = turn * 0.15, lift * 0.15
        turn, lift = np.clip([turn, lift], -1, 1)
        out[index["eyeLookOut_L"]] = out[index["eyeLookIn_R"]] = max(turn, 0)
        out[index["eyeLookIn_L"]] = out[index["eyeLookOut_R"]] = max(-turn, 0)
        for side in "LR":
            out[index[f"eyeLookUp_{side}"]], out[index[f"eyeLookDown_{side}"]] = max(lift, 0), max(-lift, 0)

    def _trace(self, out: np.ndarray, rng) -> np.ndarray:
        noise = np.abs(rng.normal(0, 0.025, len(out))) * (rng.uniform(size=len(out)) < 0.5)
        for name in ("jawForward", "jawLeft", "jawRight", "mouthLeft", "mouthRight", "cheekPuff_L", "cheekPuff_R"):
            if rng.uniform() < 0.06:
                noise[self.model.index[name]] += rng.uniform(0, 0.5)
        keep = [self.model.index[n] for n in self.model.names if n.startswith(("eyeLook", "Pupil", "eyeBlink"))]
        noise[keep] = 0
        out = out + noise
        limit = self.model.index
        out[limit["mouthClose"]] = min(out[limit["mouthClose"]], out[limit["jawOpen"]])
        return np.clip(out, 0, 1.05).astype(np.float32)


assert set(AU_TO_SHAPES) == set(AU_INDEX)
