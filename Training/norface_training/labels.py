"""The label space, in one place: action units, their sides, emotions, and how other vocabularies map onto them.

Everything that names a label, orders an output or turns face-shape coefficients into FACS intensities reads this file.

Sources
-------
* Action units: P. Ekman, W. V. Friesen, J. C. Hager, "Facial Action Coding System" (2002). Intensities are the letters
  A to E written as 1 to 5, 0 is absent. A bilateral unit that differs between the sides has the stronger side's intensity.
* Face shapes: Apple's ``ARFaceAnchor.BlendShapeLocation`` names, which USC's ICT FaceKit (``_L`` and ``_R``) and MediaPipe's
  FaceLandmarker (``Left`` and ``Right``) share. Left and right are always the subject's own.
* Shapes to units: the descriptions of the units set against the shapes' documentation; the pairs are those commonly used
  (e.g. R. Vilchis et al., "A survey on the pipeline evolution of facial capture and tracking for digital humans", 2023).
* Emotions to units: EMFACS (Friesen and Ekman, 1983) and S. Du, Y. Tao, A. Martinez, "Compound facial expressions of
  emotion", PNAS 2014, table 1.
* Emotions and vote columns: E. Barsoum et al., "Training deep networks for facial expression recognition with
  crowd-sourced label distribution", ICMI 2016 (FER+).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

AU_NUMBERS: tuple[int, ...] = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 18, 20, 23, 24, 25, 26, 28, 43)
SIDE_NUMBERS: tuple[int, ...] = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 20, 24, 43)
AUS: tuple[str, ...] = tuple(f"AU{n:02d}" for n in AU_NUMBERS)
SIDES: tuple[str, ...] = tuple(f"AU{n:02d}" for n in SIDE_NUMBERS)
EMOTIONS: tuple[str, ...] = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")

AU_INDEX: dict[int, int] = {n: i for i, n in enumerate(AU_NUMBERS)}
"""The position of an action unit, by its number, in every array whose last axis is ``AUS``."""

SIDE_INDEX: dict[int, int] = {n: i for i, n in enumerate(SIDE_NUMBERS)}
"""The position of an action unit, by its number, in every array whose last axis is ``SIDES``."""

SIDE_TO_AU: tuple[int, ...] = tuple(AU_INDEX[n] for n in SIDE_NUMBERS)
"""For each of ``SIDES`` its position in ``AUS``."""

MAX_INTENSITY = 5.0
"""FACS intensity E."""

AU_DESCRIPTIONS: dict[int, str] = {
    1: "inner brow raiser", 2: "outer brow raiser", 4: "brow lowerer", 5: "upper lid raiser", 6: "cheek raiser",
    7: "lid tightener", 9: "nose wrinkler", 10: "upper lip raiser", 12: "lip corner puller", 14: "dimpler",
    15: "lip corner depressor", 17: "chin raiser", 18: "lip pucker", 20: "lip stretcher", 23: "lip tightener",
    24: "lip pressor", 25: "lips part", 26: "jaw drop", 28: "lip suck", 43: "eyes closed",
}  # fmt: skip

# --- FER+ ---------------------------------------------------------------------------------------------------------

FERPLUS_COLUMNS: tuple[str, ...] = (*EMOTIONS, "unknown", "not_a_face")
"""The ten vote columns of FER+, in the file's order; the first eight are ``EMOTIONS``."""


def vote_distribution(votes: np.ndarray, drop_unknown: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """FER+ votes ``[N, 10]`` as distributions over ``EMOTIONS`` ``[N, 8]`` and a mask ``[N]`` of the usable images.

    An image is unusable where ``unknown`` and ``not_a_face`` together have at least as many votes as any emotion.
    """
    votes = np.asarray(votes, dtype=np.float64)
    if votes.ndim != 2 or votes.shape[1] != len(FERPLUS_COLUMNS):
        raise ValueError(f"FER+ votes must be [N, {len(FERPLUS_COLUMNS)}], not {votes.shape}")
    emotions = votes[:, : len(EMOTIONS)]
    total = emotions.sum(1)
    usable = total > 0
    if drop_unknown:
        usable &= votes[:, len(EMOTIONS) :].sum(1) < emotions.max(1)
    return (emotions / np.maximum(total, 1)[:, None]).astype(np.float32), usable


def plurality_labels(votes: np.ndarray) -> np.ndarray:
    """The plurality rule: argmax over all ten columns; -1 where unknown or not-a-face wins (ties go to the emotion)."""
    votes = np.asarray(votes)
    winner = votes.argmax(1)
    return np.where(winner < len(EMOTIONS), winner, -1).astype(np.int64)


def majority_labels(votes: np.ndarray) -> np.ndarray:
    """The authors' majority rule: single votes are dropped, then the winner needs more than half; otherwise -1.

    After ``generate_training_data.py`` and ``ferplus.py`` (mode ``majority``) of github.com/microsoft/FERPlus.
    """
    votes = np.asarray(votes, dtype=np.float64)
    kept = np.where(votes <= 1, 0.0, votes)
    total = kept.sum(1)
    winner = kept.argmax(1)
    good = (kept.max(1) > 0.5 * total) & (winner < len(EMOTIONS)) & (total > 0)
    return np.where(good, winner, -1).astype(np.int64)


# --- face shapes --------------------------------------------------------------------------------------------------

SHAPE_TO_AU: dict[int, tuple[tuple[str, float], ...]] = {
    1: (("browInnerUp", 1.0),),
    2: (("browOuterUp", 1.0),),
    4: (("browDown", 1.0),),
    5: (("eyeWide", 1.0),),
    6: (("cheekSquint", 0.7), ("cheekRaiser", 0.7)),
    7: (("eyeSquint", 1.0),),
    9: (("noseSneer", 1.0),),
    10: (("mouthUpperUp", 1.0),),
    12: (("mouthSmile", 1.0),),
    14: (("mouthDimple", 1.0),),
    15: (("mouthFrown", 1.0),),
    17: (("mouthShrugLower", 0.8), ("mouthShrugUpper", 0.2)),
    18: (("mouthPucker", 1.0),),
    20: (("mouthStretch", 1.0),),
    24: (("mouthPress", 1.0),),
    25: (("jawOpen", 1.6), ("mouthClose", -1.6), ("mouthLowerDown", 0.8), ("mouthUpperUp", 0.8)),
    26: (("jawOpen", 1.0),),
    28: (("mouthRollLower", 0.6), ("mouthRollUpper", 0.4), ("mouthPress", -0.2), ("mouthShrugLower", -0.35)),
    43: (("eyeBlink", 1.0),),
}
"""Face shapes (without side) and weights; a unit's intensity is 5 x the sum, clipped to 0-1. A raised chin rolls the lower lip by itself, which
is no AU28. AU23 is not linear: see
``TIGHTENER_ROLL``."""

TIGHTENER_ROLL = 0.3
"""AU23 is pressed lips (``mouthPress``) that are also a little rolled in: press x min(1, mean roll / 0.3)."""


def shape_side(name: str) -> tuple[str, str]:
    """A shape's base name and its side (``"L"``, ``"R"`` or ``""``), from ICT's or MediaPipe's spelling."""
    for suffix, side in (("_L", "L"), ("_R", "R"), ("Left", "L"), ("Right", "R")):
        base = name[: -len(suffix)]
        if name.endswith(suffix) and base not in ("mouth", "jaw"):
            return base, side
    return name, ""


TEACHER_SHAPES: tuple[str, ...] = (
    "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight", "cheekPuff", "cheekSquintLeft",
    "cheekSquintRight", "eyeBlinkLeft", "eyeBlinkRight", "eyeLookDownLeft", "eyeLookDownRight", "eyeLookInLeft", "eyeLookInRight",
    "eyeLookOutLeft", "eyeLookOutRight", "eyeLookUpLeft", "eyeLookUpRight", "eyeSquintLeft", "eyeSquintRight", "eyeWideLeft",
    "eyeWideRight", "jawForward", "jawLeft", "jawOpen", "jawRight", "mouthClose", "mouthDimpleLeft", "mouthDimpleRight",
    "mouthFrownLeft", "mouthFrownRight", "mouthFunnel", "mouthLeft", "mouthLowerDownLeft", "mouthLowerDownRight",
    "mouthPressLeft", "mouthPressRight", "mouthPucker", "mouthRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower",
    "mouthShrugUpper", "mouthSmileLeft", "mouthSmileRight", "mouthStretchLeft", "mouthStretchRight", "mouthUpperUpLeft",
    "mouthUpperUpRight", "noseSneerLeft", "noseSneerRight",
)  # fmt: skip
"""MediaPipe's blendshapes that the representations are asked for in training, beside the units: together they tell more of a face
than the channels that carry a unit's name. They are no outputs of a bundle."""


def mirrored_shapes(names: Sequence[str] = TEACHER_SHAPES) -> list[int]:
    """For each shape the position in ``names`` of the one that a mirrored face wears."""
    swap = {"Left": "Right", "Right": "Left"}
    others = [next((n[: -len(a)] + b for a, b in swap.items() if n.endswith(a)), n) for n in names]
    return [list(names).index(other) for other in others]


def shape_matrix(names: Sequence[str]) -> dict[str, np.ndarray]:
    """The linear part of the table for the named shapes: ``{"L": [K, 20], "R": [K, 20]}``.

    A shape without sides counts in both. Absent shapes count as zero, so that the table serves ICT (which has
    ``cheekRaiser``) and MediaPipe (which has not).
    """
    matrices = {side: np.zeros((len(names), len(AUS)), np.float32) for side in "LR"}
    for row, name in enumerate(names):
        base, side = shape_side(name)
        for number, terms in SHAPE_TO_AU.items():
            for shape, weight in terms:
                if shape == base:
                    for s in side or "LR":
                        matrices[s][row, AU_INDEX[number]] = weight
    return matrices


def intensities_of_shapes(
    coefficients: np.ndarray, names: Sequence[str]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Action-unit intensities from face-shape coefficients.

    ``coefficients`` is ``[N, K]`` (0-1, or beyond: the result is clipped) in the order of ``names``. Returns
    ``au [N, 20]``, ``left [N, 14]``, ``right [N, 14]``, float32, 0-5. ``au`` is the stronger side's.
    """
    coefficients = np.asarray(coefficients, np.float32)
    if coefficients.ndim != 2 or coefficients.shape[1] != len(names):
        raise ValueError(f"coefficients must be [N, {len(names)}], not {coefficients.shape}")
    press = {"L": np.zeros(len(coefficients), np.float32), "R": np.zeros(len(coefficients), np.float32)}
    roll = np.zeros(len(coefficients), np.float32)
    for column, name in enumerate(names):
        base, side = shape_side(name)
        if base == "mouthPress":
            for s in side or "LR":
                press[s] = coefficients[:, column]
        elif base in ("mouthRollLower", "mouthRollUpper"):
            roll = roll + 0.5 * np.clip(coefficients[:, column], 0, 1)
    sides = {}
    for side, matrix in shape_matrix(names).items():
        value = coefficients @ matrix
        value[:, AU_INDEX[23]] = np.clip(press[side], 0, 1) * np.minimum(1, roll / TIGHTENER_ROLL)
        sides[side] = MAX_INTENSITY * np.clip(value, 0, 1)
    au = np.maximum(sides["L"], sides["R"])
    return au, sides["L"][:, SIDE_TO_AU], sides["R"][:, SIDE_TO_AU]


# --- what is known of a photograph ----------------------------------------------------------------------------------

TEACHER_AUS: tuple[int, ...] = (1, 2, 4, 5, 7, 12, 15, 17, 18, 20, 25, 26, 28, 43)
"""Units on which MediaPipe's blendshapes teach. The others (6, 9, 10, 14, 23, 24) are dead or poor channels: cheekSquint stays
near 1e-6, noseSneer ranks the wrong way round, mouthDimple says nothing of AU14, press and upper lip are weak."""

VOTE_AUS: tuple[int, ...] = (6, 9, 10, 14, 23, 24)
"""Units that photographs learn from the emotion votes instead."""

VOTE_SHARE: dict[int, float] = {1: 0.25, 4: 0.5, 5: 0.25, 7: 0.4, 15: 0.5, 17: 0.35, 20: 0.35}
"""Units whose channel is only fair: the label of a photograph with votes is a mean of the teacher and the votes' expectation,
which has this share. Two doubtful witnesses that err apart."""

EMOTION_TO_AU: dict[str, dict[int, float]] = {
    "happiness": {6: 2.5, 12: 3.5, 25: 2.0},
    "surprise": {1: 3.0, 2: 3.0, 5: 3.0, 26: 3.0, 25: 3.0},
    "sadness": {1: 2.5, 4: 2.0, 15: 2.5, 17: 1.5},
    "anger": {4: 3.5, 5: 1.5, 7: 2.5, 10: 1.0, 23: 2.5, 24: 2.0},
    "disgust": {4: 2.0, 7: 1.5, 9: 3.0, 10: 3.0, 17: 1.0},
    "fear": {1: 3.0, 2: 2.0, 4: 2.5, 5: 3.0, 20: 2.5, 25: 2.5, 26: 1.5},
    "contempt": {14: 3.0, 12: 0.5},
    "neutral": {},
}
"""Prototypes of the emotions as intensities (EMFACS; Du et al. 2014). ``VOTE_AUS`` of a photograph are the expectation of this
table under the vote distribution; renderers sample expressions around it."""


PUBLISHED_SHARES: dict[str, dict[int, float]] = {
    "happiness": {12: 0.85, 25: 0.85, 6: 0.51},
    "surprise": {1: 0.85, 2: 0.85, 25: 0.85, 26: 0.85, 5: 0.66},
    "sadness": {4: 0.85, 15: 0.85, 1: 0.60, 6: 0.50, 17: 0.67},
    "anger": {4: 0.85, 7: 0.85, 24: 0.85, 10: 0.26, 17: 0.52, 23: 0.29},
    "disgust": {9: 0.85, 10: 0.85, 17: 0.85, 4: 0.31, 24: 0.26},
    "fear": {1: 0.85, 4: 0.85, 20: 0.85, 25: 0.85, 2: 0.57, 5: 0.63, 26: 0.33},
}
"""In what share of the people who posed an emotion coders saw a unit (Du, Tao, Martinez 2014, table 1). Where the table says "more than
70 %" the middle of 70 and 100 stands."""


def expected_au_of_votes(distribution: np.ndarray) -> np.ndarray:
    """``[N, 8]`` emotion distributions to expected intensities ``[N, 20]`` by ``EMOTION_TO_AU``."""
    table = np.zeros((len(EMOTIONS), len(AUS)), np.float32)
    for row, emotion in enumerate(EMOTIONS):
        for number, intensity in EMOTION_TO_AU[emotion].items():
            table[row, AU_INDEX[number]] = intensity
    return np.asarray(distribution, np.float32) @ table
